"""What is altered in a message, and what is not since nothing follows from it."""

from __future__ import annotations

import pytest

from payrelay.conformance.alterations import alterations
from payrelay.conformance.selftesting import Wanted
from payrelay.model.messages.registration import ForwardedRegistrationRequest


@pytest.mark.parametrize(("security", "is_altered"), [("plain", True), ("channel", True), ("hardened", False)])
def test_another_wallet_is_named_only_where_nothing_is_sealed_for_it(security: str, *, is_altered: bool) -> None:
    parts = Wanted().plan("authority", security).parts
    told = (message for part in parts for of in part.generator.explored.inputs.values() for message in of)
    requests = [message for message in told if isinstance(message, ForwardedRegistrationRequest)]
    assert requests
    for request in requests:
        altered = dict(alterations(request, lambda _party: True))
        assert ("/wallet" in altered) is is_altered
        assert "/user_ref" in altered
