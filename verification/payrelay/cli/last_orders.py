"""Last orders: what a terminal at the shell remembers between two commands. Nothing of it is secret.

The relay knows all that has happened to an order's payment, and tells it to the user of the session who asks. So an
order's name is all that is needed to ask, or to go on.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from payrelay.cli.errors import UsageError
from payrelay.language.terms import Symbol
from payrelay.model.data import OrderRef
from payrelay.wire.symbols import is_name, is_party

FILE = "terminal.json"
KIND = "terminal"


def note_order(folder: Path, order: OrderRef) -> None:
    """Remember an order as the last one. That it cannot be, is no reason not to pay it."""
    document = {"schema_version": 1, "kind": KIND, "order": f"{order.shop}/{order.order.name}"}
    beginning = folder / f".{FILE}.{os.getpid()}"
    try:
        beginning.write_text(json.dumps(document) + "\n", encoding="utf-8")
        beginning.replace(folder / FILE)
    except OSError:
        beginning.unlink(missing_ok=True)


def last_order(folder: Path) -> OrderRef:
    """The order that was remembered last."""
    path = folder / FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        document = None
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise UsageError(f"{path} tells of no last order; name one: --order SHOP/ORDER")
    return order_named(str(document.get("order")), "")


def order_named(written: str, shop: str) -> OrderRef:
    """An order as it is written: SHOP/ORDER, or ORDER for the one shop that is known."""
    named, _, order = written.rpartition("/")
    if not is_party(named or shop) or not is_name("order_ref", order):
        raise UsageError(f"'{written}' names no order; write it as payrelay pay shows it: SHOP/ORDER")
    return OrderRef(named or shop, Symbol("order_ref", order))
