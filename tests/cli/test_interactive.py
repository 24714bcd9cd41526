"""`payrelay simulate --interactive`: scripts in a pipe, the same each time; what cannot be followed is said."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from payrelay.cli import interactive
from payrelay.cli.catalogue import Catalogue, payments

from .conftest import Ran, Run

Script = Callable[..., Ran]


@pytest.fixture
def script(run: Run, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Run a script of lines in the small model, or another one."""

    def run_it(*lines: str, words: tuple[str, ...] = ("friendly",), **model: Catalogue) -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return run("simulate", "--interactive", "--seed", "7", *words, **model)

    return run_it


def test_a_run_step_by_step(script: Script) -> None:
    ran = script("ask", "1", "# a remark", "", "q")
    assert (ran.code, ran.err) == (4, "")
    lines = ran.out.splitlines()
    assert lines[0] == "friendly: no faults; any reordering; seed 7; ? helps, q ends"
    assert lines[1:6] == [
        "after 0 steps",
        "  client-1  client idle",
        "  server    desk open, ledger free",
        "  under way: nothing",
        "possible:",
    ]
    assert "> ask" in lines
    assert " 1. client-1: user Ask, procedure 1" in lines
    assert "after 1 step" in lines
    assert "after 2 steps" in lines
    assert lines[-2].startswith("2 steps; properties watched: ")
    assert lines[-1] == "One run proves nothing: what it did not violate is inconclusive."


def test_the_end_of_the_input_ends_it(script: Script) -> None:
    ran = script()
    assert ran.code == 4
    assert ran.out.splitlines()[-2].startswith("0 steps; properties watched: ")


def test_the_same_script_the_same_bytes(script: Script) -> None:
    lines = ("r 12", "u 3", "g", "l", "w", "d", "a")
    first, second = (script(*lines, words=("faulty",)) for _ in range(2))
    assert first.out == second.out


def test_a_violation_is_said_at_once_and_saved(script: Script, run: Run, broken: Catalogue, tmp_path: Path) -> None:
    file = tmp_path / "run with spaces.json"
    ran = script("ask", "g", f"s {file}", "w", model=broken)
    assert ran.code == 1
    lines = ran.out.splitlines()
    place = lines.index("violated: nobody nobody_is_served: Nobody.")
    assert lines[place - 3].strip().startswith("3. ") or lines[place - 2].strip().startswith("3. ")
    assert any("it violates nobody nobody_is_served" in line for line in lines)
    assert f"take them again: payrelay replay '{file}'" in ran.out
    assert "violated: nobody_is_served." in lines[-2]
    again = run("replay", str(file), model=broken)
    assert (again.code, again.out.splitlines()[-1]) == (1, "Seen again: nobody_is_served is violated.")


def test_a_violation_that_was_taken_back_was_found_nevertheless(script: Script, broken: Catalogue) -> None:
    ran = script("ask", "g", "u 9", model=broken)
    assert ran.code == 1
    assert ran.out.splitlines()[-2].startswith("0 steps; properties watched: ")


def test_only_some_properties_are_watched(script: Script, broken: Catalogue) -> None:
    ran = script("ask", "g", words=("friendly", "--property", "once"), model=broken)
    assert ran.code == 4
    assert "properties watched: 1; " in ran.out


