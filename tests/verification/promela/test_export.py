"""The Promela model of a system: what is in it, word for word and construct by construct."""

import re
from dataclasses import replace

import pytest

from payrelay.classics import request_answer, two_phase_commit
from payrelay.classics.request_answer import FAULTY, FRIENDLY, ITEM, LOSSY, UNBOUNDED, Served
from payrelay.language.configurations import Configuration, ConfigurationError
from payrelay.language.properties import Entered, Never, Property
from payrelay.verification.promela.export import promela

TINY = """\
/* tiny: As small as can be. */
/* Faults: up to 1 loss; any reordering. */
/* A step of the system is an option of the loop at the end. To search it:
     spin -a -o2 model.pml
     gcc -O3 -DSAFETY -DNOREDUCE -DVECTORSZ=4096 -DMEMLIM=16384 -o pan pan.c
     ./pan -n -m2000000 -w24
*/
/* Asserted:
     once the_server_serves_at_most_once
*/
/* What assertions cannot say, and this model leaves out:
     possible a_client_can_be_served: Possible(entered client served)
*/

/* client-1/client, a client */
#define client_1_client_at_idle 0
#define client_1_client_at_waiting 1
#define client_1_client_at_served 2
unsigned client_1_client : 2 = client_1_client_at_idle;

/* server/desk, a server_desk */
#define server_desk_at_open 0
#define server_desk_at_open_2 1  /* client client-1 */
unsigned server_desk : 1 = server_desk_at_open;

/* server/ledger, a server_ledger */
#define server_ledger_at_free 0
#define server_ledger_at_taken 1
unsigned server_ledger : 1 = server_ledger_at_free;

/* Messages: how many copies are under way */
#define MOST_COPIES 3  /* a step that would make more does not happen, and is a violation */
#define FITS(message, more) (message <= MOST_COPIES - more)
#define SEND(message) message++
#define TAKE(message) message--
unsigned m1_Request : 2;  /* client-1 -> server: Request, item book, is welcome yes */
unsigned m2_Answer : 2;  /* server -> client-1: Answer, item book */
unsigned m3_Advertisement : 2;  /* server -> client-1: Advertisement */
unsigned losses : 1 = 1;  /* how many are left */

/* What has happened, as far as some assertion asks */
bit seen_once;  /* the_server_serves_at_most_once, AtMostOnce(occurred server Served), event 1, item item book */

active proctype system() {
end: do
  /* client-1: user Ask, procedure 1 */
  :: d_step { client_1_client == client_1_client_at_idle ->
       if
       :: FITS(m1_Request, 1) ->
            client_1_client = client_1_client_at_waiting;
            SEND(m1_Request)
       :: else -> assert(FITS(m1_Request, 1))
       fi }
  /* server -> client-1: Answer, procedure 1, item book (passed over) */
  :: d_step { m2_Answer && (client_1_client == client_1_client_at_idle ||
       client_1_client == client_1_client_at_served) ->
       TAKE(m2_Answer) }
  /* server -> client-1: Answer, procedure 1, item book */
  :: d_step { m2_Answer && client_1_client == client_1_client_at_waiting ->
       TAKE(m2_Answer);
       client_1_client = client_1_client_at_served }
  /* client-1 -> server: Request, item book, is welcome yes */
  :: d_step { m1_Request && server_desk == server_desk_at_open && server_ledger == server_ledger_at_free ->
       assert(!seen_once) /* once */;
       if
       :: FITS(m2_Answer, 1) && FITS(m3_Advertisement, 1) ->
            TAKE(m1_Request);
            server_desk = server_desk_at_open_2;
            server_ledger = server_ledger_at_taken;
            SEND(m2_Answer);
            SEND(m3_Advertisement);
            seen_once = 1
       :: else -> assert(FITS(m2_Answer, 1) && FITS(m3_Advertisement, 1))
       fi }
  /* client-1 -> server: Request, item book, is welcome yes */
  :: d_step { m1_Request && server_desk == server_desk_at_open && server_ledger == server_ledger_at_taken ->
       if
       :: FITS(m2_Answer, 1) && FITS(m3_Advertisement, 1) ->
            TAKE(m1_Request);
            server_desk = server_desk_at_open_2;
            SEND(m2_Answer);
            SEND(m3_Advertisement)
       :: else -> assert(FITS(m2_Answer, 1) && FITS(m3_Advertisement, 1))
       fi }
  /* client-1 -> server: Request, item book, is welcome yes */
  :: d_step { m1_Request && server_desk == server_desk_at_open_2 && server_ledger == server_ledger_at_taken ->
       if
       :: FITS(m2_Answer, 1) && FITS(m3_Advertisement, 1) ->
            TAKE(m1_Request);
            SEND(m2_Answer);
            SEND(m3_Advertisement)
       :: else -> assert(FITS(m2_Answer, 1) && FITS(m3_Advertisement, 1))
       fi }
  /* client-1 -> server: Request, item book, is welcome yes */
  :: d_step { m1_Request && server_desk == server_desk_at_open_2 && server_ledger == server_ledger_at_free ->
       assert(!seen_once) /* once */;
       if
       :: FITS(m2_Answer, 1) && FITS(m3_Advertisement, 1) ->
            TAKE(m1_Request);
            server_ledger = server_ledger_at_taken;
            SEND(m2_Answer);
            SEND(m3_Advertisement);
            seen_once = 1
       :: else -> assert(FITS(m2_Answer, 1) && FITS(m3_Advertisement, 1))
       fi }
  /* server -> client-1: Advertisement (dropped) */
  :: d_step { m3_Advertisement ->
       TAKE(m3_Advertisement) }
  /* client-1 -> server: Request, item book, is welcome yes, lost */
  :: d_step { losses && m1_Request ->
       TAKE(m1_Request);
       losses-- }
  /* server -> client-1: Answer, procedure 1, item book, lost */
  :: d_step { losses && m2_Answer ->
       TAKE(m2_Answer);
       losses-- }
  /* server -> client-1: Advertisement, lost */
  :: d_step { losses && m3_Advertisement ->
       TAKE(m3_Advertisement);
       losses-- }
  od
}
"""


