"""The protocol made concrete: a configuration to the system of its machines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from payrelay.language.edits import Edit, edited
from payrelay.language.links import Link, role_of
from payrelay.language.messages import Message, Occurrence
from payrelay.language.role import Local, Role, RoleTable, role_table
from payrelay.language.systems import Instance, System
from payrelay.language.terms import Sealed, Symbol
from payrelay.model import links
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.data import AuthInfo, sealed, signed
from payrelay.model.occurrences import AuthInfoHeld, OrderFrozen
from payrelay.model.purchase import (
    PURCHASE_DISPATCH,
    TOTAL,
    USER,
    USER_AUTH,
    alike,
    card_of,
    fresh_procedures,
    machine_of_order,
    order_named,
    orders_of,
    purchase_choices,
    purchase_instances,
    transactions_of,
    wallets_of,
)
from payrelay.model.registration import (
    AUTHORITY,
    REGISTRATION_DISPATCH,
    empty_enrolment,
    fresh_registrations,
    registration_choices,
    registration_instances,
)
from payrelay.model.roles.enrolment import Enrolment
from payrelay.model.roles.payment_account import PaymentAccount
from payrelay.model.roles.payment_authorization import PaymentAuthorization
from payrelay.model.roles.registration_authority import RegistrationAuthority
from payrelay.model.roles.registration_relay import RegistrationRelay
from payrelay.model.roles.registration_terminal import RegistrationTerminal
from payrelay.model.roles.relay_directory import Directory, RelayDirectory
from payrelay.model.roles.relay_procedure import RelayProcedure
from payrelay.model.roles.shop_attempt import ShopAttempt
from payrelay.model.roles.shop_order import ShopOrder
from payrelay.model.roles.terminal import Terminal
from payrelay.model.roles.wallet_procedure import WalletProcedure

ROLES: tuple[type[Role], ...] = (
    Terminal,
    RelayDirectory,
    RelayProcedure,
    ShopOrder,
    ShopAttempt,
    RegistrationTerminal,
    RegistrationRelay,
    RegistrationAuthority,
    Enrolment,
    WalletProcedure,
    PaymentAccount,
    PaymentAuthorization,
)
"""Every role class of the protocol."""

DISPATCH = PURCHASE_DISPATCH | REGISTRATION_DISPATCH
"""The machine of the receiver that a message belongs to: (role of the receiver, kind of message)."""


def tables(edits: Iterable[Edit] = ()) -> dict[str, RoleTable]:
    """The table of every role, perhaps edited."""
    return edited(map(role_table, ROLES), edits)


def links_of(configuration: PaymentConfiguration) -> tuple[Link, ...]:
    """The network's links; a switch may add to what they carry."""
    carried = links.LITERAL_CLAIM_8 if configuration.relay_asks_payment_server else ()
    return (
        links.TERMINAL_EDGE,
        links.DIRECT_EDGE,
        links.RELAY_SHOP,
        links.RELAY_WALLET,
        links.RELAY_AUTHORITY,
        replace(links.RELAY_PAYMENT, carries=carried),
        links.WALLET_SHOP,
        links.SHOP_PAYMENT,
    )


def auth_info(wallet: str, security: str) -> AuthInfo:
    """What a wallet holds of a user who enrolled before the run."""
    return AuthInfo(
        reg_id=Symbol("reg_id", f"before at {wallet}"),
        subject=USER,
        wallet=wallet,
        certificate=Symbol("certificate", wallet),
        secret=_secret(wallet, security),
        account=Symbol("account", USER),
        user_auth=Sealed(wallet, USER_AUTH) if security == "hardened" else None,
    )


def _secret(wallet: str, security: str) -> Sealed | Symbol:
    secret = sealed(wallet, Symbol("secret", wallet), security)
    assert isinstance(secret, Sealed | Symbol)
    return secret


def _enrolments(configuration: PaymentConfiguration, read: RoleTable) -> Iterable[Instance]:
    security = configuration.security
    for wallet in wallets_of(configuration):
        knows_user = configuration.procedures > 0 and wallet not in configuration.strangers
        held = signed(AUTHORITY, auth_info(wallet, security), security) if knows_user else None
        data = replace(
            empty_enrolment(configuration, wallet),
            auth_info=held,
            display_name=f"Wallet {wallet.rpartition('-')[2]}",
            instruments=(card_of(wallet),),
            transactions=transactions_of(configuration),
        )
        yield Instance(wallet, "enrolment", read, (Local("enrolled" if held else "empty", data),))


def _directories(configuration: PaymentConfiguration, read: RoleTable) -> Iterable[Instance]:
    for order in orders_of(configuration):
        fresh = fresh_procedures(order)
        directory = Directory(fresh, fresh_registrations(configuration))
        name = f"directory{order.suffix}"
        yield Instance("relay", name, read, (Local("open", directory),), order.component)


def _before(instances: Iterable[Instance]) -> Iterable[tuple[str, Occurrence]]:
    """What must have happened for the machines to be where they begin."""
    for instance in instances:
        control = instance.initial[0].control
        if (instance.table.name, control) == ("enrolment", "enrolled"):
            yield instance.id, AuthInfoHeld(USER, instance.party)
        if (instance.table.name, control) == ("shop_order", "payable"):
            yield instance.id, OrderFrozen(instance.initial[0].data.terms.order_ref, TOTAL)


def dispatch(message: Message) -> str | None:
    """The machine of its receiver that a message belongs to; None if it belongs to none."""
    machine = DISPATCH.get((role_of(message.receiver), type(message)))
    return None if machine is None else machine(message)


def dispatch_to_orders(message: Message) -> str | None:
    """The same, where there are several orders."""
    machine = dispatch(message)
    return None if machine is None else machine_of_order(message, machine)


def choices(message: Message, configuration: PaymentConfiguration) -> tuple[Message, ...]:
    """What the world may choose at the moment a message is received."""
    variants = purchase_choices(message, configuration)
    return tuple(chosen for variant in variants for chosen in registration_choices(variant, configuration))


def build(configuration: PaymentConfiguration, edits: Iterable[Edit] = ()) -> System:
    """The system of a configuration; with edits, of a faulty variant."""
    configuration.check()
    read = tables(edits)
    instances = [
        *_enrolments(configuration, read["enrolment"]),
        *_directories(configuration, read["relay_directory"]),
    ]
    if configuration.procedures:
        instances += purchase_instances(configuration, read)
    if configuration.registrations:
        instances += registration_instances(configuration, read)

    return System(
        configuration=configuration,
        instances=tuple(instances),
        links=links_of(configuration),
        dispatch=dispatch if configuration.orders == 1 else dispatch_to_orders,
        choices=lambda message: choices(message, configuration),
        before=tuple(_before(instances)),
        names=order_named if configuration.orders > 1 else (lambda _message: None),
        alike=alike(configuration),
    )
