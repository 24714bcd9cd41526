"""JUnit that every reader takes."""

from xml.etree import ElementTree as XML

from payrelay.cli.exit_codes import ExitCode
from payrelay.cli.junit import junit
from payrelay.cli.outcomes import Failure, Finding, Outcome
from payrelay.cli.standings import standings, unestablished
from payrelay.language.configurations import Configuration
from payrelay.language.properties import Property

HERE = Configuration(name="here", says="Here.")
VACUOUS = Finding(
    property="claim", label="C", claims=(), level="searched", configuration="here", result="holds", vacuous=True
)


def test_what_xml_cannot_say_is_replaced() -> None:
    failed = Outcome(configuration=HERE, failure=Failure(line="a\x00<&\ud800", code=ExitCode.FAULT))
    error = XML.fromstring(junit([failed], [])).find(".//error")
    assert error is not None
    assert error.get("message") == "a?<&?"


def test_what_is_green_nowhere_is_an_error_of_all() -> None:
    outcome = Outcome(configuration=HERE, findings=(VACUOUS,))
    missing = unestablished(standings([Property("claim", "C", "A claim.")], [outcome]), is_default_set=False)
    suites = XML.fromstring(junit([outcome], missing))
    assert (suites.get("tests"), suites.get("skipped"), suites.get("errors")) == ("2", "1", "1")
    assert XML.fromstring(junit([outcome], [])).get("errors") == "0"
