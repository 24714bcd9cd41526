"""What can be said of the conversion without any run: of pure functions, and of every terminal (claims 4, 5, 7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise, product
from typing import Any

from payrelay.model.conversion import (
    CAPABILITIES,
    Amount,
    Capabilities,
    CapabilityError,
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
    Summary,
    WalletOption,
    convert,
    displayed_identifiers,
    read,
    render,
    template_for,
    template_named,
)
from payrelay.model.roles.registration_authority import AuthorityData
from payrelay.model.roles.registration_terminal import RegistrationTerminalData
from payrelay.model.roles.shop_attempt import AttemptData
from payrelay.model.roles.terminal import TerminalData


def is_oversized(_system: Any) -> str | None:
    """The first capability whose confirmation is too large, not by its template, or lacks what must be shown."""
    largest = ConfirmInformation(Amount(10**12, "EUR"), "x" * 22, "Y" * 40, "z" * 6, "card", "a book")
    for name, capabilities in CAPABILITIES.items():
        page = convert(largest.kind, largest, capabilities)
        if not isinstance(page, Summary):
            return f"{name} cannot show a confirmation: {page}"
        if len(render(page).encode(capabilities.charset)) > capabilities.max_bytes:
            return f"{name} is sent more bytes than it can take"
        if page.template_id != template_for(largest.kind, capabilities).template_id:
            return f"{name} is sent a page of another template"
        if not {"amount", "identifier"} <= {slot for slot, _, _ in page.slots}:
            return f"{name} is not shown what must be shown"
    return None


# --- a larger terminal

SAMPLES: tuple[Information, ...] = (
    SelectInformation(tuple(WalletOption(f"wallet-{n}", f"Wallet {n}", ("a card", "b")) for n in (1, 2, 3))),
    ConfirmInformation(Amount(2, "JPY"), "proc-1", "Bookshop", "XY12", "card ending 1", "a book"),
    ResultInformation("declined", Amount(2, "JPY"), "proc-1", "FUNDS", "Bookshop"),
    FormInformation((FormField("holder", "Name", "text", True, 40, ("a", "b"), error="missing"), FormField("a", "A"))),
    RegistrationInformation("rejected", "reg-1", "ANSWERS"),
    ProgressInformation(10, "token-1", "proc-1", True, "approved"),
    ErrorInformation("NO_WALLET", "proc-1", "https://authority.example/"),
)
"""Information of every kind, with contents for every slot that is not for a secret."""
SIZES = {"max_bytes": (40, *range(120, 960, 60), 1400, 2400), "rows": (2, 5, 7, 9, 12, 16, 24), "columns": (8, 40)}
"""Limits of terminals, from one that can show nothing to one that can show everything."""


def shows_less(_system: Any) -> str | None:
    """The first terminal that is shown less than a smaller one with the same templates."""
    for name, information in product(CAPABILITIES, SAMPLES):
        shown = {size: convert(information.kind, information, _sized(name, size)) for size in product(*SIZES.values())}
        for small, large in _neighbours():
            if _is_less(shown[large], shown[small]):
                return f"{name} with {_limits(large)} is shown less of a {information.kind} than with {_limits(small)}"
    return None


def _sized(name: str, size: tuple[int, ...]) -> Capabilities:
    max_bytes, rows, columns = size
    return replace(CAPABILITIES[name], max_options=3, max_bytes=max_bytes, rows=rows, columns=columns)


def _limits(size: tuple[int, ...]) -> str:
    return ", ".join(f"{limit} {of}" for limit, of in zip(size, SIZES, strict=True))


def _neighbours() -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Every size, with each that is larger by one step in one limit."""
    for size in product(*SIZES.values()):
        for place, limits in enumerate(SIZES.values()):
            if larger := dict(pairwise(limits)).get(size[place]):
                yield size, (*size[:place], larger, *size[place + 1 :])


def _is_less(more: Summary | CapabilityError, less: Summary | CapabilityError) -> bool:
    """What should be more lacks a slot, has another template, or is no page where the other is one."""
    if not isinstance(less, Summary):
        return False
    return not isinstance(more, Summary) or more.template_id != less.template_id or not {*more.slots} >= {*less.slots}


# --- identifiers

WORDS = tuple("".join(letters) for length in (1, 2, 3, 4) for letters in product("ab", repeat=length))
"""Identifiers that begin alike, one of them with the whole of another, too."""


def identifiers_collide(system: Any) -> str | None:
    """The first two procedures, purchases and registrations alike, that a terminal is shown under one identifier."""
    machines = [local.data for instance in system.instances for local in instance.initial]
    names = [data.identity.proc_key.proc_id.name for data in machines if isinstance(data, AttemptData)]
    names += [data.identity.reg_id.name for data in machines if isinstance(data, AuthorityData)]
    for terminal in [data for data in machines if isinstance(data, TerminalData | RegistrationTerminalData)]:
        shown = [_identifier_on_page(name, terminal.capabilities) for name in names]
        if None in shown or len({*shown}) < len(names):
            return (
                f"of the procedures {', '.join(names)} {terminal.capabilities.media} shows {', '.join(map(str, shown))}"
            )
    for live in (names, WORDS, *combinations(WORDS, 2)):
        if len({*displayed_identifiers(live, 1).values()}) < len({*live}):
            return f"of {', '.join(live)} two are shortened to the same"
    return None


def _identifier_on_page(name: str, capabilities: Capabilities) -> str | None:
    """The identifier that a user reads in a confirmation of this procedure."""
    page = convert(Kind.CONFIRM, ConfirmInformation(Amount(2, "JPY"), name, "Bookshop"), capabilities)
    slots = read(render(page), template_named(page.template_id)) if isinstance(page, Summary) else None
    return next((text for slot, _, text in slots or () if slot == "identifier"), None)
