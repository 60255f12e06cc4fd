"""What the tests of the wire share: the host's schemas, compiled once, and the table's codec."""

from __future__ import annotations

from pathlib import Path

import pytest

from vphost.tables.codec import TableCodec
from vphost.wire.schemas import SchemaSet

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def schemas() -> SchemaSet:
    """All schemas of the checkout."""
    return SchemaSet.load([("", ROOT / "schemas")])


@pytest.fixture(scope="session")
def codec(schemas: SchemaSet) -> TableCodec:
    """The codec of the table protocol."""
    return TableCodec(schemas)
