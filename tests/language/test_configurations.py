"""Configurations: what they say, and what is derived from them or refused."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from payrelay.language.configurations import Configuration, ConfigurationError, did_you_mean


@dataclass(frozen=True, kw_only=True)
class Scene(Configuration):
    clients: int = 1
    moody: bool = False


PLAIN = Scene(name="plain", says="Nothing goes wrong.")
WILD = Scene(name="wild", says="Everything does.", semantics="unbounded", crashing=("desk", "client"))


def test_a_derived_configuration_says_in_its_name_what_differs() -> None:
    derived = PLAIN.derived(
        {"clients": "3", "moody": "true", "timers": "one,two", "crashing": "desk", "crashes": "1", "variant": "odd"}
    )
    assert derived.name == "plain clients=3 moody=true timers=one,two crashing=desk crashes=1 variant=odd"
    assert (derived.clients, derived.moody, derived.timers) == (3, True, ("one", "two"))
    assert (derived.crashing, derived.crashes, derived.variant) == (("desk",), 1, "odd")
    assert derived.says == PLAIN.says
    assert Scene(name="plain", says="Nothing goes wrong.") == PLAIN
    assert PLAIN.derived({}) == PLAIN
    assert PLAIN.derived({"moody": "false", "timers": ""}).timers == ()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"client": "2"}, "no key 'client' in configuration plain; did you mean 'clients'?"),
        (
            {"zz": "2"},
            "no key 'zz' in configuration plain; there is: capacity, channel, clients, crashes, crashing, duplicates, "
            "early_timeouts, losses, lossy, moody, patient, semantics, timers, variant",
        ),
        ({"name": "another"}, "no key 'name' in configuration plain; there is: "),
        *(
            ({"clients": text}, f"clients is a whole number, not '{text}': digits 0 to 9, at most four of them")
            for text in ("many", "", "-", "1_0", " 2", "2 ", "+2", "2.0", "\u0663", "\u00b2", "1" * 5, "1" * 5000)
        ),
        ({"moody": "yes"}, "moody is true or false, not 'yes'"),
        ({"semantics": "wild"}, "semantics is 'unbounded' or 'budgeted', not 'wild'"),
        ({"losses": "-1"}, "configuration plain losses=-1: a budget counts faults and cannot be negative"),
        (
            {"semantics": "unbounded", "losses": "1"},
            "configuration plain semantics=unbounded losses=1: unbounded faults have no budgets; "
            "write semantics=budgeted to count them",
        ),
        ({"channel": "tube"}, "channel is one of dupset, bag, set, fifo, not 'tube'"),
        *(
            (
                {"semantics": "unbounded", key: text},
                f"configuration plain semantics=unbounded {key}={text}: unbounded faults leave no choice of channel "
                "and losses; write semantics=budgeted to choose",
            )
            for key, text in (("channel", "bag"), ("channel", "fifo"), ("lossy", "true"))
        ),
        *(
            (
                settings,
                f"configuration plain {' '.join(f'{key}={text}' for key, text in settings.items())}: "
                "a fifo channel needs a capacity of 1 or more, and no other has one: channel=fifo capacity=2",
            )
            for settings in (
                {"channel": "fifo"},
                {"channel": "fifo", "capacity": "-1"},
                {"channel": "bag", "capacity": "2"},
                {"capacity": "-1"},
            )
        ),
        (
            {"lossy": "true", "losses": "1"},
            "configuration plain lossy=true losses=1: where any number may be lost, losses are not counted",
        ),
        (
            {"channel": "dupset", "duplicates": "1"},
            "configuration plain channel=dupset duplicates=1: in a dupset, duplicates are not counted",
        ),
        ({"crashes": "1"}, "configuration plain crashes=1: crashes need the roles that crash: crashing=relay"),
        *(
            ({"crashing": text}, f"crashing has an empty item in '{text}': put one comma between two names")
            for text in ("desk,", ",desk", "desk,,client", ",")
        ),
        ({"timers": "one,"}, "timers has an empty item in 'one,': put one comma between two names"),
        ({"crashing": "desk,client,desk"}, "configuration plain crashing=desk,client,desk: crashing names 'desk' more"),
        ({"timers": "one,one"}, "configuration plain timers=one,one: timers names 'one' more than once"),
        (
            {"timers": "one", "patient": "two"},
            "configuration plain timers=one patient=two: 'two' cannot be patient where it does not run; "
            "add it to timers",
        ),
    ],
)
def test_invalid_settings_are_refused_in_one_line(settings: dict[str, str], sentence: str) -> None:
    before = PLAIN.value()
    with pytest.raises(ConfigurationError) as error:
        PLAIN.derived(settings)
    assert str(error.value).startswith(sentence)
    assert "\n" not in str(error.value)
    assert PLAIN.value() == before


def test_numbers_are_read_as_they_are_written() -> None:
    for text, number in {"0": 0, "7": 7, "-3": -3, "9999": 9999, "-9999": -9999}.items():
        assert PLAIN.derived({"clients": text}).clients == number


def test_lists_are_read_as_they_are_written() -> None:
    assert PLAIN.derived({"crashing": ""}).crashing == ()
    assert PLAIN.derived({"crashing": "desk"}).crashing == ("desk",)
    assert PLAIN.derived({"timers": "one,two", "patient": "two"}).patient == ("two",)
    assert PLAIN.derived({"patient": "two"}).patient == ("two",)


def test_what_is_near_is_suggested() -> None:
    assert did_you_mean("fualts", ["faults", "happy"]) == "; did you mean 'faults'?"
    assert did_you_mean("xyz", ["faults", "happy"]) == "; there is: faults, happy"


def test_without_a_list_all_timers_run() -> None:
    assert PLAIN.runs("any")
    assert PLAIN.derived({"timers": "one"}).runs("one")
    assert not PLAIN.derived({"timers": "one"}).runs("two")


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        (PLAIN, "no faults; any reordering"),
        (PLAIN.derived({"losses": "1"}), "up to 1 loss; any reordering"),
        (
            PLAIN.derived({"crashing": "desk,client", "crashes": "2", "duplicates": "1", "early_timeouts": "3"}),
            "up to 1 duplicate, 2 crashes of desk or client, 3 early time-outs; any reordering",
        ),
        (PLAIN.derived({"channel": "bag"}), "no faults; any reordering"),
        (PLAIN.derived({"channel": "set"}), "no faults; any reordering, one copy of a message at a time"),
        (PLAIN.derived({"channel": "dupset"}), "any number of duplicates; any reordering"),
        (PLAIN.derived({"channel": "dupset", "lossy": "true"}), "any number of losses and duplicates; any reordering"),
        (
            PLAIN.derived({"channel": "fifo", "capacity": "2", "lossy": "true", "duplicates": "1"}),
            "any number of losses, up to 1 duplicate; in order, at most 2 under way from one party to another",
        ),
        (WILD, "any number of losses, duplicates, reorderings and time-outs, and of crashes of desk, client"),
        (WILD.derived({"crashing": ""}), "any number of losses, duplicates, reorderings and time-outs"),
    ],
)
def test_the_scope_in_words(configuration: Scene, words: str) -> None:
    assert configuration.scope() == words
    assert configuration.is_unbounded is ("reorderings and time-outs" in words)


def test_the_channel_follows_from_the_semantics_if_nobody_chooses() -> None:
    kinds = [one.channel_kind for one in (PLAIN, WILD, PLAIN.derived({"channel": "set"}))]
    assert kinds == ["bag", "dupset", "set"]
    assert WILD.derived({"channel": "dupset"}).channel_kind == "dupset"


def test_the_value_is_plain_data() -> None:
    value: dict[str, Any] = WILD.value()
    assert value["crashing"] == ["desk", "client"]
    assert (value["name"], value["clients"], value["timers"]) == ("wild", 1, None)
    assert set(value) == set(vars(WILD))


def test_the_usual_channel_is_what_there_is_if_nothing_is_said() -> None:
    usual = Configuration(name="usual", says="Usual.")
    assert usual.has_usual_channel
    assert replace(usual, channel="bag").has_usual_channel
    assert replace(usual, semantics="unbounded", channel="dupset").has_usual_channel
    assert not replace(usual, channel="dupset").has_usual_channel
    assert not replace(usual, lossy=True).has_usual_channel
