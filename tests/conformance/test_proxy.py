"""The recording proxy: passes everything on as it is, but for discovery documents, and what it writes is an archive."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request as Incoming
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from tests.conformance.test_control import at_work
from tests.ports import free_ports

from payrelay.conformance.proxy import Recording, Way, ways_of
from payrelay.language.configurations import ConfigurationError
from payrelay.wire.har import exchanges_in


async def everything(request: Incoming) -> Response:
    """Tells what came."""
    body = await request.body()
    return PlainTextResponse(f"{request.method} {request.url.path}?{request.url.query} {body!r}", 207, {"x-own": "1"})


@contextmanager
def recording(target: str, more: tuple[Way, ...] = ()) -> Iterator[tuple[Recording, str]]:
    """A proxy in front of a party, and its URL."""
    way = Way("127.0.0.1", free_ports(1), target)
    found = Recording((way, *more))
    loop = asyncio.new_event_loop()
    until, ready = asyncio.Event(), threading.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(found.run(until, ready.set)), daemon=True)
    thread.start()
    assert ready.wait(5)
    try:
        yield found, way.url
    finally:
        loop.call_soon_threadsafe(until.set)
        thread.join(5)
        loop.close()


def test_everything_is_passed_on_and_recorded(tmp_path: Path) -> None:
    app = Starlette(routes=[Route("/{path:path}", everything, methods=["GET", "POST"])])
    with at_work(app) as target, recording(target) as (found, url):
        with httpx2.Client(trust_env=False) as client:
            answered = client.post(f"{url}/payrelay/v1/x?a=b", content=b"\xff", headers={"content-type": "a/b"})
        assert answered.status_code == 207
        assert answered.text == "POST /payrelay/v1/x?a=b b'\\xff'"
        assert answered.headers["x-own"] == "1"
        found.write(tmp_path / "t.har", "1")
        (exchange,) = exchanges_in((tmp_path / "t.har").read_bytes())
        assert exchange.request.body == b"\xff"
        assert exchange.request.target == "/payrelay/v1/x?a=b"
        assert exchange.response is not None
        assert exchange.response.status == 207
        assert (tmp_path / "t.har").stat().st_mode & 0o077 == 0


def test_discovery_documents_name_the_proxies() -> None:
    async def discovery(_request: Incoming) -> Response:
        return JSONResponse({"links": {"relay_shop": target_url[0], "wallet_shop": "http://elsewhere"}})

    target_url: list[str] = []
    with at_work(Starlette(routes=[Route("/.well-known/payrelay", discovery)])) as target:
        target_url.append(target)
        with recording(target) as (_found, url), httpx2.Client(trust_env=False) as client:
            told = client.get(f"{url}/.well-known/payrelay").json()
        assert told == {"links": {"relay_shop": url, "wallet_shop": "http://elsewhere"}}


def test_nobody_behind_it_is_a_bad_gateway() -> None:
    with recording("http://127.0.0.1:9") as (found, url), httpx2.Client(trust_env=False) as client:
        assert client.get(f"{url}/health").status_code == 502
        assert json.loads(found.archive("1"))["log"]["entries"][0]["response"]["status"] == 0


@pytest.mark.parametrize("word", ["9500", "x=http://a", "9500=ftp://a", "70000=http://a", "0=http://a"])
def test_invalid_ways_are_told(word: str) -> None:
    with pytest.raises(ConfigurationError, match="write PORT=URL"):
        ways_of([word])


def test_invalid_two_ways_from_one_port() -> None:
    with pytest.raises(ConfigurationError, match="two ways begin at"):
        ways_of(["9500=http://a", "9500=http://b"])
    assert ways_of(["0.0.0.0:9500=http://a/"])[0] == Way("0.0.0.0", 9500, "http://a")
