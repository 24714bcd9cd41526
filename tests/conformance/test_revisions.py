"""Requirements: frozen, complete, and matched with what tests try."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from payrelay.conformance.facts import ASPECTS, Fact
from payrelay.conformance.revisions import Condition, Requirement, RevisionError, revision, revision_in, revisions
from payrelay.language.role import RoleTable, role_table
from payrelay.model.claims import CLAIMS
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.conversion import CAPABILITIES
from payrelay.model.properties import PROPERTIES
from payrelay.model.protocol import ROLES, build
from payrelay.wire.endpoints import every_endpoint, messages_at

FROZEN = Path(__file__).parent / "frozen"
OBLIGATIONS = {
    one["id"]: one for one in json.loads((Path(__file__).parents[2] / "docs" / "obligations.json").read_text("utf-8"))
}
TABLES = [role_table(role) for role in ROLES]
LATEST = revision()
INTERNAL = frozenset({"restart"})
"""What nobody outside can do, so that no requirement has to speak of its being passed over."""


def role_of_table(table: RoleTable) -> str:
    """The role whose machine has this table."""
    purchase = build(PaymentConfiguration(name="p", says="p"))
    registration = build(PaymentConfiguration(name="r", says="r", procedures=0, registrations=1))
    instances = (*purchase.instances, *registration.instances)
    return next(one.party.partition("-")[0] for one in instances if one.table.name == table.name)


def facts_of_table(table: RoleTable) -> list[Fact]:
    """What each row of a table is, to a test."""
    base = Fact(role_of_table(table), "hardened", "plain_text", "pair", table.name, answer="handled")
    return [
        Fact(**{**vars(base), "state": row.source, "event": row.event, "action": getattr(row.action, "__name__", "")})
        for row in table.rows
    ]


@pytest.mark.parametrize("name", revisions())
def test_no_id_vanishes_or_means_something_else(name: str) -> None:
    """Beside each revision stands what it was when it was frozen: id and text, line by line."""
    frozen = (FROZEN / f"{name}.txt").read_text("utf-8").splitlines()
    assert [f"{one.id}: {one.level}: {one.text}" for one in revision(name).requirements] == frozen


def test_every_obligation_has_one_requirement_that_says_the_same() -> None:
    found = {one.source[0]: one for one in LATEST.requirements if one.source[0].startswith("W-")}
    assert {id_: (one.text, one.level, one.source[1]) for id_, one in found.items()} == {
        id_: (one["text"], one["level"].upper(), one["source"]) for id_, one in OBLIGATIONS.items()
    }


@pytest.mark.parametrize("id_", OBLIGATIONS)
def test_an_obligation_is_of_the_same_roles_and_levels_of_security(id_: str) -> None:
    one = next(one for one in LATEST.requirements if one.source[0] == id_)
    who, security = OBLIGATIONS[id_]["role"], OBLIGATIONS[id_]["security"]
    assert one.id.partition(".")[0] == who
    assert who in (*one.roles, "any", "sender", "receiver", "server")
    assert security in ("all", ", ".join(one.securities))


def test_every_element_of_a_claim_has_a_requirement() -> None:
    said = {name for one in LATEST.requirements for name in one.properties}
    missing = [
        (claim.number, element.text)
        for claim in CLAIMS
        for element in claim.elements
        if not said & set(element.properties)
    ]
    assert missing == []
    assert said <= {one.name for one in PROPERTIES}
    cited = {source for one in LATEST.requirements for source in one.source if source.startswith("claim ")}
    assert {f"claim {claim.number}" for claim in CLAIMS} <= cited


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_row_belongs_to_one_requirement_of_its_table(table: RoleTable) -> None:
    behaviours = [one for one in LATEST.requirements if one.source == (f"state table {table.name}",)]
    for fact, row in zip(facts_of_table(table), table.rows, strict=True):
        in_some = [one.id for one in behaviours if any(condition.holds(fact) for condition in one.tested_by)]
        assert len(in_some) == 1, row.name


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_is_passed_over_belongs_to_a_requirement(table: RoleTable) -> None:
    for state, event, _ in table.ignored:
        if event not in INTERNAL:
            fact = Fact(role_of_table(table), "plain", "json", "pair", table.name, state, event, answer="ignored")
            assert f"{table.name.replace('_', '-')}.passes-over-what-means-nothing-there" in LATEST.of([fact])


def test_what_has_no_row_belongs_to_a_requirement() -> None:
    fact = Fact("relay", "plain", "json", "pair", "relay_procedure", "idle", "result_info", answer="protocol_error")
    assert "receiver.refuses-what-has-no-row" in LATEST.of([fact])


KNOWN = {
    "table": {table.name for table in TABLES},
    "state": {state for table in TABLES for state in table.states},
    "event": {event for table in TABLES for event in table.events},
    "action": {row.action.__name__ for table in TABLES for row in table.rows if row.action} | {""},
    "answer": {"handled", "ignored", "protocol_error", "dropped", "wrong_token", "refused", "disbelieved"},
    "message": {kind.__name__ for kind in messages_at(every_endpoint())},
    "sends": {kind.__name__ for kind in messages_at(every_endpoint())},
    "posts": {one.message.__name__ for one in every_endpoint()},
    "mutation": set(ASPECTS),
    "at": {"", "/payment_info"},
    "again": {"yes", "no"},
    "terminal": {"yes", "no"},
    "capability": set(CAPABILITIES),
}


@pytest.mark.parametrize("requirement", LATEST.requirements, ids=lambda one: one.id)
def test_conditions_name_what_there_is(requirement: Requirement) -> None:
    for condition in requirement.tested_by:
        for word, patterns in condition.wanted:
            for pattern in patterns:
                assert any(fnmatchcase(known, pattern) for known in KNOWN[word]), f"{word} {pattern}"


def test_every_aspect_belongs_to_a_requirement() -> None:
    """Whatever is spoiled, an obligation of its own speaks of it, beside those of all refusals."""
    general = {"receiver.refuses-by-problem-documents", "receiver.changes-nothing-by-a-refusal"}
    for aspect in ASPECTS:
        facts = [
            Fact("relay", security, "json", "mutator", answer="refused", mutation=aspect, at=at)
            for security in ("plain", "channel", "hardened")
            for at in ("", "/payment_info")
        ]
        assert set(LATEST.of(facts)) - general, aspect


def test_a_condition_without_spoiling_speaks_of_messages_as_they_should_be() -> None:
    condition = Condition((("sends", ("Forwarded*",)),))
    fact = Fact("relay", "plain", "json", "pair", sends=("WalletQuery", "ForwardedPaymentInfo"))
    assert condition.holds(fact)
    assert not condition.holds(Fact(**{**vars(fact), "mutation": "truncated"}))
    assert not condition.holds(Fact(**{**vars(fact), "sends": ()}))


def test_a_requirement_speaks_of_its_roles_and_levels_alone() -> None:
    one = LATEST.named("sender.signs-every-message")
    fact = Fact("shop", "hardened", "json", "pair", posts=("PaymentResponse",))
    assert one.speaks_of(fact)
    assert not one.speaks_of(Fact(**{**vars(fact), "security": "plain"}))
    assert not LATEST.named("relay.shows-the-amount").speaks_of(fact)


GOOD = """
revision = "x"
[[requirement]]
id = "relay.good"
text = "It is good."
level = "MUST"
roles = ["relay"]
source = ["claim 1"]
tested_by = [{ sends = "Good" }]
"""


def test_a_revision_is_read() -> None:
    found = revision_in(GOOD, "x.toml")
    assert found.named("relay.good").to_json()["tested_by"] == [{"sends": ["Good"]}]
    assert found.for_(["relay"], "plain") == found.requirements
    assert found.for_(["shop"], "plain") == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("revision", "revision = ", "no TOML"),
        ("level", "levle", "nothing is called 'levle'; did you mean 'level'?"),
        ('text = "It is good."', "", "relay.good: text is missing"),
        ('"MUST"', '"WILL"', "level is one of MUST, SHOULD, MAY, not 'WILL'"),
        ("sends", "sned", "a condition knows no 'sned'; did you mean 'sends'?"),
        ('tested_by = [{ sends = "Good" }]', "", "either conditions in tested_by, or the reason"),
        ("source", 'broken_by = ["mising"]\nsource', "did you mean 'missing'?"),
    ],
)
def test_invalid_revisions_are_refused_in_a_line(old: str, new: str, said: str) -> None:
    with pytest.raises(RevisionError) as refused:
        revision_in(GOOD.replace(old, new, 1), "x.toml")
    assert said in str(refused.value)
    assert str(refused.value).startswith("x.toml: ")


def test_invalid_names_are_answered_by_the_nearest() -> None:
    with pytest.raises(RevisionError, match=r"did you mean 'relay\.shows-the-amount'"):
        LATEST.named("relay.shows-the-amout")
    with pytest.raises(RevisionError, match="2026-2"):
        revision("2026-2")
    with pytest.raises(RevisionError, match=r"two requirements are called relay\.good"):
        revision_in(GOOD + GOOD.partition("\n[[")[2].join(["\n[[", ""]), "x.toml")


@pytest.mark.parametrize("requirement", LATEST.requirements, ids=lambda one: one.id)
def test_places_are_told_only_where_contents_count(requirement: Requirement) -> None:
    assert not requirement.broken_at or not requirement.broken_by or "wrong_content" in requirement.broken_by
    assert all(pattern.startswith(("/", "*")) for pattern in requirement.broken_at)


def test_what_a_message_says_elsewhere_does_not_count() -> None:
    one = LATEST.named("wallet.bases-confirming-information-on-payment-information")
    assert one.is_broken_by("wrong_content", "/confirm_info/amount/value")
    assert not one.is_broken_by("wrong_content", "/confirm_info/proc_key")
    assert one.is_broken_by("missing")
