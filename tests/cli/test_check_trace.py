"""`payrelay check-trace`: logs explained and not, malformed, empty, from standard input."""

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from payrelay.cli.catalogue import Catalogue, payments
from payrelay.language.observations import RECEIVED, SENT, Event, event_from_line
from payrelay.model.configurations import FAULTS
from payrelay.model.open_values import OPEN_VALUES
from payrelay.observation import following
from payrelay.observation.logs import Chances, LogWriter

pytestmark = pytest.mark.slow

CALM = Chances(loss=0, copy=0, timer=0, crash=0, late=0, usual=1)


@pytest.fixture(scope="module")
def model() -> Catalogue:
    return payments()


@pytest.fixture(scope="module")
def calm(model: Catalogue) -> list[Event]:
    """A purchase in which nothing goes wrong."""
    writer = LogWriter([model.system(replace(FAULTS, nonces="each"))], OPEN_VALUES, 1, CALM)
    return [event for event in map(event_from_line, writer.lines(60, at_once=1)) if event.procedure == "p1"]


def written(folder: Path, events: list[Event]) -> str:
    file = folder / "log.ndjson"
    file.write_text("".join(f"{event.to_line()}\n" for event in events), encoding="utf-8")
    return str(file)


def only(configuration: str = "faults") -> tuple[str, str]:
    return "--configuration", configuration


def test_a_whole_purchase_is_explained(run: Run, model: Catalogue, calm: list[Event], tmp_path: Path) -> None:
    file = written(tmp_path, calm)
    ran = run("check-trace", file, *only(), "--traces", str(tmp_path / "traces"), model=model)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{file}: explained\n  {len(calm)} events of 1 procedure explained\n")
    assert "as runs of faults; any number of losses" in ran.out
    assert "exhibited, by line" in ran.out
    assert "no opinion" in ran.out
    trace = tmp_path / "traces" / "check-trace.explained.json"
    assert f"a run of procedure p1 is in {trace}: payrelay replay" in ran.out
    replayed = run("replay", str(trace), model=model)
    assert replayed.code == 0
    assert "It records no violation." in replayed.out


def test_the_document_says_which_line_exhibits_what(
    run: Run, model: Catalogue, calm: list[Event], tmp_path: Path
) -> None:
    ran = run("check-trace", written(tmp_path, calm), *only(), "--json", model=model)
    document = json.loads(ran.out)
    assert (ran.code, document["kind"], document["verdict"], document["exit_code"]) == (
        0,
        "check-trace",
        "explained",
        0,
    )
    assert document["deviation"] is document["malformed"] is document["trace"] is None
    (transfer,) = [
        element
        for claim in document["claims"]
        for element in claim["elements"]
        if claim["claim"] == 1 and element["text"] == "transfers said payment information to said wallet server"
    ]
    assert transfer["verdict"] == "exhibited"
    shown = calm[transfer["lines"]["payment_information_is_forwarded_to_the_wallet"] - 1]
    assert shown.message is not None
    assert (shown.message["message"], shown.direction) == ("ForwardedPaymentInfo", SENT)
    assert {element["verdict"] for claim in document["claims"] for element in claim["elements"]} >= {
        "exhibited",
        "not_exhibited",
        "not_exhibitable",
    }


def test_payment_information_for_the_terminal_violates_p9(
    run: Run, model: Catalogue, calm: list[Event], tmp_path: Path
) -> None:
    place = next(n for n, event in enumerate(calm) if _is(event, "PaymentInfoMessage", SENT))
    leaked = calm[place]._replace(link="direct_edge", receiver=calm[0].sender, direction=RECEIVED)
    file = written(tmp_path, [*calm[: place + 1], leaked, *calm[place + 1 :]])
    ran = run("check-trace", file, *only(), "--json", "--traces", str(tmp_path), model=model)
    document = json.loads(ran.out)
    assert (ran.code, document["verdict"]) == (1, "not_explained")
    deviation = document["deviation"]
    assert deviation["line"] == place + 2
    assert deviation["violated"]["label"] == "P9"
    assert deviation["explained"] == list(range(1, place + 2))
    assert deviation["states"]
    assert deviation["allowed"]
    assert run("replay", document["trace"], model=model).code == 0
    text = run("check-trace", file, *only(), model=model)
    assert f"Line {place + 2}: shop -> terminal-p1: PaymentInfoMessage" in text.out
    assert "violates    P9 the_terminal_never_receives_payment_information_directly" in text.out
    assert "why not     PaymentInfoMessage goes over relay_shop" in text.out


