"""The contents converting unit: from what a server says to what a small terminal can show (claims 4-7, 9, 13, 14).

Pure functions over frozen values: `convert` chooses what is shown, `render` writes the page, `read` takes it apart.
"""

from payrelay.model.conversion.capabilities import CAPABILITIES, Capabilities
from payrelay.model.conversion.forms import paginate
from payrelay.model.conversion.identifiers import displayed_identifiers
from payrelay.model.conversion.information import (
    ConfirmInformation,
    ErrorInformation,
    FormField,
    FormInformation,
    Information,
    Kind,
    ProgressInformation,
    RegistrationInformation,
    ResultInformation,
    SelectInformation,
    WalletOption,
)
from payrelay.model.conversion.minimum import minimal_page_fits
from payrelay.model.conversion.pages import read, render
from payrelay.model.conversion.summary import CapabilityError, Summary, convert
from payrelay.model.conversion.templates import Action, Slot, Template, is_token, template_for, template_named
from payrelay.model.conversion.values import MINOR_UNITS, Amount, is_text, text

__all__ = [
    "CAPABILITIES",
    "MINOR_UNITS",
    "Action",
    "Amount",
    "Capabilities",
    "CapabilityError",
    "ConfirmInformation",
    "ErrorInformation",
    "FormField",
    "FormInformation",
    "Information",
    "Kind",
    "ProgressInformation",
    "RegistrationInformation",
    "ResultInformation",
    "SelectInformation",
    "Slot",
    "Summary",
    "Template",
    "WalletOption",
    "convert",
    "displayed_identifiers",
    "is_text",
    "is_token",
    "minimal_page_fits",
    "paginate",
    "read",
    "render",
    "template_for",
    "template_named",
    "text",
]
