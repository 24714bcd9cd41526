"""Faulty variants of the protocol, as edits of its tables: each shows that a property can be violated."""

from payrelay.model.variants.purchase import PURCHASE_VARIANTS
from payrelay.model.variants.registration import REGISTRATION_VARIANTS

VARIANTS = (*PURCHASE_VARIANTS, *REGISTRATION_VARIANTS)
