"""Faulty variants of the protocol, as edits of its tables: each shows that a property can be violated."""

from payrelay.model.variants.money import MONEY_VARIANTS
from payrelay.model.variants.pages import PAGE_VARIANTS
from payrelay.model.variants.registration import REGISTRATION_VARIANTS
from payrelay.model.variants.result import RESULT_VARIANTS
from payrelay.model.variants.terminal import TERMINAL_VARIANTS
from payrelay.model.variants.transfer import TRANSFER_VARIANTS

VARIANTS = (
    *TRANSFER_VARIANTS,
    *TERMINAL_VARIANTS,
    *PAGE_VARIANTS,
    *RESULT_VARIANTS,
    *MONEY_VARIANTS,
    *REGISTRATION_VARIANTS,
)
