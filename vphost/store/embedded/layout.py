"""The tables of the embedded store, and opening its file.

The file itself enforces the promises: commits can be neither changed nor removed, follow each
other without gaps, are chained by hash, and have postings that sum to zero. That is why these rules
are triggers and not Python: they also bind a newer release and somebody with a database shell.
"""

from __future__ import annotations

import os
from pathlib import Path

import apsw

from vphost.services.ports import MAX_BODY_BYTES, StoreEmpty, StoreRefused

APPLICATION_ID = 0x76706873
"""Marks the file as ours in the database header ("vphs")."""

UNFINISHED_ID = 0x76706875
"""Marks the target of a running copy ("vphu"); no host may use it before it is whole."""

FORMAT = 1
"""`user_version` of the file; raised when a release before this one could misread the tables."""

BUSY_TIMEOUT_MS = 2_000
"""How long a statement waits for a lock that another process holds."""

LOG_BYTES_MAX = 8 * 2**20
"""Size to which the write-ahead log is cut once its contents are in the database file."""

MEMORY = ":memory:"

TABLES = f"""
CREATE TABLE commits (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 1024),
    book TEXT NOT NULL CHECK (length(book) BETWEEN 1 AND 128),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    room TEXT NOT NULL,
    room_seq_first INTEGER NOT NULL CHECK (room_seq_first >= 0),
    room_seq_last INTEGER NOT NULL CHECK (room_seq_last >= room_seq_first - 1),
    at_ms INTEGER NOT NULL,
    resolves TEXT,
    postings TEXT NOT NULL CHECK (json_valid(postings)),
    body BLOB NOT NULL CHECK (length(body) BETWEEN 1 AND {MAX_BODY_BYTES}),
    prev_hash TEXT NOT NULL CHECK (length(prev_hash) = 64),
    hash TEXT NOT NULL CHECK (length(hash) = 64),
    UNIQUE (book, seq)
) STRICT;
CREATE UNIQUE INDEX commits_resolves ON commits (resolves) WHERE resolves IS NOT NULL;
CREATE INDEX commits_room ON commits (room, seq, room_seq_last) WHERE room <> '';

CREATE TRIGGER commits_never_change BEFORE UPDATE ON commits
BEGIN SELECT RAISE(ABORT, 'commits are append-only'); END;
CREATE TRIGGER commits_never_go BEFORE DELETE ON commits
BEGIN SELECT RAISE(ABORT, 'commits are append-only'); END;
CREATE TRIGGER commits_never_replaced BEFORE INSERT ON commits
WHEN EXISTS (SELECT 1 FROM commits WHERE id = NEW.id)
  OR EXISTS (SELECT 1 FROM commits WHERE resolves = NEW.resolves)
BEGIN SELECT RAISE(ABORT, 'this commit or this resolution is there already'); END;
CREATE TRIGGER commits_in_order BEFORE INSERT ON commits
WHEN NEW.seq IS NOT 1 + coalesce((SELECT max(seq) FROM commits WHERE book = NEW.book), 0)
  OR NEW.prev_hash IS NOT coalesce(
     (SELECT hash FROM commits WHERE book = NEW.book AND seq = NEW.seq - 1), '{"0" * 64}')
BEGIN SELECT RAISE(ABORT, 'not the successor of the newest commit'); END;
CREATE TRIGGER commits_balanced BEFORE INSERT ON commits
WHEN EXISTS (
     SELECT 1 FROM json_each(NEW.postings) WHERE json_type(value, '$[2]') IS NOT 'integer')
  OR EXISTS (
     SELECT 1 FROM json_each(NEW.postings)
     GROUP BY value ->> 1 HAVING sum(value ->> 2) <> 0)
BEGIN SELECT RAISE(ABORT, 'the postings do not sum to zero'); END;

CREATE TABLE snapshots (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    seq INTEGER NOT NULL,
    room_seq INTEGER NOT NULL,
    mode TEXT NOT NULL,
    mode_version INTEGER NOT NULL,
    body BLOB NOT NULL CHECK (length(body) <= {MAX_BODY_BYTES}),
    PRIMARY KEY (kind, key)
) STRICT;

CREATE TABLE leases (
    book TEXT NOT NULL PRIMARY KEY,
    epoch INTEGER NOT NULL,
    owner TEXT NOT NULL,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    heartbeat_ms INTEGER NOT NULL,
    control TEXT NOT NULL,
    released INTEGER NOT NULL
) STRICT;

CREATE TABLE collections (
    name TEXT NOT NULL PRIMARY KEY,
    uniques TEXT NOT NULL,
    indexed TEXT NOT NULL
) STRICT;
CREATE TABLE documents (
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL CHECK (octet_length(body) <= {MAX_BODY_BYTES}),
    PRIMARY KEY (collection, id)
) STRICT;
CREATE TABLE document_uniques (
    collection TEXT NOT NULL,
    field TEXT NOT NULL,
    value ANY NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (collection, field, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_uniques_owner ON document_uniques (collection, id);
CREATE TABLE document_values (
    collection TEXT NOT NULL,
    field TEXT NOT NULL,
    value ANY NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (collection, field, value, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_values_owner ON document_values (collection, id);
"""