def model(**changes: bool) -> str:
    return promela(request_answer.system(UNBOUNDED, **changes), request_answer.PROPERTIES)


def options(text: str) -> list[str]:
    """The steps, each with the comment above it."""
    return re.findall(r"^  /\*.*?\*/\n  :: d_step \{.*?\}$", text, re.MULTILINE | re.DOTALL)


def option(text: str, words: str) -> str:
    (found,) = [one for one in options(text) if one.startswith(f"  /* {words} */")]
    return found


def test_a_tiny_model_word_for_word() -> None:
    tiny = replace(LOSSY, name="tiny", says="As small as can be.", timers=())
    properties = (request_answer.served_once, request_answer.service_is_possible)
    assert promela(request_answer.system(tiny), properties) == TINY


def test_it_is_the_same_every_time() -> None:
    assert model(moody=True) == model(moody=True)


def test_messages_under_unbounded_faults_are_bits_that_stay() -> None:
    text = model()
    assert "bit m1_Request;" in text
    for word in ("TAKE", "SEND", "unsigned losses", "MOST_COPIES"):
        assert word not in text


def test_what_may_be_done_already_asks_for_something_new() -> None:
    assert "client_1_client == client_1_client_at_waiting && !m1_Request ->" in option(
        model(), "client-1: time-out patience, procedure 1"
    )


def test_what_changes_nothing_is_no_step_unless_it_is_bad() -> None:
    never = Property("n", "n", "No answer.", conjuncts=(request_answer.nothing_after_refusal.conjuncts[0],))
    passed_over = "server -> client-1: Answer, procedure 1, item book (passed over)"
    system = request_answer.system(UNBOUNDED, moody=True)
    assert passed_over not in promela(system, ())
    said = option(promela(system, (never,)), passed_over)
    assert "&& seen_n ->" in said
    assert "assert(!seen_n)" in said


def test_budgets_are_counted_down() -> None:
    text = promela(request_answer.system(FAULTY, moody=True), ())
    for budget in ("losses", "duplicates", "crashes", "early_timeouts"):
        assert f"unsigned {budget} : 1 = 1;" in text
    asked = "client-1 -> server: Request, item book, is welcome no"
    assert "TAKE(m1_Request)" in option(text, asked)
    copied = option(text, f"{asked}, and a duplicate stays under way")
    assert "&& duplicates ->" in copied
    assert "duplicates--" in copied
    assert "TAKE" not in copied
    assert "losses--" in option(text, "server -> client-1: Refusal, procedure 1, lost")
    assert "crashes--" in option(text, "server crashes and restarts")


