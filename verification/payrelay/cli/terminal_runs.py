"""Terminal runs: a terminal at the shell from its options to its exit code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import click

from payrelay.cli.asking import Asking
from payrelay.cli.errors import UsageError, one_line
from payrelay.cli.exit_codes import ExitCode
from payrelay.cli.last_orders import last_order, order_named
from payrelay.cli.paying import Paying, Payment, Wishes, the_amount
from payrelay.cli.reaching import Reach, UnreachableError, at_urls, in_folder
from payrelay.cli.registering import Answers, Registering, Registration
from payrelay.cli.serve import FOLDER
from payrelay.cli.shell_terminals import InterruptedByUserError, ShellTerminal, at_work
from payrelay.language.configurations import did_you_mean
from payrelay.language.links import role_of
from payrelay.model.conversion import is_text
from payrelay.model.data import OrderRef
from payrelay.wire.symbols import is_party


class Result(Protocol):
    """What became of something."""

    @property
    def code(self) -> ExitCode: ...
    def to_json(self) -> dict[str, Any]: ...


def run_pay(
    *,
    cart: str | None,
    order_name: str | None,
    resume: bool,
    wallet: str | None,
    amount: str | None,
    pin: str | None,
    yes: bool,
    again: bool,
    shop_url: str | None,
    **given: Any,
) -> int:
    """`payrelay pay`."""
    if sum((cart is not None, order_name is not None, resume)) > 1:
        raise UsageError("a new order or one that there is: give one of --cart, --order and --resume")
    for option, said in (("--cart", cart), ("--pin", pin)):
        if said is not None and not is_text(said):
            raise UsageError(f"{option}: expected a text of 1 to 128 visible characters, without spaces around it")
    wishes = Wishes(cart, wallet, None if amount is None else the_amount(amount), pin, yes, again)

    async def pays() -> Payment:
        reach = await _reach(shop_url=shop_url, **_where(given))
        order = _order(reach, order_name, resume=resume)
        async with at_work(reach, patience=given["patience"], order=order) as shell:
            asking = Asking(shell.interrupts, given["as_json"])
            wanted = wishes if order else _with_cart(shell, asking, wishes)
            return await Paying(shell, asking, wanted).pays()

    return _ended(pays(), as_json=given["as_json"])


def run_register(*, wallet: str | None, authority: str, answers: Path | None, accept_terms: bool, again: bool,
                 **given: Any) -> int:  # fmt: skip
    """`payrelay register`."""
    answered = Answers.read(answers) if answers else Answers({}, "")

    async def registers() -> Registration:
        reach = await _reach(shop_url=None, **_where(given))
        if wallet is None:
            known = f": --wallet {' or '.join(reach.wallets)}" if reach.wallets else ": --wallet NAME"
            raise UsageError(f"say for which wallet{known}")
        if role_of(wallet) != "wallet" or not is_party(wallet) or wallet not in (reach.wallets or (wallet,)):
            raise UsageError(f"no wallet '{wallet}'{did_you_mean(wallet, reach.wallets or ('wallet-1',))}")
        if role_of(authority) != "authority" or not is_party(authority):
            raise UsageError(f"--authority '{authority}' names no authority; write it as the relay knows it: authority")
        async with at_work(reach, patience=given["patience"], authority=authority) as shell:
            asking = Asking(shell.interrupts, given["as_json"])
            return await Registering(
                shell, asking, wallet, answered, is_agreed=accept_terms, is_again=again
            ).registers()

    return _ended(registers(), as_json=given["as_json"])


def _where(given: dict[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in ("folder", "relay_url", "session", "keyring", "roots")}


async def _reach(
    *,
    folder: Path | None,
    relay_url: str | None,
    shop_url: str | None,
    session: str | None,
    keyring: Path | None,
    roots: Path | None,
) -> Reach:
    """Where the relay is: in a folder, or at a URL."""
    if relay_url is not None:
        if folder is not None:
            raise UsageError("the relay is in a folder or at a URL: give one of --folder and --relay")
        return await at_urls(relay_url, shop_url, session, keyring, roots)
    if shop_url or keyring or roots:
        raise UsageError("a folder has its own shop, keyring and roots; for others, name the relay: --relay URL")
    return in_folder(folder or FOLDER)


def _order(reach: Reach, named: str | None, *, resume: bool) -> OrderRef | None:
    """The order that there is already; None if there is none."""
    if named is not None:
        return order_named(named, reach.shop)
    if not resume:
        return None
    if reach.folder is None:
        raise UsageError("only a folder tells of a last order; name it: --order SHOP/ORDER")
    return last_order(reach.folder)


def _with_cart(shell: ShellTerminal, asking: Asking, wishes: Wishes) -> Wishes:
    """What to order, asked if it has not been said."""
    goods = shell.reach.goods
    if not shell.reach.shop:
        raise UsageError("there is no shop to order at; name one, --shop URL, or an order: --order SHOP/ORDER")
    if goods is not None and wishes.cart is None:
        for number, (name, price) in enumerate(goods.items(), start=1):
            asking.says(f"{number}. {name}: {price}")
        number = asking.number(f"What to order (1-{len(goods)})", 1, len(goods), f"say what: --cart {_choice(goods)}")
        return replace(wishes, cart=list(goods)[number - 1])
    if wishes.cart is None:
        raise UsageError("say what to order, as the shop's catalogue calls it: --cart NAME")
    if goods is not None and wishes.cart not in goods:
        raise UsageError(f"the shop has no '{wishes.cart}'{did_you_mean(wishes.cart, goods)}")
    return wishes


def _choice(names: Any) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _ended(run: Coroutine[Any, Any, Result], *, as_json: bool) -> int:
    """Run it, and tell what became of it."""
    try:
        result = asyncio.run(run)
    except UnreachableError as error:
        click.echo(f"payrelay: {one_line(error)}", err=True)
        return ExitCode.UNREACHABLE
    except InterruptedByUserError:  # before anything had begun
        click.echo("payrelay: interrupted", err=True)
        return ExitCode.INTERRUPTED
    if as_json:
        click.echo(json.dumps(result.to_json(), ensure_ascii=False, indent=2))
    return result.code
