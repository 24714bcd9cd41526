"""The properties of the protocol, as data: sentences about every run, and the claims that they come from."""

from payrelay.model.properties.money import MONEY_PROPERTIES
from payrelay.model.properties.pages import PAGE_PROPERTIES
from payrelay.model.properties.registration import REGISTRATION_PROPERTIES
from payrelay.model.properties.result import RESULT_PROPERTIES
from payrelay.model.properties.terminal import TERMINAL_PROPERTIES
from payrelay.model.properties.transfer import TRANSFER_PROPERTIES

PROPERTIES = (
    *TRANSFER_PROPERTIES,
    *TERMINAL_PROPERTIES,
    *PAGE_PROPERTIES,
    *RESULT_PROPERTIES,
    *REGISTRATION_PROPERTIES,
    *MONEY_PROPERTIES,
)
