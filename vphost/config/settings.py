"""The configuration: one frozen object, made once from a file, the environment and flags.

Every field states its unit, its default, its range and what it is for; that text is also the
help of `run.py`. Flags take precedence over `VPHOST_*` variables, and those over the TOML file. An
unknown or wrong setting is an error that names it: a typing error must not silently mean the
default. The TOML file is the only file opened here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeAlias

from vphost.config.values import (
    BadValue, Secret, address, choice, currencies, flag, folder, folders, house_limits,
    mail_address, mail_url, networks, number, origins, page_address, secret, store_url, uploads_url,
    word,
)
from vphost.rules.money import Currency
from vphost.wire.origins import origin_of

ENVIRONMENT_PREFIX = "VPHOST_"
FILE_BYTES_MAX = 256 * 1024
GUEST_GRANT_MAX = 100_000_00
BOOK = "main"
"""The one book that a host has now."""
ISSUER = AUDIENCE = "vphost"
"""The issuer and the audience that our tokens state."""

Reader: TypeAlias = Callable[[object], Any]


class ConfigError(Exception):
    """A setting is wrong. field: its name, as in the file."""

    def __init__(self, field_name: str, reason: str) -> None:
        super().__init__(f"{field_name}: {reason}")
        self.field = field_name


def setting(default: Any, read: Reader, unit: str, allowed: str, text: str) -> Any:
    """Return a dataclass field with all that the help says about it as its metadata."""
    notes = {"read": read, "unit": unit, "range": allowed, "help": text}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=notes)
    return field(default=default, metadata=notes)


PLAY, DON = Currency("PLAY", 2, "P"), Currency("DON", 2, "D")
EUR, JPY, BTC = Currency("EUR", 2, "€"), Currency("JPY", 0, "¥"), Currency("BTC", 8, "₿")


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of a host; see each field's metadata for unit, range and meaning."""

    store: str = setting(
        "sqlite:var/vphost.sqlite", store_url, "URL",
        "sqlite:PATH, mongodb://HOST:PORT/NAME, memory: for tests",
        "where everything is kept")
    check_store: bool = setting(
        False, flag, "switch", "on, off",
        "read the whole store file at start and refuse a damaged one")
    var: Path = setting(
        Path("var"), folder, "path", "a folder", "keys and the control socket; made with mode 0700")
    key_file: Path | None = setting(
        None, folder, "path", "a file, default VAR/keys/seal.keys",
        "keys that seal cards at rest; keep them apart from the store")
    address: str = setting(
        "127.0.0.1", address, "IP address", "an address of this machine", "where to listen")
    port: int = setting(8888, number(0, 65535), "TCP port", "0 to 65535", "0 takes a free one")
    allowed_origins: tuple[str, ...] = setting(
        (), origins, "list of origins", "scheme://host[:port], exact",
        "other web sites whose pages may open sockets; the host's own and PUBLIC_URL's always may")
    trusted_proxies: tuple[str, ...] = setting(
        (), networks, "list of networks", "IP addresses and networks such as 10.0.0.0/8",
        "reverse proxies whose X-Forwarded-For is believed")
    demo: bool = setting(
        False, flag, "switch", "on, off", "an open table with bots, and a button for guests")
    currencies: tuple[Currency, ...] = setting(
        (PLAY, DON, EUR, JPY, BTC), currencies, "table", "code -> decimals 0 to 8 and symbol",
        "money that may be held here")
    guests: str = setting(
        "loopback", choice("off", "loopback", "anywhere"), "word", "off, loopback, anywhere",
        "from where people may come in as guests, in the demo")
    guest_grant: int = setting(
        1_000_00, number(0, GUEST_GRANT_MAX), "minor units of PLAY", f"0 to {GUEST_GRANT_MAX}",
        "play money that a guest gets once")
    check_frames: bool = setting(
        False, flag, "switch", "on, off; the demo always does",
        "check every frame against its schema; a wrong one stops its room before the commit")
    debug: str = setting(
        "demo", choice("off", "demo", "operators"), "word", "off, demo, operators",
        "who may use /debug/: nobody; this machine in the demo; also signed-in operators")
    token_lifetime_s: int = setting(
        12 * 3600, number(60, 30 * 86400), "seconds", "60 to 2592000", "how long a sign-in lasts")
    access_lifetime_s: int = setting(
        900, number(60, 3600), "seconds", "60 to 3600", "how long an access token is good")
    refresh_lifetime_s: int = setting(
        14 * 86400, number(3600, 90 * 86400), "seconds", "3600 to 7776000",
        "how long one stays signed in without coming back")
    short_lifetime_s: int = setting(
        60, number(5, 60), "seconds", "5 to 60", "how long a one-time token for a socket is good")
    registrations_per_hour: int = setting(
        60, number(1, 100_000), "calls an hour", "1 to 100000",
        "registrations and requests for a new password from one address")
    public_url: str = setting(
        "", page_address, "URL", "http(s)://host, default: where the host listens",
        "address of this host in browsers and e-mails; its pages may open sockets")
    email_confirm_redirect_link: str = setting(
        "", page_address, "URL", "of a page, default PUBLIC_URL/account/confirm/",
        "where the link in a new user's e-mail leads; `#key=...` is appended")
    password_reset_redirect_link: str = setting(
        "", page_address, "URL", "of a page, default PUBLIC_URL/account/reset/",
        "where the link in an e-mail for a new password leads; `#key=...` is appended")
    mail: str = setting(
        "outbox", mail_url, "URL", "outbox, smtp://[user@]host[:port], smtps://...",
        "how e-mails are sent; the outbox is the folder VAR/outbox")
    mail_from: str = setting(
        "vphost@localhost", mail_address, "mail address", "name@host", "sender of e-mails")
    mail_password_file: Path | None = setting(
        None, folder, "path", "a file of mode 0600", "password of the user in `mail`")
    payments: str = setting(
        "free", choice("free", "stripe"), "word", "free, stripe",
        "who takes payments for tables; free: a table counts as paid as soon as it exists")
    stripe_url: str = setting(
        "https://api.stripe.com", page_address, "URL", "http(s)://host", "where Stripe's API is")
    stripe_key: Secret = setting(
        Secret(""), secret, "secret", "a secret or restricted key; not as a flag",
        "key of the account; better in a file")
    stripe_key_file: Path | None = setting(
        None, folder, "path", "a file of mode 0600", "holds `stripe_key`")
    stripe_webhook_secret: Secret = setting(
        Secret(""), secret, "secret", "one, or the new and the old one; not as a flag",
        "secret with which Stripe signs its events; better in a file")
    stripe_webhook_secret_file: Path | None = setting(
        None, folder, "path", "a file of mode 0600", "holds `stripe_webhook_secret`")
    stripe_publishable_key: str = setting(
        "", word("[!-~]{0,255}"), "key", "at most 255 characters",
        "given to pages that take payments")
    uploads: str = setting(
        "local", uploads_url, "URL", "local, s3://BUCKET",
        "where people's files are stored; local: the folder VAR/uploads")
    uploads_mib_max: int = setting(
        1024, number(1, 1_000_000), "MiB", "1 to 1000000", "how much local files may take up")
    uploads_url: str = setting(
        "", page_address, "URL", "http(s)://host..., default: the bucket's own",
        "what the addresses of files in a bucket begin with")
    s3_url: str = setting(
        "", page_address, "URL", "http(s)://host, default: Amazon's", "where the storage is")
    s3_region: str = setting(
        "us-east-1", word("[a-z0-9-]{1,40}"), "word", "a name of the storage's",
        "region of the bucket")
    s3_access_key: str = setting(
        "", word("[!-~]{0,128}"), "key", "at most 128 characters", "id of the bucket's access key")
    s3_secret_key: Secret = setting(
        Secret(""), secret, "secret", "one key; not as a flag", "better in a file")
    s3_secret_key_file: Path | None = setting(
        None, folder, "path", "a file of mode 0600", "holds `s3_secret_key`")
    plugin_dirs: tuple[Path, ...] = setting(
        (), folders, "list of paths", "folders", "where further plugins are")
    house_limits: Mapping[tuple[str, str], int] = setting(
        {}, house_limits, "table, minor units", "house:<what> -> currency -> 0 to 2^53-1",
        "how far below zero an operator's account may go")
    frame_bytes_max: int = setting(
        64 * 1024, number(1024, 1024 * 1024), "bytes", "1024 to 1048576",
        "largest frame that a client may send")
    messages_per_s: int = setting(
        20, number(1, 1000), "messages a second", "1 to 1000", "steady rate of one socket")
    messages_burst: int = setting(
        60, number(1, 10_000), "messages", "1 to 10000", "how many may come at once")
    requests_per_s: int = setting(
        50, number(1, 100_000), "requests a second", "1 to 100000",
        "steady rate of REST calls from one address")
    requests_burst: int = setting(
        200, number(1, 100_000), "requests", "1 to 100000", "how many may come at once")
    send_buffer_bytes_max: int = setting(
        1024 * 1024, number(16 * 1024, 64 * 1024 * 1024), "bytes", "16384 to 67108864",
        "a client with more than this unread is disconnected")
    sockets_per_user_max: int = setting(
        10, number(1, 1000), "sockets", "1 to 1000", "open at once by one user")
    ping_interval_s: int = setting(
        15, number(1, 600), "seconds", "1 to 600", "pause between pings")
    ping_timeout_s: int = setting(
        10, number(1, 600), "seconds", "1 to 600, at most ping_interval_s",
        "how long a pong may take")
    drain_s: int = setting(
        30, number(0, 600), "seconds", "0 to 600", "how long running hands may take at shutdown")
    log_level: str = setting(
        "info", choice("debug", "info", "warning", "error"), "word",
        "debug, info, warning, error", "what is logged")

    @property
    def sealing_keys(self) -> Path:
        """The file with the keys that seal secrets at rest."""
        return self.key_file or self.var / "keys" / "seal.keys"

    @property
    def token_keys(self) -> Path:
        """The file with the key that signs tokens."""
        return self.sealing_keys.with_name("token.keys")

    @property
    def control_socket(self) -> Path:
        """Where operators' commands reach the running host."""
        return self.var / "control" / "host.sock"

    @property
    def socket_origins(self) -> frozenset[str]:
        """Origins whose pages may open sockets, besides the address that was connected to."""
        own = origin_of(self.public_url)
        return frozenset(self.allowed_origins if own is None else (own, *self.allowed_origins))

    def currency(self, code: str) -> Currency | None:
        """Return a configured currency, None when there is no such one."""
        return next((one for one in self.currencies if one.code == code), None)


