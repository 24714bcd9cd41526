"""Reasons: why something is refused, and what a system under test calls each.

What must be refused for a reason is refused rightly by a system that has another word for it. The words are its own to
translate: `[error_map]` of a configuration has, for each of them, the protocol's.
"""

from __future__ import annotations

from collections.abc import Mapping

from payrelay.model.roles.relay_procedure import SHOP_REASONS, WALLET_REASONS
from payrelay.wire.exchange import Response
from payrelay.wire.problem_documents import TYPES, problem_in, problem_of
from payrelay.wire.problems import REASONS, Malformed

AUTHORITY_REASONS = ("REFUSED", "ANSWERS", "EXPIRED")
"""Why an authority registers nobody."""
CANONICAL = (*TYPES, *REASONS, *SHOP_REASONS, *WALLET_REASONS, *AUTHORITY_REASONS)
"""Every reason that the protocol has: the types of problems, why bytes are no message, and what refusals say."""


def problem_named(response: Response, theirs: Mapping[str, str]) -> str:
    """The type of the problem that a response tells of; what it has instead, if that is none of the protocol's.

    `theirs` are looked up by the type, then by the reason, and last by the status, which says least.
    """
    problem = problem_in(response)
    words = (problem.name, problem.reason, *(() if problem.name in TYPES else (str(response.status),)))
    word = next((theirs[one] for one in words if one in theirs), problem.name)
    return problem_of(Malformed(word)).name if word in REASONS else word or f"status {response.status}"
