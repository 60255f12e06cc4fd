"""What is wrong with a setting, by field, for whoever filled it in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A setting that cannot be taken. field: where it stands, with dots. code: what is wrong."""

    field: str
    code: str