def _is(event: Event, name: str, direction: str) -> bool:
    return event.direction == direction and event.message is not None and event.message["message"] == name


def _with(event: Event, old: str, new: str) -> Event:
    line = event.to_line()
    assert old in line
    return event_from_line(line.replace(old, new))


def test_what_is_not_explained_is_said_why(run: Run, model: Catalogue, calm: list[Event], tmp_path: Path) -> None:
    info = next(n for n, event in enumerate(calm) if _is(event, "PaymentInfoMessage", RECEIVED))
    amount = json.loads(calm[info].to_line())["message"]["fields"]["payment_info"]["content"]["amount"]["value"]
    late = calm[info]
    everything = [word for link in sorted({event.link for event in calm}) for word in ("--links", link)]
    ack = next(n for n, event in enumerate(calm) if _is(event, "OrderAck", SENT))
    for events, line, reason in (
        ([*calm[:info], _with(late, f'"value":{amount}', '"value":7')], info + 1, "Amount is '7 JPY' here, and was"),
        ([*calm[:info], _with(late, "PaymentInfoMessage", "PaymentInfo")], info + 1, "no message 'PaymentInfo' here"),
        ([*calm[: info - 1], calm[info]], info, "relay cannot have received PaymentInfoMessage: nobody has sent it so"),
        ([*calm[: info - 2], calm[info - 1]], info - 1, "shop cannot send PaymentInfoMessage where it may be"),
        ([*calm[:ack], _with(calm[ack], '"total":', '"sum":')], ack + 1, "this form: total is missing"),
        ([*calm[:info], _with(calm[info], '"type":"Signed"', '"type":"Unverified"')], info + 1,
         'payment_info.type is "Unverified", where the model has "Signed"'),
    ):  # fmt: skip
        ran = run("check-trace", written(tmp_path, events), *only(), *everything, model=model)
        assert ran.code == 1
        assert f"Line {line}: " in ran.out
        assert reason in ran.out


def test_invalid_line_ends_with_2_and_keeps_what_was_explained(
    run: Run, model: Catalogue, calm: list[Event], tmp_path: Path
) -> None:
    file = tmp_path / "log"
    lines = [event.to_line() for event in calm[:6]]
    for bad, expected in (
        ("{", "expected one JSON object"),
        (json.dumps({**calm[0].to_json(), "link": "direct_egde"}), "link: expected the name of one, not 'direct_egde'"),
        (json.dumps({**calm[0].to_json(), "direction": "up"}), "direction: expected 'sent' or 'received'"),
    ):
        file.write_text("\n".join([*lines, "", bad, lines[0]]), encoding="utf-8")
        ran = run("check-trace", str(file), *only(), model=model)
        assert ran.code == 2
        assert "6 events of 1 procedure explained" in ran.out
        assert f"Line 8 is no event: {expected}" in ran.out
        assert ran.err.startswith(f"payrelay: {file}, line 8: {expected}")
        document = json.loads(run("check-trace", str(file), *only(), "--json", model=model).out)
        assert (document["verdict"], document["malformed"]["line"], document["events"]) == ("malformed", 8, 6)


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_nothing_was_checked_in_an_empty_log(run: Run, model: Catalogue, tmp_path: Path, text: str) -> None:
    file = tmp_path / "log"
    file.write_text(text, encoding="utf-8")
    ran = run("check-trace", str(file), *only("happy"), model=model)
    assert (ran.code, ran.out.splitlines()[0]) == (4, f"{file}: nothing was checked")