def test_a_run_without_a_violation_replays(script: Script, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    assert script("r 9", f"s {file}", words=("faulty",)).code == 4
    assert json.loads(file.read_text())["kind"] == "trace"
    assert run("replay", str(file)).code == 0


def test_steps_are_taken_back(script: Script) -> None:
    ran = script("ask", "g", "u", "u 9", "l")
    lines = ran.out.splitlines()
    assert sum(line.startswith("taken back: ") for line in lines) == 4
    assert lines[-3] == "nothing was done yet"


def test_why_tells_rows_and_data(script: Script) -> None:
    ran = script("ask", "1", "w", "d", "d server")
    assert "      server/ledger takes the row free: serve / remember -> taken" in ran.out.splitlines()
    assert "  server/desk open; its data: client client-1" in ran.out
    assert ran.out.count("  client-1/client ") == 1


def test_what_changes_nothing_is_told_when_it_is_asked_for(script: Script) -> None:
    ran = script("ask", "g", "a", "a", words=("unbounded",))
    assert "that change nothing; a shows all" in ran.out
    assert "[changes nothing]" in ran.out


def test_faults_that_are_left_are_told(script: Script) -> None:
    ran = script("ask", "lost", words=("lossy",))
    assert "  faults left: 1 loss" in ran.out
    assert ran.out.count("faults left") == 2
    assert " 2. client-1 -> server: Request, item book, is welcome yes, lost" in ran.out


def test_help_names_every_command(script: Script) -> None:
    out = script("?").out
    session = interactive.Session.__init__.__code__.co_consts
    for letter in [const for const in session if isinstance(const, str) and len(const) == 1]:
        assert f"\n{letter} " in out


def test_a_classic_with_several_beginnings(script: Script) -> None:
    ran = script("3", "r 3", "u 3", "u", "9", "1", "x", words=("alternating_bit",))
    assert ran.code == 2
    assert ran.out.count("Where the run begins has to be chosen:") == 2
    assert "   3  sender/sender sending bit 0, " in ran.out
    assert "there is no 9 here: choose from 1 to 8" in ran.out
    at_random = script("g", "ab", "r 2", words=("alternating_bit",))
    assert "has to be chosen first, by number" in at_random.out
    assert "'ab' is no number: where the run begins is chosen by number" in at_random.out
    assert "after 2 steps" in at_random.out


def test_what_leads_to_more_than_is_searched_is_not_taken(script: Script) -> None:
    ran = script("r 9", "1", words=("ping_pong",))
    assert "[leads to more than is searched]" in ran.out
    assert "that step leads to more than is searched; choose another one" in ran.out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("9", "there is no step 9 here: choose from 1 to 1"),
        ("0", "there is no step 0 here"),
        ("Ax", "nothing that is possible here has 'Ax' in its words"),
        ("Asks", "did you mean 'Ask'?"),
        ("x", "nothing that is possible here has 'x' in its words; ? tells what can be said"),
        ("r many", "'many' is no number of steps; write r 10"),
        ("r 0", "'0' is no number of steps"),
        ("u x", "'x' is no number of steps; write u 2"),
        ("u", "nothing was done that could be taken back"),
        ("w", "nothing was done yet"),
        ("d clent-1", "there is no party 'clent-1'; did you mean 'client-1'?"),
        ("s", "say where to save it: s run.json"),
        ("s /nowhere/run.json", "cannot write /nowhere/run.json: No such file or directory"),
        ("q now", "nothing that is possible here has 'q now' in its words"),
        ("²", "nothing that is possible here"),
    ],
)
def test_invalid_lines_change_nothing(script: Script, line: str, said: str) -> None:
    ran = script(line)
    assert ran.code == 2
    assert said in ran.out
    assert ran.out.splitlines()[-2].startswith("0 steps; properties watched: ")
    assert ran.err == "payrelay: 1 line of the input could not be followed\n"


def test_invalid_words_that_fit_several_steps(script: Script) -> None:
    ran = script("take", "sender take 1", words=("alternating_bit",))
    assert ran.code == 2
    chosen = script("1", "take", "take 1", words=("alternating_bit",))
    assert "'take' may be any of these; say which:" in chosen.out
    assert " 1. sender: user Take, value 1" in chosen.out


@pytest.mark.parametrize("option", [("--json",), ("--steps", "3"), ("--traces", "x"), ("--max-states", "3")])
def test_invalid_options(script: Script, option: tuple[str, ...]) -> None:
    ran = script(words=("friendly", *option))
    assert (ran.code, ran.out) == (2, "")
    assert f"{option[0]} is for walks at random" in ran.err


def test_invalid_configuration(script: Script) -> None:
    ran = script(words=("frendly",))
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean 'friendly'?" in ran.err


def test_an_interruption_prints_what_is_known(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = iter(["ask\n"])

    def read(_: bool) -> str:
        try:
            return next(lines)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(interactive, "_read", read)
    ran = script()
    assert ran.code == 130
    assert ran.out.splitlines()[-2].startswith("1 step; properties watched: ")


def test_a_terminal_gets_a_prompt_and_may_err(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    typed = iter(["nonsense"])
    prompts = []

    def typing(prompt: str) -> str:
        prompts.append(prompt)
        for line in typed:
            return line
        raise EOFError

    monkeypatch.setattr("builtins.input", typing)
    monkeypatch.setattr(io, "StringIO", Terminal)
    ran = script()
    assert (ran.code, ran.err, prompts) == (4, "", ["> ", "> "])


@pytest.mark.slow
def test_a_purchase_from_order_to_result(script: Script, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    ran = script("orders", "g", "pays", "g", "confirms", "g", f"s {file}", words=("happy",), model=payments())
    assert (ran.code, ran.err) == (4, "")
    assert "  shop        order paid, attempt-1 paid" in ran.out
    assert run("replay", str(file), model=payments()).code == 0
    faulty = script("orders", "g", "pays", "g", "confirms", "g", words=("broken_wallet_lies",), model=payments())
    assert faulty.code == 1
    assert "violated: X1 no_debit_without_the_user_s_consent_to_it: " in faulty.out
