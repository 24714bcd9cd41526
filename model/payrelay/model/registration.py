"""Registration: its machines, which of them a message belongs to, and what its links carry.

All symbols that belong to registration k have the name `rk`; a machine that belongs to it has a name that ends in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from payrelay.language.messages import Message, Stimulus
from payrelay.language.role import Local, RoleTable
from payrelay.language.systems import Instance
from payrelay.language.terms import Symbol
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.conversion import CAPABILITIES, FormField
from payrelay.model.messages import registration as said
from payrelay.model.messages import terminal_edge as edge
from payrelay.model.messages import user
from payrelay.model.purchase import BRAND, USER, session_of, terminals_of, wallets_of
from payrelay.model.roles.enrolment import EnrolmentData, EnrolmentKey
from payrelay.model.roles.registration_authority import AuthorityData, AuthorityIdentity
from payrelay.model.roles.registration_relay import RegistrationData, RegistrationIdentity
from payrelay.model.roles.registration_terminal import RegistrationTerminalData

AUTHORITY = "authority"
FORM = (
    FormField("holder", "Name", required=True),
    *(FormField(name, name.title(), max_length=40) for name in ("street", "town", "country", "telephone", "mail")),
    FormField("account", "Account number", required=True, sensitive=True),
)
"""What the authority asks: one page for most terminals, two for those that can show six questions (compact_html)."""
PROOF = FormField("user_auth", "Word to pay with", required=True, sensitive=True)
"""What it asks, too, if there are sealed objects: what the user will prove to the wallet who it is with."""
TERMS, TERMS_DIGEST = "https://authority.example/terms", "0" * 43


def form_at(security: str) -> tuple[FormField, ...]:
    """What the authority asks at a level of security."""
    return (*FORM, PROOF) if security == "hardened" else FORM


def names_of(configuration: PaymentConfiguration) -> tuple[str, ...]:
    """The names of the registrations that can be."""
    return tuple(f"r{number}" for number in range(1, configuration.registrations + 1))


def fresh_registrations(configuration: PaymentConfiguration) -> tuple[tuple[Symbol, str], ...]:
    """The registrations that the relay's directory can open: (handle, machine)."""
    return tuple((Symbol("handle", name), f"registration-{name}") for name in names_of(configuration))


def empty_enrolment(configuration: PaymentConfiguration, wallet: str) -> EnrolmentData:
    """What a wallet knows of the user before there is any registration."""
    names = names_of(configuration) if configuration.security == "hardened" else ()
    keys = tuple(
        EnrolmentKey(Symbol("enrolment_key", f"{name} at {wallet}"), Symbol("enrolment_nonce", f"{name} at {wallet}"))
        for name in names
    )
    return EnrolmentData(wallet, USER, "relay", (AUTHORITY,), configuration.security, keys, brands=(BRAND,))


def registration_instances(
    configuration: PaymentConfiguration, tables: Mapping[str, RoleTable]
) -> tuple[Instance, ...]:
    """The machines of registrations, but the relay's directory and the wallets' enrolment stores."""
    return tuple(_instances(configuration, tables))


def _instances(configuration: PaymentConfiguration, tables: Mapping[str, RoleTable]) -> Iterator[Instance]:
    def machine(party: str, name: str, table: str, data: Any, **more: Any) -> Instance:
        read = tables[table]
        return Instance(party, name, read, (Local(read.initial, data),), **more)

    if not configuration.registrations:
        return
    security = configuration.security
    for terminal in terminals_of(configuration):
        held = RegistrationTerminalData(
            session_of(configuration, terminal), CAPABILITIES[configuration.capability], "relay", AUTHORITY, security
        )
        stimuli = tuple(_stimuli(configuration, terminal))
        yield machine(terminal, "registration", "registration_terminal", held, stimuli=stimuli)
    for place, name in enumerate(names_of(configuration), start=1):
        number = configuration.procedures + place
        identity = RegistrationIdentity(
            handle=Symbol("handle", name),
            reg_txn=Symbol("reg_txn", name),
            inquiry_token=Symbol("inquiry_token", name),
            user=USER,
            authorities=(AUTHORITY,),
            wallets=wallets_of(configuration),
            security=security,
        )
        machine_name = f"registration-{name}"
        yield machine("relay", machine_name, "registration_relay", RegistrationData(identity), procedure=number)
        registration = AuthorityIdentity(
            authority=AUTHORITY,
            relay="relay",
            reg_txn=Symbol("reg_txn", name),
            reg_id=Symbol("reg_id", name),
            certificate=Symbol("certificate", name),
            secret=Symbol("secret", name),
            account=Symbol("account", name),
            subject=USER,
            fields=form_at(security),
            terms=TERMS,
            terms_digest=TERMS_DIGEST,
            tries=configuration.tries,
            security=security,
        )
        data = AuthorityData(registration)
        yield machine(AUTHORITY, machine_name, "registration_authority", data, procedure=number)


