"""The named configurations of payments, and what is derived from them or refused."""

from dataclasses import fields, replace

import pytest

from payrelay.language.configurations import ConfigurationError
from payrelay.model import configurations
from payrelay.model.configuration import EVERYBODY, PaymentConfiguration
from payrelay.model.configurations import CONFIGURATIONS, HAPPY
from payrelay.model.timers import TIMERS

NAMES = [configuration.name for configuration in CONFIGURATIONS]


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=NAMES)
def test_a_named_configuration_goes_together_and_says_what_it_is(configuration: PaymentConfiguration) -> None:
    configuration.check()
    assert configuration.says.endswith(".")
    assert configuration.variant == ""
    known = {timer.name for timer in TIMERS}
    assert set(configuration.timers or ()) | set(configuration.patient) <= known
    assert getattr(configurations, configuration.name.upper()) is configuration


def test_no_two_have_one_name() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert {"happy", "benign", "faults", "registration"} <= set(NAMES)


def test_patience_and_crashes_speak_of_what_takes_part() -> None:
    for configuration in CONFIGURATIONS:
        assert all(configuration.runs(timer) for timer in configuration.patient)
        assert set(configuration.crashing) <= set(EVERYBODY)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"wallet": "3"}, "no key 'wallet' in configuration happy; did you mean 'wallets'?"),
        ({"capability": "plaintext"}, "no capability 'plaintext'; did you mean 'plain_text'?"),
        ({"security": "hard"}, "no security level 'hard'; did you mean 'hardened'?"),
        ({"nonces": "none"}, "nonces is 'one' or 'each', not 'none'"),
        ({"wallets": "0"}, "configuration happy wallets=0: a purchase needs at least one wallet and one tab"),
        ({"tabs": "0"}, "configuration happy tabs=0: a purchase needs at least one wallet and one tab"),
        ({"sessions": "0"}, "configuration happy sessions=0: sessions are at least 1 and at most the 1 tabs"),
        ({"sessions": "2"}, "configuration happy sessions=2: sessions are at least 1 and at most the 1 tabs"),
        ({"procedures": "0"}, "configuration happy procedures=0: it needs a procedure or a registration"),
        ({"procedures": "-1"}, "configuration happy procedures=-1: "),
        ({"registrations": "-1"}, "configuration happy registrations=-1: it needs a procedure or a registration"),
        ({"crashing": "replay"}, "no role 'replay' to crash; did you mean 'relay'?"),
        ({"declines": "no"}, "declines is true or false, not 'no'"),
        ({"tries": "two"}, "tries is a whole number, not 'two'"),
        ({"losses": "1", "semantics": "unbounded"}, "configuration happy losses=1 semantics=unbounded: unbounded"),
    ],
)
def test_invalid_settings_are_refused_in_one_line(settings: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        HAPPY.derived(settings)
    assert str(error.value).startswith(sentence)
    assert "\n" not in str(error.value)


def test_what_is_derived_is_a_payment_configuration() -> None:
    derived = HAPPY.derived({"wallets": "3", "strangers": "wallet-2,wallet-3", "security": "plain", "tabs": "2"})
    assert derived == replace(
        HAPPY,
        name="happy wallets=3 strangers=wallet-2,wallet-3 security=plain tabs=2",
        wallets=3,
        strangers=("wallet-2", "wallet-3"),
        security="plain",
        tabs=2,
    )
    registered = HAPPY.derived({"procedures": "0", "registrations": "2"})
    assert (registered.procedures, registered.registrations) == (0, 2)


def test_the_whole_value_is_printed() -> None:
    assert list(HAPPY.value()) == [field.name for field in fields(HAPPY)]
