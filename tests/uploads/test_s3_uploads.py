"""Uploads into a bucket: the host signs, the browser sends a form straight to the storage."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.mongo_server import free_port
from tests.uploads.s3_server import REGION, S3Server
from tests.uploads.samples import GOOD, PNG
from tests.web.table_house import table_house
from vphost.app import serve
from vphost.cli.main import main
from vphost.config.settings import make
from vphost.services.uploads import DESTINATIONS


def bucket(server: S3Server, **more: Any) -> dict[str, Any]:
    """Return the settings of a host whose files lie in the bucket."""
    return {
        "uploads": "s3://pictures", "s3_url": server.url, "s3_region": REGION,
        "s3_access_key": "operator", "s3_secret_key": "secret", **more,
    }


def policy(fields: Mapping[str, str]) -> list[Any]:
    """Return the conditions to which a form is held."""
    return list(json.loads(base64.b64decode(fields["policy"]))["conditions"])


async def test_a_form_puts_one_file_into_the_bucket(tmp_path: Path, s3_server: S3Server) -> None:
    settings = {
        name: value for name, value in bucket(s3_server).items() if name != "s3_secret_key"
    }
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    secret.chmod(0o600)
    async with table_house(tmp_path, **settings, s3_secret_key_file=secret) as house:
        ada = await house.user("ada")
        for destination, known in DESTINATIONS.items():
            kind = known.kinds[-1]
            answer = await ada.post(
                "uploads/", {"destination": destination, "content_type": kind}
            )
            grant = answer.body
            assert (grant["method"], grant["headers"]) == ("POST", {})
            fields = grant["fields"]
            name = fields["key"]
            conditions = policy(fields)
            for held in (
                {"bucket": "pictures"}, {"key": name}, {"Content-Type": kind},
                {"Content-Disposition": "attachment"},
                ["content-length-range", 1, known.bytes_max],
            ):
                assert held in conditions, held
            sent = requests.post(
                grant["url"], data=fields, files={"file": ("x.png", GOOD[kind])}, timeout=10
            )
            assert sent.status_code == 204, sent.text
            client = s3_server.client
            found = client.get_object(Bucket="pictures", Key=name)
            assert found["Body"].read() == GOOD[kind]
            assert (found["ContentType"], found["ContentDisposition"]) == (kind, "attachment")
            client.close()
            assert grant["file_url"] == f"{s3_server.url}/pictures/{name}"
        _, headers, _ = await house.people.get("/")
        rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
        assert rules["connect-src"] == f"'self' {s3_server.url}"
        assert rules["img-src"] == f"'self' data: {s3_server.url}"
        assert rules["script-src"] == "'self'"
        # The host itself has no files then.
        status, _, _ = await house.people.get(f"/uploads/{name}")
        assert status == 404


async def test_addresses_of_files_may_begin_elsewhere(
    tmp_path: Path, s3_server: S3Server
) -> None:
    async with table_house(
        tmp_path, **bucket(s3_server, uploads_url="https://pictures.example.org/")
    ) as house:
        ada = await house.user("ada")
        grant = (await ada.post("uploads/", {"destination": "player_avatars"})).body
        assert grant["file_url"] == f"https://pictures.example.org/{grant['fields']['key']}"


@pytest.mark.parametrize("change, named", [
    ({"s3_access_key": ""}, "uploads: s3 needs s3_access_key"),
    ({"s3_secret_key": None}, "uploads: s3 needs s3_access_key, and s3_secret_key"),
    ({"uploads": "s3://nothing-here"}, "uploads: bucket nothing-here: there is no such one"),
    ({"s3_url": "AWAY"}, "uploads: bucket pictures: the storage does not answer"),
])
def test_what_cannot_work_is_said_by_a_start_and_by_check_config(
    change: dict[str, Any], named: str, tmp_path: Path, s3_server: S3Server,
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    given = {
        name: away if value == "AWAY" else value
        for name, value in bucket(s3_server, **change).items() if value is not None
    }
    config = make({**given, "var": tmp_path, "store": "memory:", "port": 0}, {}, None)
    assert serve(config) == 2
    err = capfd.readouterr().err
    assert [named in line for line in err.splitlines() if line.startswith("run.py: ")] == [True]
    for name, value in given.items():
        monkeypatch.setenv(f"VPHOST_{name.upper()}", str(value))
    assert main(["check-config", "--var", str(tmp_path)]) == 2
    assert named in capfd.readouterr().err


def test_a_good_bucket_passes_the_check(
    tmp_path: Path, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name, value in bucket(s3_server).items():
        monkeypatch.setenv(f"VPHOST_{name.upper()}", str(value))
    assert main(["check-config", "--var", str(tmp_path)]) == 0
    assert json.loads(capfd.readouterr().out)["ok"] is True


def test_a_folder_that_is_a_file_stops_the_start(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "uploads").write_bytes(PNG)
    assert serve(make({"var": tmp_path, "store": "memory:", "port": 0}, {}, None)) == 2
    assert "run.py: uploads: " in capfd.readouterr().err
