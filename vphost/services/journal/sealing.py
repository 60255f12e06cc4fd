"""Secrets at rest: pocket cards and deck seeds can be read only with the key file.

AES-256-GCM. A sealed text is `<key id>.<base64 of nonce and box>`. Its context (commit id, place)
is authenticated with it, so that it cannot be moved to another commit. The hash chain runs over the
sealed form: verifying needs no key, and a backup names the key without containing it.

The key file has a line `<key id> <base64 of 32 bytes>` per key; the last one seals, all unseal.
"""

from __future__ import annotations

import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vphost.services.ports import StoreRefused

NONCE_BYTES = 12
KEY_BYTES = 32


class CannotUnseal(StoreRefused):
    """A sealed text cannot be opened: its key is missing, or it was changed or moved."""


class Sealer:
    """Seals with the newest key, unseals with any."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """keys: key id -> 32 bytes, oldest first; at least one."""
        assert keys, "a sealer needs a key"
        self._boxes = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._key_id = next(reversed(list(keys)))
        self._newest = self._boxes[self._key_id]

    @property
    def key_id(self) -> str:
        """The id of the key that seals now."""
        return self._key_id

    def seal(self, plain: bytes, context: str) -> str:
        """Return plain bytes as a sealed text that can be opened only with the same context."""
        nonce = os.urandom(NONCE_BYTES)
        box = self._newest.encrypt(nonce, plain, context.encode())
        return f"{self._key_id}.{b64encode(nonce + box).decode()}"

    def unseal(self, sealed: str, context: str) -> bytes:
        """Return what was sealed. Raises: CannotUnseal."""
        key_id, _, text = sealed.partition(".")
        box = self._boxes.get(key_id)
        if box is None:
            raise CannotUnseal(f"the key file has no key {key_id!r}")
        try:
            raw = b64decode(text, validate=True)
            return box.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError):
            raise CannotUnseal(f"a sealed text of {context} was changed") from None


def open_key_file(path: Path) -> Sealer:
    """Return the sealer of a key file, which is made with one key when there is none.

    Raises: StoreRefused when others may read the file or a line is not a key.
    """
    if not path.exists():
        add_key(path)
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise StoreRefused(f"key file {path}: mode is {mode:04o}, has to be 0600")
    return Sealer(read_keys(path))


def read_keys(path: Path) -> dict[str, bytes]:
    """Return the keys of a key file: key id -> 32 bytes. Raises: StoreRefused."""
    keys: dict[str, bytes] = {}
    for number, line in enumerate(path.read_text("ascii", "replace").splitlines(), start=1):
        key_id, _, text = line.partition(" ")
        try:
            key = b64decode(text, validate=True)
        except ValueError:
            key = b""
        if not key_id or "." in key_id or len(key) != KEY_BYTES or key_id in keys:
            raise StoreRefused(f"key file {path}: line {number} is no key")
        keys[key_id] = key
    if not keys:
        raise StoreRefused(f"key file {path}: holds no key")
    return keys


def add_key(path: Path) -> str:
    """Append a new key, which seals after the next start; older ones stay. Returns its id."""
    key_id = secrets.token_hex(4)
    line = f"{key_id} {b64encode(secrets.token_bytes(KEY_BYTES)).decode()}\n"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return key_id
