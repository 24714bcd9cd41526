"""Records: what machines that many procedures share know of each, kept one by one.

A role holds all of it in its data: the entries of a directory, the keys that a wallet's user has paid with, the
postings of an account. As one value that would grow with every payment, and be written whole with each. So it is taken
apart when a step is over, and only what the next step can ask for is put together again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from payrelay.language.terms import Symbol
from payrelay.model.conversion import Amount
from payrelay.model.data import ProcKey

ENTRIES: Final = "entries"
"""relay: what was opened, by session and handle (`payrelay.model.roles.relay_directory.Entry`)."""
CURRENT_ENTRIES: Final = "current"
"""relay: what is open about a subject, by session and subject (the same)."""
KNOWN_AS: Final = "known_as"
"""relay: the pseudonym under which a peer knows a user, by what the role calls it (`payrelay.wire.set_up.KnownAs`)."""
SESSIONS: Final = "sessions"
"""relay: whose session it is (`payrelay.wire.set_up.OpenSession`)."""
REGISTERED: Final = "registered"
"""relay: where a user has registered since, by user (`payrelay.wire.set_up.EnrolledAt`, several)."""
ORDERS: Final = "orders"
"""shop: an order, by its name (`payrelay.wire.set_up.PayableOrder`)."""
ENROLMENTS: Final = "enrolments"
"""wallet: what was set up, by the machine of the store (`payrelay.wire.set_up.UserEnrolment`)."""
USED: Final = "used"
"""wallet: the transaction that has used an attempt's key, by store and key (a symbol)."""
ACCOUNTS: Final = "accounts"
"""payment: an account, by its number (`payrelay.wire.set_up.IssuedAccount`)."""
POSTINGS: Final = "postings"
"""payment: what was taken from an account (`Posting`), each time by itself. These are the books."""
USERS: Final = "users"
"""authority: whom it registers, by the relay's pseudonym (`payrelay.wire.set_up.RegistrableUser`)."""
REGISTERING: Final = "registering"
"""authority: the relay's pseudonym of a user, by the machine of the registration (a symbol)."""
PROCEDURES: Final = "procedures"
"""What the log calls the run that a machine takes part in, by the machine (a text), where runs are named."""
VARIANTS: Final = "variants"
"""What the party has ever done otherwise than its role says, by name (the same text): its log is that of a variant."""


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount that was taken from an account, for an attempt."""

    account: Symbol
    proc_key: ProcKey
    amount: Amount
