"""Naming: foreign messages called by the model's names."""

import json
import re

import pytest

from payrelay.language.observations import SENT, Event
from payrelay.language.systems import System
from payrelay.language.traces import Plain
from payrelay.model.open_values import OPEN_VALUES
from payrelay.observation.naming import SEALED, Binding, Named, Naming
from payrelay.observation.renaming import renamed
from payrelay.verification.tables.tabulation import Tabulation


@pytest.fixture(scope="module")
def naming(followed: list[System]) -> Naming:
    return Naming(Tabulation(followed[0]), OPEN_VALUES)


def foreign(naming: Naming, number: int) -> Event:
    """A message of the model with all values called otherwise."""
    message = naming.plains[number]
    given = type(naming.tables.messages[number]).given
    fields = {key: value for key, value in message["fields"].items() if key not in given}

    def call(of: str, name: str, is_whole: bool) -> Plain:
        if of == "Amount":
            amount = {"type": "Amount", "value": 1999, "currency": "USD"}
            return amount if is_whole else OPEN_VALUES.written[of].write(amount)
        return name if of.startswith("party:") else f"{name}!"

    told = {"message": message["message"], "fields": renamed(naming, fields, call)}
    return Event(naming.forms[number][0][1], message["from"], message["to"], SENT, json.loads(json.dumps(told)))


def test_every_message_is_found_again_whatever_its_values_are(naming: Naming) -> None:
    for number in range(len(naming.plains)):
        event = foreign(naming, number)
        form, values = naming.apart_event(event)
        group = naming.groups[form]
        found = naming.named(group, values, Binding.empty(), is_request_seen=False)
        assert number in [one.number for one in found]
        bound = Binding.empty()
        bound.add(next(one.new for one in found if one.number == number))
        assert naming.named(group, values, bound) == [(number, {})]


def test_the_order_of_keys_does_not_matter(naming: Naming) -> None:
    def reversed_keys(value: Plain) -> Plain:
        if isinstance(value, dict):
            return {key: reversed_keys(value[key]) for key in reversed(value)}
        return [reversed_keys(item) for item in value] if isinstance(value, list) else value

    for number in range(len(naming.plains)):
        event = foreign(naming, number)
        assert naming.apart_event(event) == naming.apart_event(event._replace(message=reversed_keys(event.message)))


def test_two_names_never_stand_for_one_value(naming: Naming) -> None:
    """Two wallets that use one nonce would pass where the model's do not."""
    first, second = (n for n, plain in enumerate(naming.plains) if plain["message"] == "WalletQuery")
    queries = [foreign(naming, number) for number in (first, second)]
    form, values = naming.apart_event(queries[0])
    bound = Binding.empty()
    (named,) = naming.named(naming.groups[form], values, bound)
    bound.add(named.new)
    same = json.loads(queries[1].to_line().replace("at wallet-2!", "at wallet-1!"))["message"]
    form, values = naming.apart_event(queries[1]._replace(message=same))
    assert naming.named(naming.groups[form], values, bound) == []


@pytest.mark.parametrize("is_same", [True, False])
def test_two_wallets_may_show_the_same_card_or_each_its_own(naming: Naming, is_same: bool) -> None:
    """No guard compares what people read. What a name stands for is the same throughout all the same."""
    pages = [n for n, plain in enumerate(naming.plains) if plain["message"] == "ConfirmSummary"]
    first, second = (
        next(n for n in pages if f"card of {wallet}" in json.dumps(naming.plains[n]["fields"]))
        for wallet in ("wallet-1", "wallet-2")
    )
    bound = Binding.empty()

    def called(number: int, card: str) -> list[Named]:
        event = foreign(naming, number)
        told = json.loads(re.sub(r"card of wallet-\d!", card, json.dumps(event.message)))
        form, values = naming.apart_event(event._replace(message=told))
        return naming.named(naming.groups[form], values, bound, is_request_seen=False)

    (named,) = called(first, "Visa 47")
    bound.add(named.new)
    other = "Visa 47" if is_same else "Visa 11"
    (named,) = (one for one in called(second, other) if one.number == second)
    bound.add(named.new)
    assert called(second, other) == [(second, {})]
    assert called(first, "Visa 47") == [(first, {})]
    assert called(first, "Visa 12") == []


def test_a_proof_is_sealed_anew_for_every_consent_and_an_instruction_is_not(naming: Naming) -> None:
    for kind, field, is_another in (
        ("PaymentProcessingRequest", "user_auth", True),
        ("PaymentRequest", "instruction", False),
    ):
        number = next(n for n, plain in enumerate(naming.plains) if plain["message"] == kind)
        event = foreign(naming, number)
        form, values = naming.apart_event(event)
        group, bound = naming.groups[form], Binding.empty()
        bound.add(naming.named(group, values, bound)[0].new)
        place = group.classes.index(f"{SEALED}{field}")
        again = tuple(f"{value} again" if n == place else value for n, value in enumerate(values))
        assert bool(naming.named(group, again, bound)) is is_another
        assert naming.named(group, values, bound)


def test_what_is_no_message_of_the_model_has_a_form_of_its_own(naming: Naming) -> None:
    event = foreign(naming, 0)
    assert event.message is not None
    for fields in ({}, {"cart": 1}, {"cart": {"kind": 1, "name": "a"}}, {"slots": [1, ["a", 1, 2], ["a", 1, "b"]]},
                   {"~handle": "x"}, {"a": {"type": ["Hash"]}}, {"a": {"type": "Sealed"}}, {"to": {"type": "Hash"}},
                   {"a": [True, 1, 1.0, None, "shop", "wallet-x"]}):  # fmt: skip
        form, values = naming.apart_event(event._replace(message={"message": "OrderPlace", "fields": fields}))
        assert form not in naming.groups
        assert len(values) == sum(part.startswith("~") for part in form)
    values_: tuple[Plain, ...] = (True, 1, 1.0, "1", None, "None", [], {}, [[]], "~a", "'a")
    assert len({naming.form_of(value, "a") for value in values_}) == len(values_)