def test_standard_input_is_read(run: Run, model: Catalogue, calm: list[Event], monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"{event.to_line()}\n" for event in calm).encode()
    for more, looked_at in (((), len(calm)), (("--links", "relay_shop", "--links", "direct_edge"), 8)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        ran = run("check-trace", "-", *only("happy"), *more, "--json", model=model)
        document = json.loads(ran.out)
        assert (document["events"], document["not_looked_at"]) == (looked_at, len(calm) - looked_at) or ran.code == 1


def test_only_what_is_asked_for_is_looked_at(run: Run, model: Catalogue, calm: list[Event], tmp_path: Path) -> None:
    other = [event._replace(procedure="other") for event in calm[:3]]
    unread = calm[0]._replace(message=None)
    file = written(tmp_path, [unread, *other[1:], *calm])
    ran = run("check-trace", file, *only(), "--procedure", "p1", model=model)
    assert ran.code == 0
    assert f"{len(calm)} events of 1 procedure explained; 2 not looked at; 1 that could not be read" in ran.out


def test_invalid_words_are_refused(run: Run, model: Catalogue, calm: list[Event], tmp_path: Path) -> None:
    file = written(tmp_path, calm)
    for words, expected in (
        ((str(tmp_path / "none"),), "cannot read"),
        ((str(tmp_path),), "there are no settings of any part"),
        ((file, *only("fault")), "no configuration 'fault'; did you mean 'faults'?"),
        ((file, *only("faults wallets=x")), "wallets is a whole number, not 'x'"),
        ((file, *only("")), "--configuration is empty"),
        ((file, "--links", "relay_shp"), "no link 'relay_shp'; did you mean 'relay_shop'?"),
        ((), "missing argument 'FILE"),
    ):
        ran = run("check-trace", *words, model=model)
        assert ran.code == 2
        assert expected.lower() in ran.err.lower()
        assert "Traceback" not in ran.err


@pytest.fixture
def leaking(calm: list[Event]) -> tuple[list[Event], int]:
    """A log of two procedures, of which the second leaves the model, and the line where it does."""
    other = [_with(event, event.procedure or "", "p2")._replace(procedure="p2") for event in calm]
    place = next(n for n, event in enumerate(calm) if _is(event, "PaymentInfoMessage", SENT))
    leaked = calm[place]._replace(link="direct_edge", receiver=calm[0].sender, direction=RECEIVED)
    return [*other[:3], *calm[: place + 1], leaked, *calm[place + 1 :]], 3 + place + 2


def test_the_line_that_is_printed_draws_where_the_log_leaves_the_model(
    run: Run, model: Catalogue, leaking: tuple[list[Event], int], tmp_path: Path
) -> None:
    events, line = leaking
    file = written(tmp_path, events)
    ran = run("check-trace", file, *only(), model=model)
    (command,) = [one for one in ran.out.splitlines() if "draw sequence" in one]
    assert command == f"  drawn       payrelay draw sequence {file} --configuration faults --procedure p1"
    drawn = run(*command.split()[2:], "--width", "300", model=model)
    assert (drawn.code, drawn.err) == (0, "")
    assert drawn.out.startswith(f"{file}: line {line} is not explained\nProcedure p1")
    before, red = drawn.out.split(f"line {line}, not explained")
    assert "6 ForwardedProcedureRequest" in before
    assert f"line {line} is not explained: PaymentInfoMessage goes over relay_shop" in red
    assert "violates P9 the_terminal_never_receives_payment_information_directly" in red

    saved = run("check-trace", file, *only(), "--traces", str(tmp_path / "traces"), model=model)
    (command,) = [one for one in saved.out.splitlines() if "draw sequence" in one]
    assert command == f"  drawn       payrelay draw sequence {tmp_path}/traces/check-trace.line-{line}.json"
    again = run(*command.split()[2:], "--width", "300", model=model)
    assert again.code == 0
    assert again.out.splitlines()[0] == f"faults: line {line} is not explained"
    assert again.out.splitlines()[2:] == drawn.out.splitlines()[2:]


def test_a_log_is_drawn_in_every_format(
    run: Run, model: Catalogue, leaking: tuple[list[Event], int], tmp_path: Path
) -> None:
    events, line = leaking
    file = written(tmp_path, events)
    for format in ("svg", "html", "mermaid", "plantuml"):
        ran = run("draw", "sequence", file, *only(), "--format", format, model=model)
        assert ran.code == 0
        assert f"line {line}, not explained" in ran.out
    svg = run("draw", "sequence", file, *only(), "--format", "svg", model=model).out
    assert 'class="step bad"' in svg


def test_a_log_that_is_explained_is_drawn_one_procedure_at_a_time(
    run: Run, model: Catalogue, calm: list[Event], tmp_path: Path
) -> None:
    other = [event._replace(procedure="p2") for event in calm[:4]]
    file = written(tmp_path, [*calm, *other])
    first = run("draw", "sequence", file, *only(), "--width", "300", model=model)
    assert first.out.startswith(f"{file}: explained\nProcedure p1, of 2 that were followed; choose another with")
    second = run("draw", "sequence", file, *only(), "--procedure", "p2", "--width", "300", model=model)
    assert second.out.startswith(f"{file}: explained\nProcedure p2. Values have")
    assert len(second.out) < len(first.out)
    missing = run("draw", "sequence", file, *only(), "--procedure", "p3", model=model)
    assert (missing.code, missing.out) == (2, "")
    assert "no event of a procedure 'p3' can be followed; did you mean 'p" in missing.err


def test_a_log_that_leaves_the_model_at_once_is_drawn(
    run: Run, model: Catalogue, calm: list[Event], tmp_path: Path
) -> None:
    file = written(tmp_path, [calm[-1], *calm])
    ran = run("draw", "sequence", file, *only("happy"), "--width", "300", model=model)
    assert ran.code == 0
    assert ran.out.startswith(f"{file}: line 1 is not explained")


def test_standard_input_is_drawn_and_has_no_line_that_draws_it_again(
    run: Run, model: Catalogue, leaking: tuple[list[Event], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    events, line = leaking
    text = "".join(f"{event.to_line()}\n" for event in events).encode()
    for words in (("check-trace", "-"), ("draw", "sequence", "-")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        ran = run(*words, *only(), model=model)
        assert f"line {line}".lower() in ran.out.lower()
        assert "draw sequence" not in ran.out


def test_invalid_log_is_not_drawn(run: Run, model: Catalogue, calm: list[Event], tmp_path: Path) -> None:
    file = tmp_path / "log.ndjson"
    lines = [event.to_line() for event in calm]
    for content, words, expected in (
        ("\n".join([*lines, "{"]), (), f"{file}, line {len(lines) + 1}: expected one JSON object"),
        ("{", (), f"{file}, line 1: expected one JSON object"),
        ("", (), f"{file}: it has no event that could be followed, so there is nothing to draw"),
        ("\n".join(lines), ("losses=1",), f"'losses=1' changes a configuration, and {file} is a log: leave it out"),
    ):
        file.write_text(content, encoding="utf-8")
        ran = run("draw", "sequence", str(file), *words, *only(), model=model)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"payrelay: {expected}")
        assert len(ran.err.splitlines()) == 1


def test_too_little_seen_is_inconclusive(
    run: Run, model: Catalogue, calm: list[Event], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first event already."""
    monkeypatch.setattr(following, "MOST_STATES", 3)
    file = tmp_path / "log.ndjson"
    file.write_text(f"{calm[-1].to_line()}\n", encoding="utf-8")
    ran = run("check-trace", str(file), *only(), model=model)
    assert ran.code == 4
    assert "what is seen leaves over 3 states of" in ran.out
