"""The rule that no unexpected log line passes is itself tested, on a small run of pytest."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest


class SmallRun(Protocol):
    """The fixture `small_run`."""

    def __call__(self, source: str, require_all: bool = False) -> tuple[int, str]: ...


CONFTEST = Path(__file__).parents[1] / "conftest.py"


@pytest.fixture
def small_run(tmp_path: Path) -> SmallRun:
    """Run one test file under the project's conftest and return (exit status, output)."""

    def go(source: str, require_all: bool = False) -> tuple[int, str]:
        shutil.copy(CONFTEST, tmp_path / "conftest.py")
        (tmp_path / "test_small.py").write_text(source)
        result = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
            cwd=tmp_path, capture_output=True, text=True,
            env={"PATH": "/usr/bin:/bin", "REQUIRE_ALL": "1" if require_all else ""},
        )
        return result.returncode, result.stdout + result.stderr

    return go


def test_a_stray_warning_of_the_standard_library_fails(small_run: SmallRun) -> None:
    code, output = small_run("import logging\ndef test_x():\n    logging.warning('boo')\n")
    assert code == 1 and "unexpected log lines" in output


def test_a_stray_line_of_structlog_fails(small_run: SmallRun) -> None:
    code, output = small_run(
        "import structlog\ndef test_x():\n    structlog.get_logger().error('boo')\n"
    )
    assert code == 1 and "unexpected log lines" in output


def test_an_announced_line_passes_and_a_missing_one_fails(small_run: SmallRun) -> None:
    announced = (
        "import logging\ndef test_x(expect_log):\n"
        "    expect_log('boo')\n    logging.warning('{}')\n"
    )
    assert small_run(announced.format("boo"))[0] == 0
    assert small_run(announced.format("bar"))[0] == 1


def test_a_skip_fails_when_everything_is_required(small_run: SmallRun) -> None:
    source = "import pytest\ndef test_x():\n    pytest.skip('no browser')\n"
    assert small_run(source)[0] == 0
    code, output = small_run(source, require_all=True)
    assert code == 1 and "skipped although REQUIRE_ALL=1" in output
