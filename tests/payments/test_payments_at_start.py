"""A payment port that cannot do its work stops the start in one line, and keeps its secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.payments.stripe_server import KEY, SECRET, StripeServer
from vphost.app import serve
from vphost.cli.main import main
from vphost.config.settings import Config, make
from vphost.config.values import Secret

STRIPE = {"payments": "stripe", "port": 0, "stripe_key": KEY, "stripe_webhook_secret": SECRET}


def private(path: Path, text: str, mode: int = 0o600) -> Path:
    """Write a file of some mode and return it."""
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("change, named", [
    ({"stripe_key": None}, "payments: stripe needs stripe_key or stripe_key_file"),
    ({"stripe_webhook_secret": None}, "payments: stripe needs stripe_webhook_secret"),
    ({"stripe_key_file": "KEY"}, "stripe_key: is given twice"),
    ({"stripe_key": None, "stripe_key_file": "OPEN"}, "make it 0600"),
    ({"stripe_key": None, "stripe_key_file": "EMPTY"}, "has no key in it"),
    ({"stripe_key": None, "stripe_key_file": "NONE"}, "stripe_key_file:"),
    ({"stripe_key": "rk_hush"}, "payments: stripe refuses stripe_key: AuthenticationError 401"),
    ({"payments": "free"}, "payments: keys of Stripe are given, but payments is"),
])
def test_what_cannot_work_is_said_by_a_start_and_by_check_config(
    change: dict[str, Any], named: str, tmp_path: Path, stripe_server: StripeServer,
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = {
        "KEY": private(tmp_path / "key", KEY), "OPEN": private(tmp_path / "open", KEY, 0o644),
        "EMPTY": private(tmp_path / "empty", "\n"), "NONE": tmp_path / "none",
    }
    given = {
        name: files.get(value, value) if isinstance(value, str) else value
        for name, value in {**STRIPE, "stripe_url": stripe_server.url, **change}.items()
        if value is not None
    }
    var = tmp_path / "var"
    config = make({**given, "var": var, "store": f"sqlite:{var}/a.sqlite"}, {}, None)
    assert serve(config) == 2
    err = capfd.readouterr().err
    assert [named in line for line in err.splitlines() if line.startswith("run.py: ")] == [True]
    for name, value in given.items():
        monkeypatch.setenv(f"VPHOST_{name.upper()}", str(value))
    assert main(["check-config", "--var", str(tmp_path / "other")]) == 2
    told = capfd.readouterr().err
    assert told.startswith("run.py: ") and named in told and told.count("\n") == 1
    assert "hush" not in err + told and SECRET not in err + told
    assert not (tmp_path / "other").exists()


def test_good_settings_pass_and_secrets_are_not_shown(
    tmp_path: Path, stripe_server: StripeServer, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VPHOST_PAYMENTS", "stripe")
    monkeypatch.setenv("VPHOST_STRIPE_URL", stripe_server.url)
    monkeypatch.setenv("VPHOST_STRIPE_KEY", KEY)
    secrets = private(tmp_path / "secrets", f"whsec_new\n{SECRET}\n")
    monkeypatch.setenv("VPHOST_STRIPE_WEBHOOK_SECRET_FILE", str(secrets))
    assert main(["check-config", "--var", str(tmp_path)]) == 0
    assert json.loads(capfd.readouterr().out)["ok"] is True
    assert main(["--print-config"]) == 0
    out = capfd.readouterr().out
    assert KEY not in out and json.loads(out)["stripe_key"] == "***"
    assert KEY not in repr(Config(stripe_key=Secret(KEY)))


def test_a_secret_is_no_flag(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["check-config", "--stripe-key", KEY])
    assert "unrecognized arguments" in capfd.readouterr().err
