"""The application answers this machine only."""

from __future__ import annotations

import pytest

from tests.support.simulator import World


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", ""])
@pytest.mark.parametrize("path", ["/_simulator/status", "/v2/email/account"])
def test_only_loopback_names_are_answered(world: World, host: str, path: str) -> None:
    url = f"{world.ses.meta.endpoint_url}{path}"
    assert world.http.get(url, headers={"host": host}).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost", "[::1]:80"])
def test_loopback_names(world: World, host: str) -> None:
    assert world.http.get("/health", headers={"host": host}).json() == {"status": "ok"}


def test_pages_of_other_sites_are_not_answered(world: World) -> None:
    assert world.http.post("/reset", headers={"origin": "https://evil.example"}).status_code == 403
    assert world.http.post("/reset", headers={"origin": "null"}).status_code == 403
    assert world.http.post("/reset", headers={"origin": "http://127.0.0.1:8000"}).status_code == 200
