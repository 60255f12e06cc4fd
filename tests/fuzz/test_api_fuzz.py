"""Schemathesis against a living host, as two users: whatever the reference says, it keeps.

Short here, long in `make fuzz`. The exceptions stand with their reasons in `api.toml`. A plugin
that shows one user's objects to another proves that such a leak would be found.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fuzz.sizes import BASE_SEED, LONG
from tests.journeys.host_process import HostProcess

HERE = Path(__file__).parent
LEAKY_PATH = "/api/v1/x/leaky/"
LOG_OUT_PATH = "/api/v1/auth/logout/"
"""It ends the sign-in that all calls are made with, so it comes last."""
OTHERS = ("--exclude-path-regex", f"{LEAKY_PATH}|{LOG_OUT_PATH}")
FLAGS = (
    "--requests-per-s", "100000", "--requests-burst", "100000",
    "--registrations-per-hour", "100000",
)
PASSED, FAILED = 0, 1
USERS = ("ada", "bob")


@dataclass
class Fuzzed:
    """A host and its two users' tokens, as schemathesis reads them."""

    host: HostProcess
    users: Path

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run schemathesis; return its exit status and what it printed.

        One worker: CPython 3.11 cannot compile on two threads at once, as Hypothesis would
        ("AST constructor recursion depth mismatch").
        """
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                "--config-file", str(HERE / "api.toml"), "run", f"{self.host.origin}/swagger.json",
                "--no-color", "--checks", "all", "--workers", "1", "--continue-on-failure",
                "--suppress-health-check", "all", "--request-timeout", "60",
                "--seed", str(BASE_SEED), *arguments,
            ],
            cwd=self.users.parent, capture_output=True, text=True, timeout=3600,
            env={**os.environ, "API_FUZZ_USERS": str(self.users)},
        )
        return done.returncode, done.stdout + done.stderr

    def is_signed_in(self) -> bool:
        """Say whether the host takes the first user's token."""
        header = json.loads(self.users.read_text())["auth"][0]["fixedHeaders"][0]
        asked = urllib.request.Request(
            f"{self.host.origin}/api/v1/users/current/", headers={header["name"]: header["value"]}
        )
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as refused:
            assert refused.code == 401, refused
            return False


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    folder = tmp_path_factory.mktemp("api")
    host = HostProcess(folder, flags=(*FLAGS, "--plugin-dir", str(HERE / "leaky")))
    host.start()
    users = folder / "users.json"
    for name in USERS:
        host.ok("user", "add", name)
    users.write_text(json.dumps({"auth": [
        {"name": name, "fixedHeaders": [
            {"name": "Authorization", "value": f"Bearer {host.ok('token', name)['token']}"},
        ]} for name in USERS
    ]}))
    yield Fuzzed(host, users)
    host.close()


def test_fuzzed_calls_are_answered_as_the_reference_says(fuzzed: Fuzzed) -> None:
    status, said = fuzzed.run(
        *OTHERS, "--phases", "examples,coverage,fuzzing",
        "--max-time", "900" if LONG else "10",
    )
    assert status == PASSED, said


def test_fuzzed_chains_of_calls_never_show_anothers_objects(fuzzed: Fuzzed) -> None:
    status, said = fuzzed.run(
        *OTHERS, "--phases", "stateful",
        "--max-time", "900" if LONG else "6",
    )
    assert status == PASSED, said
    assert "API Links:" in said and "tests were run" not in said, said
    assert fuzzed.is_signed_in()


def test_a_fuzzed_leak_between_users_is_found(fuzzed: Fuzzed) -> None:
    status, said = fuzzed.run(
        "--include-path-regex", LEAKY_PATH, "--phases", "stateful", "--max-failures", "1",
        "--max-time", "60",
    )
    assert status == FAILED, said
    assert "owns" in said and "received the" in said, said


def test_a_fuzzed_log_out_ends_the_sign_in(fuzzed: Fuzzed) -> None:
    status, said = fuzzed.run("--include-path-regex", LOG_OUT_PATH, "--max-time", "3")
    assert status == PASSED, said
    assert not fuzzed.is_signed_in()
