"""Words: the verdicts, as they are printed and what they mean."""

from __future__ import annotations

MEANINGS = {
    "holds": "No run of the searched configuration violates it, and what it speaks of happens in some run.",
    "violated": "Some run violates it. A shortest one is printed, step by step, with the conjunct that fails; "
    "--traces DIR writes it as a file that payrelay replay takes again.",
    "inconclusive": "The search was cut short, by a limit, a bound or the user, before it could tell. Never green.",
    "seen": "A random walk has seen it come, so it is possible. Only payrelay simulate says so, which says of nothing "
    "that it holds, and never ends with 0.",
    "vacuous": "No run violates it, but only since what it speaks of never happened there. Never green: exit code 4, "
    "unless it holds of something in another configuration of the search.",
    "not_applicable": "A role, a message or a fault that it speaks of is not in this configuration. Not counted; but "
    "in the default set each property has to hold somewhere.",
    "wire": "Only an observer of real messages can see it; no search of the model says anything about it.",
}
"""What each verdict means."""

PRINTED = {"not_applicable": "not applicable", "wire": "seen on a wire only"}


def in_words(verdict: str) -> str:
    """A verdict as it is printed."""
    return PRINTED.get(verdict, verdict)