def connect(
    path: str, *, read_only: bool, identity: int = APPLICATION_ID
) -> apsw.Connection:
    """Open the file, made with mode 0600 when it does not exist, and check that it is ours.

    path: a file path, or MEMORY. identity: UNFINISHED_ID for the target of a copy.
    Raises: StoreRefused when it cannot be opened, is not ours, or has a newer format.
    """
    try:
        if path != MEMORY and not read_only:
            _make_file(Path(path))
        if path != MEMORY:
            _check_names(Path(path), read_only)
        return _checked(_open(path, read_only), path, read_only, identity)
    except OSError as error:
        raise StoreRefused(f"The store {path} cannot be opened: {error.strerror}.") from error
    except apsw.NotADBError as error:
        raise StoreRefused(f"The file {path} is not a database.") from error
    except apsw.CorruptError as error:
        raise StoreRefused(f"The store {path} is damaged: {error}.") from error
    except apsw.Error as error:
        raise StoreRefused(f"The store {path} cannot be opened: {error}.") from error


def _make_file(path: Path) -> None:
    """Create an empty private file, durably; leave an existing one as it is."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _check_names(path: Path, read_only: bool) -> None:
    """Refuse a file with a second name (a hard link).

    SQLite's log and our lock are named after the path, so each name would have its own, and two
    hosts could write one file. A file without a log, such as a backup, may be read by any name.
    Raises: StoreRefused, OSError.
    """
    if not path.is_file() or path.stat().st_nlink == 1:
        return
    with path.open("rb") as file:
        uses_log = file.read(20)[18:20] != b"\x01\x01"
    if uses_log or not read_only:
        raise StoreRefused(
            f"The store {path} has another name (a hard link), under which a host may use it."
            " Remove all names but one, or copy it with `backup`."
        )


def check_whole(path: str) -> None:
    """Read the whole file and check its structure. Raises: StoreRefused."""
    connection = connect(path, read_only=True)
    try:
        found = [text for text, in connection.execute("PRAGMA integrity_check(3)")]
    except apsw.Error as error:
        raise StoreRefused(f"The store {path} is damaged: {error}.") from error
    finally:
        connection.close()
    if found != ["ok"]:
        raise StoreRefused(f"The store {path} is damaged: {'; '.join(map(str, found))}")


def _open(path: str, read_only: bool) -> apsw.Connection:
    flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE
    connection = apsw.Connection(path, flags=flags)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    connection.execute("PRAGMA trusted_schema = OFF; PRAGMA recursive_triggers = ON")
    return connection


def _checked(
    connection: apsw.Connection, path: str, read_only: bool, identity: int
) -> apsw.Connection:
    """Return the connection to a file with our tables, or close it and say why not."""
    try:
        is_new = _identify(connection, path, identity)
        if identity == UNFINISHED_ID and not is_new and not read_only:
            raise StoreRefused(f"There is a store at {path} already.")
        if read_only and is_new:
            raise StoreEmpty(f"The store {path} is empty.")
        if not read_only:
            if connection.readonly("main"):
                raise StoreRefused(f"The store {path} may not be written.")
            # One by one: a statement that returns a row suspends those after it until it is read.
            for setting in ("journal_mode = WAL", "synchronous = FULL",
                            f"journal_size_limit = {LOG_BYTES_MAX}"):
                list(connection.execute(f"PRAGMA {setting}"))
            if is_new:
                _create(connection, path, identity)
        return connection
    except BaseException:
        connection.close()
        raise


def _identify(connection: apsw.Connection, path: str, identity: int) -> bool:
    """Return whether the file has no tables yet; refuse one that is not ours or is newer."""
    application, version, tables = connection.execute(
        "SELECT (SELECT application_id FROM pragma_application_id),"
        " (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)"
    ).get
    if application == 0 and tables == 0:
        return True
    if application == UNFINISHED_ID and identity != UNFINISHED_ID:
        raise StoreRefused(
            f"The store {path} is a copy that was not finished. Remove it and copy again."
        )
    if application not in (APPLICATION_ID, UNFINISHED_ID):
        raise StoreRefused(f"The file {path} is a database of another program.")
    if version > FORMAT:
        raise StoreRefused(
            f"The store {path} has format {version}; this release reads up to {FORMAT}."
            " Use the release that wrote it, or a newer one."
        )
    return False


def _create(connection: apsw.Connection, path: str, identity: int) -> None:
    """Create all tables in one transaction, unless another process just did."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _identify(connection, path, identity):
            connection.execute(TABLES)
            connection.execute(
                f"PRAGMA application_id = {identity}; PRAGMA user_version = {FORMAT}"
            )
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    # Move the tables from the log into the file, so that it is recognised even without its log.
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
