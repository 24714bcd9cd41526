"""The named configurations. What each contains is fixed; `payrelay verify NAME KEY=VALUE` derives others."""

from __future__ import annotations

from dataclasses import replace

from payrelay.model.configuration import PaymentConfiguration

SERVERS = ("relay", "shop", "wallet", "payment")
PURCHASE = ("terminal", *SERVERS)
PUNCTUAL = ("http_time", "retry_time", "shop_time", "offer_time", "wallet_time", "user_time", "info_expiry")
"""The timers without those that only change what a waiting user is told: no progress pages, no doubt."""

HAPPY = PaymentConfiguration(
    name="happy",
    says="An order is placed, paid and approved. Nobody changes their mind, nothing is slow, nothing is lost.",
    cancels=False,
    declines=False,
    expires=False,
    timers=(),
)
BENIGN = PaymentConfiguration(
    name="benign",
    says="Two wallets to choose from; the user may cancel, the issuer decline, the payment take long. Nothing is lost.",
    wallets=2,
    expires=False,
    timers=("hold_time",),
    patient=("hold_time",),
)
FAULTS = PaymentConfiguration(
    name="faults",
    says="One procedure and two wallets, under every fault that there is, any number of times.",
    semantics="unbounded",
    wallets=2,
    nonces="one",
    crashing=PURCHASE,
)
REGISTRATION = PaymentConfiguration(
    name="registration",
    says="One registration, hardened, with two tries, under every fault that there is, any number of times.",
    semantics="unbounded",
    procedures=0,
    registrations=1,
    nonces="one",
    crashing=("terminal", "relay", "wallet", "authority"),
)
SECOND_TAB = PaymentConfiguration(
    name="second_tab",
    says="Two tabs of one session: a cancel in one crosses a confirm in the other; the same is confirmed twice.",
    semantics="unbounded",
    tabs=2,
    nonces="one",
    ordering=False,
    expires=False,
    timers=PUNCTUAL,
    crashing=("relay",),
)
ATTEMPTS = PaymentConfiguration(
    name="attempts",
    says="One order, two procedures: paid again after a refusal, or begun anew by a relay that forgot.",
    semantics="unbounded",
    procedures=2,
    pays_again=True,
    nonces="one",
    ordering=False,
    cancels=False,
    expires=False,
    timers=PUNCTUAL,
    crashing=("relay",),
)
DEVICES = PaymentConfiguration(
    name="devices",
    says="Two devices of one user, each with a session of its own, compete for one order.",
    semantics="unbounded",
    procedures=2,
    tabs=2,
    sessions=2,
    nonces="one",
    ordering=False,
    cancels=False,
    expires=False,
    timers=PUNCTUAL,
)
FAULT_STORIES = PaymentConfiguration(
    name="fault_stories",
    says="One procedure and two wallets; one message lost, one duplicated, one crash of the relay, one early time-out.",
    wallets=2,
    ordering=False,
    expires=False,
    losses=1,
    duplicates=1,
    crashes=1,
    early_timeouts=1,
    crashing=("relay",),
    timers=(*PUNCTUAL, "hold_time"),
)

REGISTRATION_STORIES = PaymentConfiguration(
    name="registration_stories",
    says="One registration; one message lost, one crash of the relay.",
    procedures=0,
    registrations=1,
    losses=1,
    crashes=1,
    crashing=("relay",),
)
CLAIM_8_LITERALLY = PaymentConfiguration(
    name="claim_8_literally",
    says="The payment takes long, and the relay asks the payment server once the outcome is in doubt (claim 8, Q8).",
    cancels=False,
    expires=False,
    timers=("hold_time", "doubt_time"),
    patient=("hold_time", "doubt_time"),
    relay_asks_payment_server=True,
)
TWO_PROCEDURES = PaymentConfiguration(
    name="two_procedures",
    says="Two orders of one user, paid at the same time with the same wallet and account.",
    semantics="unbounded",
    orders=2,
    nonces="one",
    ordering=False,
    expires=False,
    timers=PUNCTUAL,
)
TWO_PROCEDURES_TWO_WALLETS = replace(
    TWO_PROCEDURES,
    name="two_procedures_two_wallets",
    says="Two orders of one user, paid at the same time, each with one of two wallets.",
    wallets=2,
)
TWO_PROCEDURES_STORIES = PaymentConfiguration(
    name="two_procedures_stories",
    says="Two orders of one user, paid at the same time; one message lost, one duplicated.",
    orders=2,
    ordering=False,
    expires=False,
    losses=1,
    duplicates=1,
    timers=PUNCTUAL,
)
TWO_PROCEDURES_ALL_FAULTS = replace(
    TWO_PROCEDURES_STORIES,
    name="two_procedures_all_faults",
    says="The same, and one crash of the relay, and one early time-out.",
    crashes=1,
    early_timeouts=1,
    crashing=("relay",),
)
THREE_PROCEDURES = replace(
    TWO_PROCEDURES, name="three_procedures", says="Three orders of one user, paid at the same time.", orders=3
)

CONFIGURATIONS = (
    HAPPY,
    BENIGN,
    FAULTS,
    REGISTRATION,
    SECOND_TAB,
    ATTEMPTS,
    DEVICES,
    FAULT_STORIES,
    REGISTRATION_STORIES,
    CLAIM_8_LITERALLY,
    TWO_PROCEDURES,
    TWO_PROCEDURES_STORIES,
    TWO_PROCEDURES_TWO_WALLETS,
    TWO_PROCEDURES_ALL_FAULTS,
    THREE_PROCEDURES,
)
"""Every named configuration that is honest."""
SLOW = (TWO_PROCEDURES_TWO_WALLETS, TWO_PROCEDURES_ALL_FAULTS, THREE_PROCEDURES)
"""Those that are searched only by name: they take minutes, and up to gigabytes."""
