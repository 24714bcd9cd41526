"""What servers send with: each request once, and whatever is no answer is none."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from payrelay.host.client import MOST_ANSWER_BYTES
from payrelay.reference_impl.sending import Sending
from payrelay.wire.exchange import Request, Response

REQUEST = Request("POST", "/x", (("content-type", "application/json"),), b"{}")
TAKEN = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
MUCH = b"x" * (MOST_ANSWER_BYTES + 1)
HEADS: list[str] = []
"""The heads of the requests that came."""


async def asked(answers: list[bytes], times: int = 1, seconds: float | None = 5) -> tuple[list[Response | None], int]:
    """What requests are answered by, one after the other, and over how many connections they came.

    An empty answer closes the connection.
    """
    serving: list[asyncio.Task[object]] = []
    left = iter(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.append(task)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                HEADS.append(head.decode())
                assert await reader.readexactly(2) == REQUEST.body
                answer = next(left)
                if not answer:
                    break
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    HEADS.clear()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    sending = Sending()
    found = [await sending(f"http://127.0.0.1:{port}/x?y=%2F", REQUEST, seconds) for _ in range(times)]
    await sending.close()
    server.close()
    await asyncio.gather(*serving)
    await server.wait_closed()
    return found, len(serving)


def test_connections_are_kept_and_requests_are_as_they_are() -> None:
    found, connections = asyncio.run(asked([TAKEN, TAKEN], times=2))
    assert [answer and (answer.status, answer.body) for answer in found] == [(202, b"")] * 2
    assert connections == 1
    lines = HEADS[0].splitlines()
    assert lines[0] == "POST /x?y=%2F HTTP/1.1"
    assert {line.partition(":")[0].lower() for line in lines[1:] if line} == {"host", "content-type", "content-length"}


def test_an_answer_has_its_headers_and_body() -> None:
    answer = b"HTTP/1.1 409 Conflict\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc"
    (found,), _ = asyncio.run(asked([answer]))
    assert found == Response(409, (("Content-Type", "text/plain"), ("Content-Length", "3")), b"abc")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(MUCH), MUCH),
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
    ],
    ids=["closed", "no HTTP", "too much", "too little"],
)
def test_invalid_answers_are_none_and_nothing_is_asked_twice(answer: bytes) -> None:
    seconds = 0.2 if answer.endswith(b"short") else 5
    assert asyncio.run(asked([answer, TAKEN], seconds=seconds)) == ([None], 1)
    assert len(HEADS) == 1


def test_a_redirection_is_an_answer() -> None:
    answer = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    (found,), _ = asyncio.run(asked([answer]))
    assert found is not None
    assert (found.status, len(HEADS)) == (307, 1)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "nowhere", "http://", ""])
def test_invalid_urls_and_nobody_there(url: str) -> None:
    async def ask() -> Response | None:
        sending = Sending()
        found = await sending(url, REQUEST, 5)
        await sending.close()
        return found

    assert asyncio.run(ask()) is None
