"""Every hook is documented with its exact arguments, and some test's plugin implements it."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from vphost import hookspecs

ROOT = Path(__file__).parents[2]
HOOKS = [
    (name, tuple(inspect.signature(function).parameters))
    for name, function in vars(hookspecs).items()
    if inspect.isfunction(function) and hasattr(function, "vphost_spec")
]


def test_the_contract_has_the_hooks_of_the_design() -> None:
    assert {name for name, _ in HOOKS} == {
        "register_modes", "register_table_formats", "register_routes", "register_protocols",
        "register_schemas",
        "register_commands", "register_reports", "authenticate", "startup", "shutdown",
        "after_commit",
    }


@pytest.mark.parametrize(("name", "arguments"), HOOKS, ids=[name for name, _ in HOOKS])
def test_a_hook_is_documented_with_its_arguments(name: str, arguments: tuple[str, ...]) -> None:
    tutorial = (ROOT / "docs" / "plugins.md").read_text()
    assert f"### {name}({', '.join(arguments)})" in tutorial


@pytest.mark.parametrize(("name", "arguments"), HOOKS, ids=[name for name, _ in HOOKS])
def test_a_hook_says_when_it_is_called_and_what_an_error_does(
    name: str, arguments: tuple[str, ...]
) -> None:
    text = inspect.getdoc(getattr(hookspecs, name)) or ""
    assert "*Called*" in text and "*On error*" in text


@pytest.mark.parametrize(("name", "arguments"), HOOKS, ids=[name for name, _ in HOOKS])
def test_a_hook_is_exercised_by_a_test(name: str, arguments: tuple[str, ...]) -> None:
    sources = "\n".join(
        path.read_text()
        for path in (ROOT / "tests").rglob("*.py")
        if path != Path(__file__)
    )
    sources += (ROOT / "docs" / "sample_mode" / "highcard" / "__init__.py").read_text()
    assert re.search(rf"def {name}\(", sources), f"no test implements {name}"
