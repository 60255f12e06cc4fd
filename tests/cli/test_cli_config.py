"""`check-config` says what would stop a start; `--print-config` shows everything but secrets."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from vphost.cli.main import main
from vphost.cli.showing import without_secrets
from vphost.config.settings import Config, make


def test_good_settings_are_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-config", "--var", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "ok": True, "plugins": ["cash", "pools", "tournament"],
        "modes": ["cash", "pools", "table"],
    }
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words, named", [
    (["--port", "70000"], "port"),
    (["--mail-password-file", "/nowhere"], "mail_password_file"),
    (["--plugin-dir", "PLUGINS"], "plugin_dirs"),
])
def test_what_would_stop_a_start_is_named(
    words: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.py").write_text("raise ValueError('no')\n")
    given = [str(tmp_path) if word == "PLUGINS" else word for word in words]
    assert main(["check-config", *given]) == 2
    assert capsys.readouterr().err.startswith(f"run.py: configuration: {named}: ")


def test_an_open_key_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "seal.keys"
    key.write_text("x")
    key.chmod(0o644)
    assert main(["check-config", "--key-file", str(key)]) == 2
    assert "0600" in capsys.readouterr().err


def test_all_settings_are_shown_without_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VPHOST_STORE", "mongodb://me:pa:s@sw@db.example:1/name?key=hush&a=b")
    file = tmp_path / "settings.toml"
    file.write_text('port = 1\n[house_limits."house:minus"]\nEUR = 5\n')
    assert main(["--config", str(file), "serve", "--port", "2", "--print-config"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert set(shown) == {one.name for one in fields(Config)}
    assert shown["store"] == "mongodb://me:***@db.example:1/name?key=***&a=***"
    assert (shown["port"], shown["house_limits"]) == (2, {"house:minus": {"EUR": 5}})
    again = {name: value for name, value in shown.items()
             if name != "store" and value is not None and value != ""}
    assert make(again, {}, None).port == 2


@pytest.mark.parametrize("plain, shown", [
    ("sqlite:var/x@y:z.sqlite", "sqlite:var/x@y:z.sqlite"),
    ("smtp://host@mail.example:587", "smtp://host@mail.example:587"),
    ("https://play.example.org", "https://play.example.org"),
    ("mongodb+srv://u:p@h/n", "mongodb+srv://u:***@h/n"),
])
def test_only_secrets_are_hidden(plain: str, shown: str) -> None:
    assert without_secrets(plain) == shown
