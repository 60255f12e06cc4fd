"""Files and small public answers: pages, static files, schemas, health."""

from __future__ import annotations

import email.utils
import hashlib
import importlib.util
import mimetypes
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from vphost.rules.mode import Json
from vphost.web.access import PUBLIC
from vphost.web.base import Base, Problem, policy
from vphost.web.site import Site

_SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,80}")
MAX_FILE = 4 << 20
PACKAGED = frozenset({"swagger-ui-bundle.js", "swagger-ui.css"})
KINDS = {".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json"}
NAMED_LAG_MS = 1_000
"""From this lag on, a follower of the commits is named by /readyz."""


def inside(root: Path, name: str) -> Path | None:
    """Return a file below a folder; None when there is none, or the name would lead out of it.

    Every part of the name has to be plain (letters, digits, `_`, `-`, `.`, not starting with a
    dot), so no encoding of `..`, of a backslash or of a NUL reaches the file system.
    """
    parts = name.split("/")
    if len(parts) > 8 or not all(_SEGMENT.fullmatch(part) for part in parts):
        return None
    path = root.joinpath(*parts)
    try:
        resolved = path.resolve(strict=True)
    except OSError:
        return None
    return resolved if resolved.is_file() and resolved.is_relative_to(root.resolve()) else None


@lru_cache(maxsize=512)
def _read(path: Path, modified_ns: int, size: int) -> tuple[bytes, str]:
    content = path.read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


class FileHandler(Base):
    """Serves files, which are revalidated by ETag; folders are never listed."""

    access = {"GET": PUBLIC}

    def send_file(self, path: Path | None) -> None:
        """Answer with a file's bytes. Raises: Problem `not_found`."""
        if path is None:
            raise Problem("not_found")
        stat = path.stat()
        if stat.st_size > MAX_FILE:
            raise Problem("not_found")
        content, etag = _read(path, stat.st_mtime_ns, stat.st_size)
        kind = KINDS.get(path.suffix) or mimetypes.guess_type(path.name)[0]
        self.set_header("Content-Type", _with_charset(kind or "application/octet-stream"))
        self.set_header("Cache-Control", "no-cache")
        if self.site.file_origins:
            self.set_header("Content-Security-Policy", policy(self.site.file_origins))
        self.set_header("ETag", etag)
        self.set_header("Last-Modified", email.utils.formatdate(stat.st_mtime, usegmt=True))
        if etag in self.request.headers.get("If-None-Match", ""):
            self.set_status(304)
            self.finish()
            return
        self.finish(content)

    def compute_etag(self) -> None:
        """Leave the ETag to `send_file`."""
        return None


class Static(FileHandler):
    """/static/..."""

    async def get(self, name: str) -> None:
        self.send_file(inside(self.site.static, name))


class Page(FileHandler):
    """A fixed page. file: its name below static/."""

    file = ""

    def initialize(self, site: Site, **given: Any) -> None:
        super().initialize(site)
        self.file = given["file"]

    async def get(self, *_: str) -> None:
        self.send_file(inside(self.site.static, self.file))


class DebugPage(Page):
    """A page of /debug/: 404 unless the configuration allows it.

    It contains nothing secret. When it is meant for operators, its calls check who is one.
    """

    async def get(self, *_: str) -> None:
        site = self.site
        if not (site.debug_for_operators or site.debug_here and self.is_local()):
            raise Problem("not_found")
        await super().get()


class Schemas(Base):
    """/schemas/v1/...: the schema files, unchanged, at the addresses that their ids name."""

    access = {"GET": PUBLIC}

    async def get(self) -> None:
        body = self.site.schemas.get(self.request.path)
        if body is None:
            raise Problem("not_found")
        self.set_header("Content-Type", "application/schema+json; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.finish(body)


class Reference(Base):
    """/swagger.json, /asyncapi.json."""

    access = {"GET": PUBLIC}

    async def get(self) -> None:
        body = self.site.reference.get(self.request.path)
        if body is None:
            raise Problem("not_found")
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.finish(body)


class Packaged(FileHandler):
    """/swagger/...: the scripts and styles of the reference's page, from their package."""

    async def get(self, name: str) -> None:
        folder = _packaged()
        self.send_file(folder / name if folder and name in PACKAGED else None)


@lru_cache(maxsize=1)
def _packaged() -> Path | None:
    """Return the folder of a package that is not imported here; None when it is not installed."""
    found = importlib.util.find_spec("swagger_ui")
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / "static"


class Livez(Base):
    """/livez: the process is running."""

    access = {"GET": PUBLIC}

    async def get(self) -> None:
        self.answer({"ok": True})


class Readyz(Base):
    """/readyz: the host accepts commands; 503 while it starts, drains, or its store fails.

    It also names followers of the commits (statistics, plugins) that are behind, although games do
    not depend on them.
    """

    access = {"GET": PUBLIC}

    async def get(self) -> None:
        ready = self.site.is_ready and not self.site.is_draining and not self.site.is_troubled()
        body: dict[str, Json] = {"ok": ready, "draining": self.site.is_draining}
        if (jumps := self.site.clock_jumps()) is not None:
            body["clock"] = jumps
        behind = {
            name: {"commits": lag.commits, "seconds": lag.ms // 1000}
            for name, lag in self.site.lags().items() if lag.ms >= NAMED_LAG_MS
        }
        if behind:
            body["behind"] = behind
        if faults := self.site.damaged():
            body["damaged"] = faults
        self.answer(body, 200 if ready else 503)


def _with_charset(kind: str) -> str:
    is_text = kind.startswith("text/") or kind in ("application/json", "image/svg+xml")
    return f"{kind}; charset=utf-8" if is_text else kind
