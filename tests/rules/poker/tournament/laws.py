"""How often the laws of tournaments are tried: a little in `make test`, more in `make fuzz`."""

from __future__ import annotations

from hypothesis import settings

from tests.fuzz.sizes import LONG, often

laws = settings(max_examples=often(20, 2000), deadline=None, derandomize=not LONG)
