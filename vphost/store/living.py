"""Whether the process named by a lease is still running, as far as this machine can tell."""

from __future__ import annotations

import os
from pathlib import Path


def is_living(pid: int) -> bool:
    """Return whether a process of this machine is running; a zombie is not."""
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
    """Return when a process started, in clock ticks since boot; 0 when it cannot be known.

    It tells a process from a later one that was given the same pid.
    """
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(status.rpartition(")")[2].split()[19])


def machine() -> str:
    """Return what identifies the set of processes in which a pid of ours means something.

    That is the boot, because after a reboot old pids belong to other processes, and the pid
    namespace, because containers number their processes separately. "" when it cannot be known.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""
