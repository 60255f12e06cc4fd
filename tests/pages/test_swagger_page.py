"""The page of the REST reference, in a browser, under the host's own policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.host_process import HostProcess

OTHER = '{"openapi":"3.1.0","info":{"title":"Elsewhere","version":"1"},"paths":{}}'


@pytest.fixture
def host(tmp_path: Path) -> Iterator[HostProcess]:
    process = HostProcess(tmp_path)
    process.start()
    yield process
    process.close()


def test_36_the_page_shows_this_hosts_calls_and_ignores_its_query(
    open_page: Callable[..., Page], host: HostProcess
) -> None:
    other = quote(f"data:application/json,{OTHER}")
    asked: list[str] = []
    page = open_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{host.origin}/swagger/?url={other}&configUrl={other}")
    expect(page.get_by_text("/api/v1/auth/token/", exact=True)).to_be_visible()
    expect(page.get_by_text("Elsewhere")).to_have_count(0)
    assert all(
        url.startswith((f"{host.origin}/", "data:image/")) for url in asked
    ), asked
    assert f"{host.origin}/swagger.json" in asked
