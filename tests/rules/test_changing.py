"""A copy with changes: what the standard library's `replace` gives, for frozen slotted classes."""

from __future__ import annotations

from typing import Any
import dataclasses
from dataclasses import dataclass

import pytest

from vphost.rules.changing import replace


@dataclass(frozen=True, slots=True)
class Pair:
    """Two fields, one with a default."""

    left: int
    right: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Triple(Pair):
    """One field more."""

    middle: str = "m"


@dataclass(frozen=True)
class Loose:
    """No slots."""

    left: int


@dataclass(frozen=True, slots=True)
class Checked:
    """Does something when it is made."""

    left: int

    def __post_init__(self) -> None:
        assert self.left > 0


@pytest.mark.parametrize("changes", [{}, {"left": 5}, {"right": (1,), "left": 0}])
@pytest.mark.parametrize("record", [Pair(1), Pair(1, (2, 3)), Triple(1, (2,), "x")])
def test_it_is_the_same_as_the_standard_librarys(record: Pair, changes: dict[str, Any]) -> None:
    changed = replace(record, **changes)
    assert changed == dataclasses.replace(record, **changes)
    assert type(changed) is type(record) and changed is not record
    assert hash(changed) == hash(dataclasses.replace(record, **changes))


def test_the_first_one_stays_as_it_was() -> None:
    first = Pair(1, (2,))
    replace(first, left=9)
    assert first == Pair(1, (2,))


@pytest.mark.parametrize("record", [Pair(1), Loose(1), Checked(1)])
def test_what_it_cannot_do_it_refuses(record: object) -> None:
    with pytest.raises(TypeError):
        replace(record, middle="x")
