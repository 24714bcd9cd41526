"""Variant files: what they can name is found, each edit can be written down, and what is wrong is told in a line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from payrelay.host.faults import FAULTS, SOUND
from payrelay.language.configurations import ConfigurationError
from payrelay.language.edits import Drop, Edit, Guarded, Imitate, Negate, Redirect, Withhold
from payrelay.model.protocol import tables
from payrelay.model.roles.relay_procedure import is_current, is_receipt_true
from payrelay.model.variants import VARIANTS
from payrelay.reference_impl.variant_files import EDITS, MOST_OUTPUTS, FileVariant, read_variant
from payrelay.verification.mutants.mutation import mutations

RELAY = "relay_procedure"
Written = Callable[[str], FileVariant]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """What is read from a file with this text."""

    def read(text: str) -> FileVariant:
        path = tmp_path / "variant.toml"
        path.write_text(text, encoding="utf-8")
        return read_variant(path)

    return read


def edits_of(variant: FileVariant) -> list[Edit]:
    return [edit for part in variant.parts for edit in part.edits]


def test_every_named_variant_is_found(written: Written) -> None:
    for variant in VARIANTS:
        found = written(f'variant = "{variant.name}"')
        assert (edits_of(found), found.fault) == (list(variant.edits), SOUND)


def test_a_mutant_is_what_it_is_elsewhere(written: Written) -> None:
    """One of each kind of each role."""
    for table in tables().values():
        made = mutations(table, {(table.name, row.name): MOST_OUTPUTS for row in table.rows})
        for mutation in {one.kind: one for one in made}.values():
            assert edits_of(written(f'mutants = ["{mutation.name}"]')) == list(mutation.edits)


def test_every_fault_of_the_seam_is_found(written: Written) -> None:
    for fault in FAULTS:
        found = written(f'faults = "{fault.name}"').fault
        assert (found.name, found.believes, found.ignores_channel) == (
            fault.name,
            fault.believes,
            fault.ignores_channel,
        )


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ('edit = "drop"\naction = "fail_on_shop"', Drop(role=RELAY, action="fail_on_shop")),
        (
            'edit = "redirect"\nstate = "settling"\nevent = "restart"\nto = "forgotten"',
            Redirect(role=RELAY, state="settling", event="restart", to="forgotten"),
        ),
        (
            'edit = "guarded"\nevent = "result_info"\nby = ["is_receipt_true", "not is_current"]',
            Guarded(role=RELAY, event="result_info", by=((is_receipt_true, True), (is_current, False))),
        ),
        (
            'edit = "negate"\naction = "fail_expired"\nguard = "is_current"',
            Negate(role=RELAY, action="fail_expired", guard=1),
        ),
        (
            'edit = "withhold"\naction = "fail_expired"\noutput = 2',
            Withhold(role=RELAY, action="fail_expired", output=1),
        ),
    ],
)
def test_an_edit_is_written_down(written: Written, text: str, edit: Edit) -> None:
    found = written(f'[[edits]]\nrole = "{RELAY}"\n{text}')
    assert edits_of(found) == [edit]
    lines = [[row.name for row in table.rows] for table in (found.tables()[RELAY], edit.apply(tables()[RELAY]))]
    assert lines[0] == lines[1]
    assert found.name("relay").startswith(f"{RELAY} {type(edit).__name__.lower()} ")


def test_a_row_is_named_by_its_line(written: Written) -> None:
    row = next(row for row in tables()[RELAY].rows if row.event == "retry_time")
    found = written(f'[[edits]]\nedit = "imitate"\nrole = "{RELAY}"\nevent = "hold_time"\nlike = "{row.name}"')
    assert edits_of(found) == [Imitate(role=RELAY, event="hold_time", like=row)]


def test_the_edits_that_need_no_code_are_all_there() -> None:
    """The others bring a function or a row."""
    needing_code = {"act", "add", "edit"}
    every: list[type[Edit]] = [Edit, *Edit.__subclasses__()]
    kinds = {kind.__name__.lower() for kind in every if kind.__module__ == Edit.__module__}
    assert kinds - needing_code == set(EDITS)


def test_each_party_does_what_is_of_its_role(written: Written) -> None:
    found = written('variant = "broken_wallet_lies"\nfaults = ["expiry_unchecked"]')
    assert found.name("wallet") == "broken_wallet_lies, expiry_unchecked"
    assert found.name("shop") == "expiry_unchecked"
    lying = written('variant = "broken_wallet_lies"')
    assert (lying.name("relay"), lying.name("shop")) == ("broken_wallet_lies", "")
    lying.check(("shop", "wallet-2"))
    with pytest.raises(ConfigurationError, match=r"changes nothing of shop; it edits the tables of: relay wallet$"):
        lying.check(("shop",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", 'nothing is done otherwise; write faults = ["signature_unchecked"]'),
        ("faults = [", "no TOML:"),
        ("fault = []", "fault: no such key; did you mean 'faults'?"),
        ("faults = 1", 'faults: write faults = ["..."]'),
        (
            'faults = ["signature_uncheckd"]',
            "faults: no fault 'signature_uncheckd'; did you mean 'signature_unchecked'?",
        ),
        (
            'variant = "broken_wallet_lie"',
            "variant: no variant 'broken_wallet_lie'; did you mean 'broken_wallet_lies'?",
        ),
        ('mutants = ["relay.idle.drop"]', "mutants: no mutant 'relay.idle.drop'; did you mean 'relay_"),
        (
            'mutants = ["relay_procedure.settling.result_info.dropp"]',
            "did you mean 'relay_procedure.settling.result_info",
        ),
        ("edits = [1]", "edits: write [[edits]] for each"),
        ("[[edits]]", "edits[0].edit: no edit ''; there is: amnesia,"),
        ('[[edits]]\nedit = ["drop"]', "edits[0].edit: no edit '['drop']'"),
        ('[[edits]]\nedit = "dropp"', "edits[0].edit: no edit 'dropp'; did you mean 'drop'?"),
        ('[[edits]]\nedit = "drop"', "edits[0].role: no role ''; there is: enrolment,"),
        ('[[edits]]\nedit = "drop"\nrole = "relay_proc"', "no role 'relay_proc'; did you mean 'relay_procedure'?"),
        (
            '[[edits]]\nedit = "drop"\nrole = "relay_procedure"\nstat = "idle"',
            "no key 'stat' of the edit drop; did you",
        ),
        (
            '[[edits]]\nedit = "drop"\nrole = "relay_procedure"\nstate = "idel"',
            "no state 'idel' of relay_procedure; did",
        ),
        ('[[edits]]\nedit = "drop"\nrole = "relay_procedure"\nevent = ["restart"]', "no event '['restart']' of relay"),
        ('[[edits]]\nedit = "redirect"\nrole = "relay_procedure"', "edits[0]: the edit redirect needs the key to"),
        (
            '[[edits]]\nedit = "redirect"\nrole = "relay_procedure"\nto = "nowhere"',
            "edits[0].to: no state 'nowhere' of",
        ),
        (
            '[[edits]]\nedit = "negate"\nrole = "relay_procedure"\nguard = "is_currant"',
            "no guard 'is_currant' of these",
        ),
        ('[[edits]]\nedit = "negate"\nrole = "relay_procedure"\nguard = "is_current"', "name one by its line"),
        ('[[edits]]\nedit = "withhold"\nrole = "relay_procedure"\noutput = 0', "expected a number from 1 to 9"),
        ('[[edits]]\nedit = "imitate"\nrole = "relay_procedure"\nlike = "idle"', "edits[0].like: no row 'idle' of"),
        (
            '[[edits]]\nedit = "guarded"\nrole = "relay_procedure"\nby = "is_current"',
            'such as [] or ["not is_current"]',
        ),
        ('[[edits]]\nedit = "guarded"\nrole = "relay_procedure"\nby = ["is_currant"]', "did you mean 'is_current'?"),
        (
            '[[edits]]\nedit = "drop"\nrole = "relay_procedure"\nstate = "idle"\nevent = "retry_time"',
            "selects no row of relay_procedure",
        ),
    ],
)
def test_invalid_files_are_told_in_a_line(written: Written, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        written(text)
    assert said in str(caught.value)
    assert str(caught.value).count("\n") == 0
    assert "variant.toml: " in str(caught.value)


def test_invalid_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot read the variant: No such file or directory"):
        read_variant(tmp_path / "none.toml")
