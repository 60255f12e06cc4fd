"""How much the random tests do: a little in `make test`, much more in `make fuzz`.

`VPHOST_FUZZ=long` asks for much. Short runs always begin with the same seed, so that a commit is
green or red for everybody; long runs begin with a new one, which `VPHOST_FUZZ_SEED` repeats.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

LONG = os.environ.get("VPHOST_FUZZ") == "long"
SHORT_SEED = 20261120
BASE_SEED = int(os.environ.get("VPHOST_FUZZ_SEED") or (
    Random().randrange(2**48) if LONG else SHORT_SEED
))


def often(short: int, long: int) -> int:
    """Return how often to do something."""
    return long if LONG else short


@contextmanager
def seed_told(seed: str) -> Iterator[None]:
    """Say with which seed a random hand failed, and how to see it again."""
    try:
        yield
    except Exception as error:
        told = f"hand {seed!r}, to repeat: VPHOST_FUZZ_SEED={BASE_SEED}"
        raise AssertionError(f"{told}: {type(error).__name__}: {error}") from error
