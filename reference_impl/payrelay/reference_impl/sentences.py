"""What the names on pages mean to the user, and what the user can do: outcomes, errors and problems, each a sentence.

A page always has the name beside it, by which whoever helps can look it up.
"""

from __future__ import annotations

from collections.abc import Mapping

OUTCOMES = {
    "approved": "Paid",
    "declined": "Declined",
    "rejected": "Rejected",
    "void": "Not paid",
    "cancelled": "Cancelled",
    "expired": "Too late",
    "failed": "Not paid",
    "": "Payment result",
}
REGISTRATIONS = {
    "ok": "Registered",
    "cancelled": "Cancelled",
    "rejected": "Not registered",
    "failed": "Not registered",
    "": "Registration result",
}
ERRORS = {
    "ALREADY_PAID": "This order is paid already. Nothing more was paid.",
    "AUTHORITY_INVALID": "The registration authority sent something that cannot be trusted. You are not "
    "registered; try again later.",
    "AUTHORITY_TIMEOUT": "The registration authority does not answer. You are not registered; try again in a while.",
    "BAD_REQUEST": "Nobody of that name is known here. Go back to where you came from, and begin again.",
    "CAPABILITY": "Your screen cannot show all that must be shown. Nothing was paid; use another device.",
    "CONFIRM_MISMATCH": "The wallet spoke of another payment than the shop. Nothing was paid. If it happens "
    "again, use another wallet.",
    "CONSENT_MISMATCH": "What was confirmed is not what was shown. Nothing was paid; try again.",
    "EXPIRED": "It took too long. Nothing was paid; try again.",
    "IN_PAYMENT": "This order is being paid already, perhaps in another window. Nothing was paid here; "
    "look there first.",
    "NOT_ENROLLED": "That wallet does not know you. Nothing was paid; register for it, or choose another wallet.",
    "NOT_PAYABLE": "That wallet cannot pay this. Nothing was paid; choose another wallet.",
    "NO_WALLET": "No wallet of yours can pay this. Nothing was paid; register for a wallet first.",
    "ORDER_EXPIRED": "The shop does not hold this order any more. Nothing was paid; order again.",
    "REGISTRATION_REFUSED": "The registration authority will not register you. Ask it why.",
    "SHOP_INVALID": "The shop sent something that cannot be trusted. Nothing was paid; ask the shop.",
    "SHOP_REFUSED": "The shop does not take a payment for this order now. Nothing was paid; ask the shop.",
    "SHOP_TIMEOUT": "The shop does not answer. Nothing was paid; try again in a while.",
    "UNKNOWN_ORDER": "The shop does not know this order. Nothing was paid; order again.",
    "UNKNOWN_PROCEDURE": "Nothing is known here of what this page is about: it is too old, or another user's. "
    "Begin again where you ordered; what was paid is not paid again.",
    "USER_TIMEOUT": "You did not answer in time. Nothing was paid; try again.",
    "WALLET_REFUSED": "The wallet will not pay this. Nothing was paid; choose another wallet.",
    "WALLET_TIMEOUT": "The wallet does not answer. Nothing was paid; try again, or choose another wallet.",
    "": "It does not go on here. Try again, or ask the shop.",
}
PROBLEMS = {
    "malformed": "What your browser sent is not what the page had. Go back, reload that page, and try again.",
    "unauthenticated": "It is not known who you are: your browser has no session here, or an old one. "
    "Allow cookies for this site, and begin again where you ordered.",
    "not-found": "There is no such page. Begin again where you ordered.",
    "method-not-allowed": "This page cannot be opened by its address alone. Begin again where you ordered; "
    "what was paid is not paid again.",
    "protocol-error": "This cannot be done now: the page is older than what happened since. "
    "Begin again where you ordered; what was paid is not paid again.",
    "superseded": "You asked again meanwhile, perhaps in another window. The answer is there.",
    "wrong-inquiry-token": "This page asks for a payment that it does not belong to. Begin again where you ordered.",
    "slow-down": "That was too fast. Wait some seconds, and reload the page.",
    "unavailable": "The server is not there just now. Wait some seconds, and reload the page; "
    "what you have decided is carried out once at most.",
    "": "Something went wrong here. Wait some seconds, and reload the page; "
    "what you have decided is carried out once at most.",
}
SENTENCES: Mapping[str, Mapping[str, str]] = {
    "outcome": OUTCOMES,
    "result": REGISTRATIONS,
    "code": ERRORS,
    "problem": PROBLEMS,
}
"""By what a name is of; what stands under no name is said of names that are not here."""


def sentence(about: str, name: str) -> str:
    """What a name means, in English."""
    known = SENTENCES[about]
    return known.get(name, known[""])
