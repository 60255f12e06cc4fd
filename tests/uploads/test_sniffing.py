"""What a file's first bytes say that it is."""

from __future__ import annotations

import pytest

from tests.uploads.samples import BAD, FRAME, GOOD
from vphost.services.uploads import sniffed


@pytest.mark.parametrize("kind", GOOD)
def test_a_file_shows_what_it_is(kind: str) -> None:
    assert sniffed(GOOD[kind][:16]) == kind


def test_nothing_else_is_taken_for_one_of_ours() -> None:
    assert sniffed(FRAME) == "audio/mpeg"
    assert [(one, sniffed(one[:16])) for one in BAD if sniffed(one[:16])] == []