def make(
    flags: Mapping[str, object], environment: Mapping[str, str], file: Path | None
) -> Config:
    """Return the configuration from all three sources.

    flags: field name -> text or value, only those that were given.
    Raises: ConfigError, naming the field.
    """
    known = {one.name: one for one in fields(Config)}
    gathered: dict[str, object] = {}
    for source in (_from_file(file), _from_environment(environment), flags):
        for name in source:
            if name not in known:
                raise ConfigError(name, "there is no such setting")
        gathered.update(source)
    read: dict[str, Any] = {}
    for name, value in gathered.items():
        try:
            read[name] = known[name].metadata["read"](value)
        except BadValue as error:
            allowed = known[name].metadata["range"]
            raise ConfigError(name, f"{error} (allowed: {allowed})") from None
    config = Config(**read)
    _check_together(config)
    return config


def _check_together(config: Config) -> None:
    if config.ping_timeout_s > config.ping_interval_s:
        raise ConfigError("ping_timeout_s", "is longer than ping_interval_s")
    for account, code in config.house_limits:
        if config.currency(code) is None:
            raise ConfigError("house_limits", f"{account} names {code}, which is no currency here")
    if config.demo and config.currency("PLAY") is None:
        raise ConfigError("currencies", "the demo needs PLAY")


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    """Return the settings of VPHOST_* variables, without the variables that are no settings."""
    return {
        name.removeprefix(ENVIRONMENT_PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(ENVIRONMENT_PREFIX) and name not in OTHER_VARIABLES
    }


OTHER_VARIABLES = frozenset({
    "VPHOST_CONFIG", "VPHOST_FUZZ", "VPHOST_FUZZ_SEED", "VPHOST_KILLS", "VPHOST_CASH_SEEDS",
})
"""Variables of ours that are no settings: the file's name, and switches of the tests."""


def _from_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        with open(file, "rb") as opened:
            raw = opened.read(FILE_BYTES_MAX + 1)
        if len(raw) > FILE_BYTES_MAX:
            raise ConfigError("config", f"{file} is larger than {FILE_BYTES_MAX} bytes")
        return tomllib.loads(raw.decode())
    except OSError as error:
        raise ConfigError("config", f"{file} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else "too deep"
        raise ConfigError("config", f"{file} is not TOML: {reason}") from None


def describe() -> list[tuple[str, str, str]]:
    """Return name, default and text of every setting, for the help and the reference."""
    rows = []
    for one in fields(Config):
        assert one.default is not MISSING or one.default_factory is not MISSING
        data = one.metadata
        default = "" if one.name in ("currencies", "house_limits") else str(one.default)
        rows.append((one.name, default, f"{data['help']} ({data['unit']}; {data['range']})"))
    return rows
