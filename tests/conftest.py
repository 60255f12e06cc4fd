"""Rules that hold for every test: nothing skipped when all is required, no stray log line.

A log line of WARNING or above that a test did not announce with `expect_log` fails the test.
Programs that the tests start are ended by the fixture that started them, by their process id.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
import structlog
from hypothesis import HealthCheck, settings

# How fast this machine is just now is nothing that a property says.
settings.register_profile(
    "vphost", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("vphost")

ExpectLog: TypeAlias = Callable[[str], list[str]]
"""The fixture `expect_log`: give a pattern, get the list in which the lines will appear."""

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"


OF_THE_MACHINE = re.compile("a mode held up the host|after_commit_slow")
"""Lines that a machine under load causes by itself; a test that means them expects them."""


class Collector(logging.Handler):
    """Keeps the lines that nobody expected."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.expected: list[tuple[re.Pattern[str], list[str]]] = []
        self.unexpected: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = f"{record.levelname} {record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            line += f" [{record.exc_info[1]!r}]"
        for pattern, seen in self.expected:
            if pattern.search(line):
                seen.append(line)
                return
        if not OF_THE_MACHINE.search(line):
            self.unexpected.append(line)


@pytest.fixture
def log_collector() -> Iterator[Collector]:
    """Collect warnings and errors of the standard library's and structlog's loggers.

    Afterwards the root logger is as before, whatever a host in this process made of it.
    """
    collector, root = Collector(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    structlog.configure(
        processors=[structlog.processors.KeyValueRenderer(key_order=["event"])],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root.addHandler(collector)
    yield collector
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(autouse=True)
def no_stray_log_line(log_collector: Collector) -> Iterator[None]:
    """Fail the test when a line of WARNING or above was logged that it did not expect."""
    yield
    assert not log_collector.unexpected, "unexpected log lines:\n" + "\n".join(
        log_collector.unexpected
    )
    for pattern, seen in log_collector.expected:
        assert seen, f"expected a log line that matches {pattern.pattern!r}, none came"


@pytest.fixture
def expect_log(log_collector: Collector) -> ExpectLog:
    """Announce a log line: `expect_log("room quarantined")`; at least one has to come."""

    def announce(pattern: str) -> list[str]:
        seen: list[str] = []
        log_collector.expected.append((re.compile(pattern), seen))
        return seen

    return announce


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Turn a skip into a failure when everything is required."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if REQUIRE_ALL and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped although REQUIRE_ALL=1: {report.longrepr}"