def _stimuli(configuration: PaymentConfiguration, terminal: str) -> Iterator[Stimulus]:
    """What the user may do.

    Requests share their nonces here, where a terminal takes a fresh one each time: an old answer may then pass for a
    new one, which only adds runs. The kind of the symbol tells a registration's requests from a purchase's.
    """

    def nonce(kind: str) -> Symbol:
        return Symbol("registration_nonce", terminal if configuration.nonces == "one" else f"{terminal} {kind}")

    for wallet in wallets_of(configuration):
        yield user.UserRegisters(nonce=nonce(f"register {wallet}"), wallet=wallet)
    if configuration.pays_again:
        yield user.UserRegistersAgain(nonce=nonce("register again"))
    yield user.UserAnswers(nonce=nonce("answer"), is_complete=True)
    yield user.UserAnswers(nonce=nonce("answer"), is_complete=False)
    if configuration.cancels:
        yield user.UserCancels(nonce=nonce("cancel"))
    yield user.UserAsks(nonce=nonce("ask"))


def _by_reg_txn(message: Any) -> str:
    return f"registration-{message.reg_txn.name}"


def _by_reg_id(message: Any) -> str:
    return f"registration-{message.reg_id.name}"


def _always(machine: str) -> Callable[[Any], str]:
    return lambda _: machine


def _by_nonce(message: edge.TerminalAnswer) -> str:
    return "registration" if message.request_nonce.kind == "registration_nonce" else "purchase"


REGISTRATION_DISPATCH: dict[tuple[str, type[Message]], Callable[[Any], str]] = {
    ("terminal", said.FormSummary): _always("registration"),
    ("terminal", said.RegistrationResult): _always("registration"),
    ("terminal", edge.ProgressSummary): _by_nonce,
    ("terminal", edge.ErrorSummary): _by_nonce,
    ("relay", said.RegistrationRequest): _always("directory"),
    ("relay", said.FormAnswers): _always("directory"),
    ("relay", edge.Cancel): _always("directory"),
    ("relay", edge.ProgressInquiry): _always("directory"),
    ("relay", said.EnrolmentKeyResponse): _by_reg_txn,
    ("relay", said.RegistrationForm): _by_reg_txn,
    ("relay", said.RegistrationReject): _by_reg_txn,
    ("relay", said.AuthenticationInfo): _by_reg_id,
    ("relay", said.AuthInfoStored): _by_reg_id,
    ("relay", said.ActivationResponse): _by_reg_id,
    ("authority", said.ForwardedRegistrationRequest): _by_reg_txn,
    ("authority", said.ForwardedFormAnswers): _by_reg_id,
    ("authority", said.ActivationRequest): _by_reg_id,
    ("wallet", said.EnrolmentKeyRequest): _always("enrolment"),
    ("wallet", said.ForwardedAuthenticationInfo): _always("enrolment"),
}
"""The machine of the receiver that a message belongs to: (role of the receiver, kind of message).

Cancel and progress are shared with the purchase; these entries hold for both."""


def registration_choices(message: Message, configuration: PaymentConfiguration) -> tuple[Message, ...]:
    """What the world may choose when a message is received: what the authority finds, whom it and the wallet take."""
    match message:
        case said.ForwardedFormAnswers():
            return (message, replace(message, errors=("account",)))
        case said.ForwardedRegistrationRequest() if configuration.declines:
            return (message, replace(message, acceptable=False))
        case said.ForwardedAuthenticationInfo() if configuration.declines:
            return (message, replace(message, willing=False))
    return (message,)


TERMINAL_EDGE_REGISTRATION: tuple[type[Message], ...] = (
    said.RegistrationRequest,
    said.FormSummary,
    said.FormAnswers,
    said.RegistrationResult,
)
"""What terminal and relay say to each other in order to register, but for what they say in a purchase, too."""
RELAY_WALLET_REGISTRATION: tuple[type[Message], ...] = (
    said.EnrolmentKeyRequest,
    said.EnrolmentKeyResponse,
    said.ForwardedAuthenticationInfo,
    said.AuthInfoStored,
)
"""What relay and wallet say to each other in order to register."""
RELAY_AUTHORITY: tuple[type[Message], ...] = (
    said.ForwardedRegistrationRequest,
    said.RegistrationForm,
    said.ForwardedFormAnswers,
    said.RegistrationReject,
    said.AuthenticationInfo,
    said.ActivationRequest,
    said.ActivationResponse,
)
"""All that relay and authority say to each other (claims 12, 13)."""
