"""The timers of the protocol (§ 1.7). Only the host measures them; safety needs none of the periods."""

from __future__ import annotations

from payrelay.language.timers import Timer

HTTP_TIME = Timer("http_time", 30, "the terminal's, or its gateway's, patience with one request")
HOLD_TIME = Timer("hold_time", 10, "claim 10's predetermined period: how long the relay lets a request wait")
SHOP_TIME = Timer("shop_time", 10, "how long the relay waits for payment information")
OFFER_TIME = Timer("offer_time", 3, "how long the relay waits for the wallets' offers")
WALLET_TIME = Timer("wallet_time", 10, "how long the relay waits for confirming information")
USER_TIME = Timer("user_time", 300, "how long the relay waits for the user")
AUTHORITY_TIME = Timer("authority_time", 10, "how long the relay waits for a registration form")
RETRY_TIME = Timer("retry_time", 15, "after which the same bytes are sent again")
DOUBT_TIME = Timer("doubt_time", 600, "after which the user is told that the outcome is in doubt")
INFO_EXPIRY = Timer("info_expiry", 900, "until when payment information may be used")
ORDER_EXPIRY = Timer("order_expiry", 3600, "until when an order may be paid")
FORM_EXPIRY = Timer("form_expiry", 1800, "until when a registration form may be answered")
ACTIVATION_TIME = Timer("activation_time", 3600, "until when a certificate must be activated")
REACTION = 1.0
"""Seconds: the bound on the relay's own work."""

TIMERS = (
    HTTP_TIME,
    HOLD_TIME,
    SHOP_TIME,
    OFFER_TIME,
    WALLET_TIME,
    USER_TIME,
    AUTHORITY_TIME,
    RETRY_TIME,
    DOUBT_TIME,
    INFO_EXPIRY,
    ORDER_EXPIRY,
    FORM_EXPIRY,
    ACTIVATION_TIME,
)

MARGIN = 60.0
"""Seconds that payment information must outlive the slowest user by: for two messages and a retry of each."""


def misfits(periods: dict[str, float]) -> list[str]:
    """The orderings between periods that do not hold, each as a sentence; an empty list if all do (§ 1.7)."""
    p = periods
    rules = {
        "shop_time + offer_time + wallet_time + reaction < http_time": p["shop_time"]
        + p["offer_time"]
        + p["wallet_time"]
        + REACTION
        < p["http_time"],
        "hold_time + reaction < http_time": p["hold_time"] + REACTION < p["http_time"],
        "2 authority_time + reaction < http_time": 2 * p["authority_time"] + REACTION < p["http_time"],
        "offer_time + 2 user_time + wallet_time + margin < info_expiry": p["offer_time"]
        + 2 * p["user_time"]
        + p["wallet_time"]
        + MARGIN
        < p["info_expiry"],
        "info_expiry < order_expiry": p["info_expiry"] < p["order_expiry"],
        "user_time < form_expiry": p["user_time"] < p["form_expiry"],
        "wallet_time + 2 retry_time < activation_time": p["wallet_time"] + 2 * p["retry_time"] < p["activation_time"],
    }
    return [f"{rule} does not hold" for rule, holds in rules.items() if not holds]
