"""The outside services as configured: payments and files. (Mail is in `wiring/accounts.py`.)

A configuration that cannot work is refused here, before anything runs.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from pathlib import Path

from vphost.config.settings import Config
from vphost.config.values import BadValue, secret
from vphost.files import Bucket, open_files
from vphost.files.local import LocalFiles
from vphost.payments import open_payments
from vphost.services.file_ports import Files
from vphost.services.ports import Clock, Payments, PortUnusable

SECRET_BYTES_MAX = 4096


def make_payments(config: Config) -> Payments:
    """Return the payments port as configured. Raises: PortUnusable."""
    if config.payments == "free":
        given = ("stripe_key", "stripe_key_file", "stripe_webhook_secret_file")
        if any(getattr(config, name) for name in given):
            raise PortUnusable('payments: keys of Stripe are given, but payments is "free"')
    return open_payments(
        config.payments, url=config.stripe_url,
        key=_secret("stripe_key", config.stripe_key, config.stripe_key_file),
        webhook_secrets=tuple(_secret(
            "stripe_webhook_secret", config.stripe_webhook_secret,
            config.stripe_webhook_secret_file,
        ).split()),
        publishable_key=config.stripe_publishable_key,
    )


def make_files(config: Config, keys: Mapping[str, bytes], clock: Clock) -> Files:
    """Return the storage of people's files. keys: those of tokens. Raises: PortUnusable."""
    newest = list(keys.values())[-1] if keys else b""
    return open_files(
        config.uploads, folder=config.var / "uploads", clock=clock,
        key=hmac.digest(newest, b"addresses of uploads", "sha256"),
        bytes_max=config.uploads_mib_max << 20, bucket=Bucket(
            url=config.s3_url, region=config.s3_region, access_key=config.s3_access_key,
            secret_key=_secret(
                "s3_secret_key", config.s3_secret_key, config.s3_secret_key_file
            ),
            base=config.uploads_url,
        ),
    )


def own_files(files: Files) -> LocalFiles | None:
    """Return the files that are stored on this host; None when they are stored elsewhere."""
    return files if isinstance(files, LocalFiles) else None


async def check_outside(config: Config, clock: Clock) -> None:
    """Check outside services as a start would, without changing anything. Raises: PortUnusable."""
    payments = make_payments(config)
    try:
        await payments.check()
    finally:
        await payments.close()
    files = make_files(config, {}, clock)
    try:
        if config.uploads != "local":
            await files.check()
    finally:
        await files.close()


def _secret(name: str, value: str, file: Path | None) -> str:
    """Return a secret that is given directly or in a private file, "" for none."""
    if file is None:
        return value
    if value:
        raise PortUnusable(f"{name}: is given twice, also in {name}_file")
    try:
        if file.stat().st_mode & 0o077:
            raise PortUnusable(f"{name}_file: {file} may be read by others; make it 0600")
        with open(file, encoding="utf-8") as opened:
            return secret(" ".join(opened.read(SECRET_BYTES_MAX).split()))
    except OSError as error:
        raise PortUnusable(f"{name}_file: {file}: {error.strerror}") from None
    except (BadValue, UnicodeDecodeError):
        raise PortUnusable(f"{name}_file: {file}: has no key in it") from None