def test_a_timer_waits_until_nothing_is_under_way_or_is_early_or_is_patient() -> None:
    text = promela(request_answer.system(FAULTY), ())
    assert "#define quiet (!(m1_Request || m2_Answer || m3_Advertisement))" in text
    timeout = "client-1: time-out patience, procedure 1"
    assert "&& quiet ->" in option(text, timeout)
    early = option(text, f"{timeout}, early: something was still under way")
    assert "&& early_timeouts && !quiet ->" in early
    assert "early_timeouts--" in early
    patient = promela(request_answer.system(replace(FAULTY, patient=("patience",))), ())
    assert "quiet" not in patient
    assert f"{timeout}, early" not in patient
    assert "client_1_client == client_1_client_at_waiting ->" in option(patient, timeout)


def test_a_crash_is_one_step_of_all_machines_of_a_party() -> None:
    said = option(model(), "server crashes and restarts")
    assert ":: d_step { server_desk == server_desk_at_open_2 ->" in said
    assert ":: server_desk == server_desk_at_open_2 -> server_desk = server_desk_at_open\n" in said
    assert "ledger" not in said  # it has a disk


def test_several_initial_states_are_a_choice() -> None:
    assert "end: do" in model()
    assert "  if\n" not in model().partition("end: do")[0]
    beginning = model(forgetful=True).partition("active proctype system() {")[2].partition("end: do")[0]
    assert beginning.count(":: d_step { true ->") == 2
    assert "server_ledger = server_ledger_at_taken }" in beginning


def test_what_was_injected_or_happened_before_is_there_from_the_beginning() -> None:
    assert "bit m1_Answer = 1;" in model(forged=True)
    system = request_answer.system(LOSSY)
    before = replace(system, before=(("server/ledger", Served(ITEM)),))
    assert "bit seen_once;" in promela(system, request_answer.PROPERTIES)
    assert "bit seen_once = 1;" in promela(before, request_answer.PROPERTIES)


def test_the_head_lists_what_it_asserts_and_what_it_cannot_say() -> None:
    wire = Property("answers_are_fast", "fast", "Answers come soon.", level="wire")
    absent = Property("nobody_flies", "flies", "No.", conjuncts=(Never(Entered("bird")),), absent=lambda _: "no bird")
    properties = (*request_answer.PROPERTIES, wire, absent)
    system = request_answer.system(FRIENDLY)
    head = promela(system, properties).partition("/* client-1/client")[0]
    asserted, rest = head.partition("/* Asserted:")[2].split(
        "/* What assertions cannot say, and this model leaves out:"
    )
    left_out, others = rest.split("/* Not of the runs of this system:")
    assert re.findall(r"^ {5}(\w+)", asserted, re.MULTILINE) == ["once", "honest", "final"]
    assert re.findall(r"^ {5}(\w+)", left_out, re.MULTILINE) == ["possible", "settles", "answered"]
    assert re.findall(r"^ {5}(\w+)", others, re.MULTILINE) == ["fast", "flies"]
    assert [one for one in properties if one.is_searched_in(system)] == list(request_answer.PROPERTIES)


def test_every_sort_of_safety_is_an_assertion() -> None:
    nobody = Property("n", "nobody", "Nobody.", conjuncts=(Never(Entered("client", states=("served",))),))
    text = promela(request_answer.system(UNBOUNDED, moody=True), (*request_answer.PROPERTIES, nobody))
    for assertion in ("assert(!seen_once)", "assert(seen_honest)", "assert(!seen_final)", "assert(false) /* nobody */"):
        assert assertion in text
    assert "assert(!seen_consistency" in promela(two_phase_commit.system(2), two_phase_commit.PROPERTIES)


def test_a_system_in_which_nothing_happens_is_a_model_too() -> None:
    system = request_answer.system(replace(FRIENDLY, timers=()))
    still = replace(system, instances=tuple(replace(one, stimuli=()) for one in system.instances))
    assert "end: do\n  :: false -> skip\n  od" in promela(still, ())


@pytest.mark.parametrize("configuration", [FRIENDLY, LOSSY, FAULTY, UNBOUNDED], ids=lambda one: one.name)
def test_every_step_of_the_tables_is_a_guarded_option(configuration: Configuration) -> None:
    text = promela(request_answer.system(configuration, moody=True), request_answer.PROPERTIES)
    steps = text.partition("end: do\n")[2].partition("  od\n")[0]
    assert "".join(f"{one}\n" for one in options(text)) == steps


def test_invalid_channel_is_not_exported() -> None:
    queued = replace(request_answer.FRIENDLY, name="queued", channel="fifo", capacity=2)
    with pytest.raises(ConfigurationError, match="cannot be exported"):
        promela(request_answer.system(queued), ())
