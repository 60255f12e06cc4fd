"""What a mode may have beside: found by its name, missing where it is None."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from vphost.rules import mode_parts
from vphost.rules.mode import Labels
from vphost.rules.mode_parts import is_entered_apart, protocol_of

METHODS = {
    "alarms": mode_parts.HasAlarms, "upcast": mode_parts.Upcasts, "parted": mode_parts.KnowsParted,
    "issues": mode_parts.IssuesMoney, "change_config": mode_parts.ChangesConfig,
    "summary": mode_parts.Summarizes, "hand_reader": mode_parts.ReadsHands,
}
VALUES = {
    "protocol": mode_parts.HasProtocol, "own_sockets_only": mode_parts.OwnSocketsOnly,
    "house_accounts": mode_parts.UsesHouseAccounts, "loads_versions": mode_parts.LoadsVersions,
    "folds_stored": mode_parts.FoldsStored,
}


@pytest.mark.parametrize(("name", "part"), {**METHODS, **VALUES}.items())
def test_a_part_is_found_by_its_name(name: str, part: Any) -> None:
    assert isinstance(SimpleNamespace(**{name: lambda *args: None}), part)
    assert not isinstance(SimpleNamespace(), part)


@pytest.mark.parametrize(("name", "part"), METHODS.items())
def test_a_method_that_is_none_is_missing(name: str, part: Any) -> None:
    assert not isinstance(SimpleNamespace(**{name: None}), part)


def test_a_mode_is_entered_by_its_name_or_as_it_says() -> None:
    assert protocol_of(SimpleNamespace(), "bells") == "bells"
    assert protocol_of(None, "gone") == "gone"
    assert protocol_of(SimpleNamespace(protocol="table"), "cash") == "table"
    assert not is_entered_apart(SimpleNamespace())
    assert is_entered_apart(SimpleNamespace(own_sockets_only=True))
    assert not is_entered_apart(SimpleNamespace(own_sockets_only=False))


def test_labels_need_their_decimals() -> None:
    with pytest.raises(TypeError, match="decimals"):
        Labels(currency="JPY")  # type: ignore[call-arg]
    assert Labels(0, "JPY").is_over is False
