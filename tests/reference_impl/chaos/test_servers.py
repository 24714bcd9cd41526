"""The servers of a campaign, as far as they need not run for it."""

from __future__ import annotations

from pathlib import Path

from payrelay.reference_impl.chaos.servers import Server


def test_why_a_server_ended_is_what_it_said_last(tmp_path: Path) -> None:
    """Not what had happened to it before, nor the first line of a traceback."""
    server = Server("shop", tmp_path / "shop.toml", {})
    assert server.last_said() == "nothing"
    server.log.write_text("trial: lost_request\nTraceback (most recent call last):\nValueError: why\n")
    assert server.last_said() == "ValueError: why"
