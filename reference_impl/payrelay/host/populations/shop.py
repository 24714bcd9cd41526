"""The shop: a machine for each order, and one for each attempt to pay it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payrelay.host.names import name_for, named
from payrelay.host.populations.population import Population
from payrelay.host.records import ORDERS
from payrelay.host.storage import Machine
from payrelay.language.messages import Input, Message
from payrelay.language.terms import Symbol
from payrelay.model.conversion import Amount
from payrelay.model.data import OrderRef, OrderTerms, ProcKey
from payrelay.model.messages.purchase import ForwardedProcedureRequest, OrderPlace, ProcedureAbort
from payrelay.model.roles.shop_attempt import AttemptData, AttemptIdentity
from payrelay.model.roles.shop_order import OrderData
from payrelay.wire.digests import digest_of
from payrelay.wire.problem_documents import Problem
from payrelay.wire.set_up import PayableOrder
from payrelay.wire.terms import Hash


def salted_digest(description: str, salt: Symbol) -> Hash:
    """The digest of what is in an order. It is kept as a digest: nobody needs to know again what it is of."""
    digest = digest_of((Symbol("order_description", description), salt))
    assert digest is not None
    return Hash(digest)


UNKNOWN = OrderTerms(OrderRef("", Symbol("order_ref", "")), Amount(0, "JPY"), "", salted_digest("", Symbol("", "")))
"""What the shop would tell the attempts of an order that there is not: nothing is told."""


class ShopPopulation(Population):
    """Freezes orders, and has them paid."""

    def entry(self, message: Message) -> str | Problem | None:
        match message:
            case OrderPlace():
                return self._order_placed(message)
            case ForwardedProcedureRequest():
                return self._order_named(message)
            case ProcedureAbort(relay_txn=Symbol()):
                return self._attempt_named(message)
        return super().entry(message)

    def _order_placed(self, message: OrderPlace) -> str | Problem:
        name = self.known(name_for(message))
        if name is not None:
            return name
        order = self.ground.world.catalogue(message.cart)
        if order is None:
            return Problem("malformed", "the shop has no such cart", "/cart", reason="not_a_value")
        order = replace(order, order=self.ground.fresh("order_ref"))
        self.records[ORDERS, order.order.name] = order
        return self._plan_order(order, "").name

    def _plan_order(self, order: PayableOrder, control: str) -> Machine:
        reference = OrderRef(self.ground.party, order.order)
        digest = salted_digest(order.description, self.ground.fresh("order_salt"))
        terms = OrderTerms(reference, order.total, order.payee_name, digest)
        return self.plan(named("order", reference), "shop_order", OrderData(order.relay, terms, ()), control)

    def _order_named(self, message: ForwardedProcedureRequest) -> str:
        name = named("order", message.order_ref)
        if self.machine(name) is None:  # one that there is not refuses, as one that was not placed yet does
            terms = replace(UNKNOWN, order_ref=message.order_ref)
            self.plan(name, "shop_order", OrderData(message.sender, terms, ()))
        self._attempt(message.relay_txn, message.sender, name, message.order_ref)
        return name

    def _attempt_named(self, message: ProcedureAbort) -> str | None:
        """An attempt that is given up before it was asked for is noted, so that it will not begin."""
        assert message.relay_txn is not None
        order = named("order", message.order_ref)
        return self._attempt(message.relay_txn, message.sender, order, message.order_ref)

    def _attempt(self, relay_txn: Symbol, relay: str, owner: str, order_ref: OrderRef) -> str:
        ground = self.ground
        name = named("attempt", relay_txn, relay)
        if self.machine(name) is not None:
            return name
        order = self.record(ORDERS, order_ref.order.name)
        identity = AttemptIdentity(
            shop=ground.party,
            relay=relay,
            relay_txn=relay_txn,
            machine=name,
            order="order",
            proc_key=ProcKey(ground.party, ground.fresh("proc_id")),
            shop_nonce=ground.fresh("shop_nonce"),
            pay_url=Symbol("pay_url", ground.world.pay_url),
            brands=order.brands if isinstance(order, PayableOrder) else (),
            payment_server=order.payment_server if isinstance(order, PayableOrder) else "",
            security=ground.security,
        )
        return self.plan(name, "shop_attempt", AttemptData(identity), owner=owner).name

    def prepared(self, machine: Machine, received: Input) -> Any:
        data = machine.local.data
        if isinstance(data, OrderData) and isinstance(received, ForwardedProcedureRequest):
            attempt = named("attempt", received.relay_txn, received.sender)
            return replace(data, attempts=((received.relay_txn, attempt),))
        return data

    def put_away(self, machine: Machine, data: Any) -> Any:
        return replace(data, attempts=()) if isinstance(data, OrderData) else data

    def keys(self, machine: Machine) -> tuple[str, ...]:
        data = machine.local.data
        if isinstance(data, OrderData):
            return () if data.order_nonce is None else (named("order", data.order_nonce),)
        assert isinstance(data, AttemptData)
        return (named("attempt", data.identity.proc_key),)

    def origin(self, machine: Machine, received: Input) -> str | None:
        data = machine.local.data
        return data.terms.order_ref.order.name if isinstance(data, OrderData) else None

    def set_up(self, thing: Any) -> tuple[Machine, ...]:
        if not isinstance(thing, PayableOrder):
            return ()
        self.records[ORDERS, thing.order.name] = thing
        return (self._plan_order(thing, "payable"),)
