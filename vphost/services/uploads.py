"""What people may upload, how much and how often; storing it is the port's business.

A file's name is 128 random bits and says nothing. Its media type is fixed when the upload is
granted, from a short list: pictures and music, nothing that a browser would run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from vphost.rules.mode import Rejected
from vphost.services.accounts.sign_in import too_many
from vphost.services.file_ports import FilePlace, Files, Grant
from vphost.services.guesses import network
from vphost.services.ports import Clock, Seeds
from vphost.services.throttle import Rate

EXTENSIONS: Mapping[str, str] = {
    "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp",
    "audio/mpeg": "mp3", "audio/ogg": "ogg",
}
"""Media type -> extension of the name."""
KIND_OF: Mapping[str, str] = {extension: kind for kind, extension in EXTENSIONS.items()}
_PICTURES, _MUSIC = ("image/png", "image/jpeg", "image/webp"), ("audio/mpeg", "audio/ogg")
DAY_S = 86_400
MIB_PER_DAY = 128
"""How much one user may upload in a day; a grant counts as the largest file that it allows."""
PEOPLE_BEHIND = 8
"""How many times as much one network may upload, as several people may share it."""
NAME = re.compile(
    r"(?:player_avatars|table_custom_backgrounds|table_custom_background_musics)"
    r"/[0-9a-f]{32}\.(?:png|jpg|webp|mp3|ogg)"
)
"""The names that files of ours have."""
log = structlog.get_logger("vphost.uploads")


@dataclass(frozen=True, slots=True)
class Destination:
    """What a file is for. kinds: allowed media types, the default first. bytes_max: largest size.
    """

    kinds: tuple[str, ...]
    bytes_max: int


DESTINATIONS: Mapping[str, Destination] = {
    "player_avatars": Destination(_PICTURES, 2 << 20),
    "table_custom_backgrounds": Destination(_PICTURES, 8 << 20),
    "table_custom_background_musics": Destination(_MUSIC, 16 << 20),
}
BYTES_MAX = max(one.bytes_max for one in DESTINATIONS.values())


@dataclass(frozen=True, slots=True)
class Granted:
    """An upload that was allowed, and its bounds."""

    grant: Grant
    kind: str
    bytes_max: int


class Uploads:
    """The service."""

    def __init__(self, files: Files, clock: Clock, seeds: Seeds) -> None:
        self._files = files
        self._seeds = seeds
        self._by_user, self._by_network = (
            Rate(people * MIB_PER_DAY / DAY_S, people * MIB_PER_DAY, clock.now_ms)
            for people in (1, PEOPLE_BEHIND)
        )

    def grant(
        self, user: str, address: str, destination: str, kind: str = ""
    ) -> Granted | Rejected:
        """Allow one upload. address: the user's. kind: media type, "" for the default one.

        Refusals: unsupported_media_type, too_many_attempts.
        """
        known = DESTINATIONS[destination]
        kind = kind or known.kinds[0]
        if kind not in known.kinds:
            return Rejected("unsupported_media_type")
        mib = known.bytes_max >> 20
        wait_s = self._by_user.take(user, mib) or self._by_network.take(network(address), mib)
        if wait_s > 0:
            return too_many(wait_s)
        name = f"{destination}/{self._seeds.draw()[:16].hex()}.{EXTENSIONS[kind]}"
        log.info("upload_granted", user=user, file=name)
        return Granted(
            self._files.grant(FilePlace(name, kind, known.bytes_max)), kind, known.bytes_max
        )

    def is_at(self, url: str, destination: str) -> bool:
        """Return whether an address is that of a file uploaded here for a destination."""
        name = "/".join(url.split("/")[-2:])
        if not url.endswith(f"/{name}") or not name.startswith(f"{destination}/"):
            return False
        kind = kind_of(name)
        return kind != "" and url == self._files.grant(
            FilePlace(name, kind, bytes_max_of(name))
        ).file_url


def kind_of(name: str) -> str:
    """Return the media type of a file by its name; "" for a name that is not one of ours."""
    return KIND_OF[name.rpartition(".")[2]] if NAME.fullmatch(name) else ""


def bytes_max_of(name: str) -> int:
    """Return how large a file of this name may be, bytes."""
    return DESTINATIONS[name.partition("/")[0]].bytes_max


def sniffed(head: bytes) -> str:
    """Return the media type that a file's first bytes show; "" for any that is not allowed.

    head: at least the first 16 bytes, or all of a shorter file.
    """
    if head.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"OggS\x00"):
        return "audio/ogg"
    if head.startswith(b"ID3") or _is_mpeg_audio(head):
        return "audio/mpeg"
    return ""


def _is_mpeg_audio(head: bytes) -> bool:
    """Return whether a file begins with a frame of MPEG audio, layer III."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bitrate, sampling = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and bitrate not in (0, 15) and sampling != 3
