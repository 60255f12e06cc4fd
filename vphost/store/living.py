"""Whether the process that a lease names still runs, as far as this machine can know."""

from __future__ import annotations

import os
from pathlib import Path


def is_living(pid: int) -> bool:
    """Return whether a process of this machine runs; one that only waits to be reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return status.rpartition(")")[2].split()[0] not in ("Z", "X")


def started(pid: int) -> int:
    """Return when a process started, in ticks since the machine did; 0 when nobody knows.

    With it a number that the system gave to another process since is told from the first one.
    """
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(status.rpartition(")")[2].split()[19])


def machine() -> str:
    """Return what tells this run of this machine's processes from all others.

    The boot, because after it every process of before is dead but its number may live; and the
    name space of process ids, because two containers count apart. "" when it cannot be known.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""
