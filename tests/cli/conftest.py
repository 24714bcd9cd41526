"""A small model to run the commands on, in this process: the request and answer of the classics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from payrelay.classics import request_answer
from payrelay.classics.request_answer import Client, ServerDesk, ServerLedger
from payrelay.cli import main
from payrelay.cli.catalogue import Catalogue, Surroundings
from payrelay.language.configurations import Configuration
from payrelay.language.edits import Edit, Redirect, Variant, edited
from payrelay.language.properties import Entered, Never, Property
from payrelay.language.systems import System
from payrelay.language.timers import Timer
from payrelay.model.claims import Claim, Element
from payrelay.verification.coverage import tables_of

ON_A_WIRE = Property("answers_are_fast", "fast", "Answers come soon.", level="wire")
VARIANT = Variant(
    name="broken_ledger",
    story="The ledger forgets that it has served.",
    edits=(Redirect(role="server_ledger", event="serve", to="free"),),
    violates=("the_server_serves_at_most_once",),
    configuration="lossy duplicates=1",
)
CLAIMS = (
    Claim(
        1,
        (
            Element("serves once", "ledger", ("once",), "count the answers"),
            Element("answers soon", "desk", ("fast",), "a clock"),
        ),
    ),
    Claim(2, (Element("never lies", "desk", ("honest",), "compare"),)),
    Claim(3, (Element("may be paid", "", (), "", "edge declared, no message"),)),
)


def build(configuration: Configuration, edits: tuple[Edit, ...] = ()) -> System:
    system = request_answer.system(configuration)
    tables = edited(tables_of(system).values(), edits)
    instances = tuple(replace(one, table=tables[one.table.name]) for one in system.instances)
    return replace(system, instances=instances)


CATALOGUE = Catalogue(
    configurations=(request_answer.FRIENDLY, request_answer.LOSSY, request_answer.UNBOUNDED, request_answer.FAULTY),
    slow=frozenset({"faulty"}),
    properties=(request_answer.served_once, request_answer.answered_after_service, request_answer.service_is_possible,
                request_answer.client_can_always_settle, ON_A_WIRE),
    build=build,
    variants=(VARIANT,),
    claims=CLAIMS,
    roles=(Client, ServerDesk, ServerLedger),
    timers=(Timer("patience", 5, "how long a client waits"),),
)  # fmt: skip


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def catalogue() -> Catalogue:
    """The model as it is."""
    return CATALOGUE


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the small model, or another one, in this process."""

    def run_it(*words: str, model: Catalogue = CATALOGUE) -> Ran:
        code = main(words, Surroundings(load=lambda: model, processes=0))
        said = capsys.readouterr()
        return Ran(int(code), said.out, said.err)

    return run_it


@pytest.fixture
def broken(catalogue: Catalogue) -> Catalogue:
    """The model with a property that it violates: nobody is ever served."""
    never = Property("nobody_is_served", "nobody", "Nobody.", conjuncts=(Never(Entered("client", states=("served",))),))
    return replace(catalogue, properties=(*catalogue.properties, never))
