"""The named configurations of payments, and what is derived from them or refused."""

from dataclasses import fields, replace

import pytest

from payrelay.language.configurations import ConfigurationError
from payrelay.language.edits import Variant
from payrelay.language.links import role_of
from payrelay.model import configurations
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.configurations import BENIGN, CONFIGURATIONS, HAPPY, REGISTRATION
from payrelay.model.protocol import build
from payrelay.model.purchase import wallets_of
from payrelay.model.variants import VARIANTS

NAMES = [configuration.name for configuration in CONFIGURATIONS]


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=NAMES)
def test_a_named_configuration_goes_together_and_says_what_it_is(configuration: PaymentConfiguration) -> None:
    configuration.check()
    assert configuration.says.endswith(".")
    assert configuration.variant == ""
    assert getattr(configurations, configuration.name.upper()) is configuration


def test_no_two_have_one_name() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert {"happy", "benign", "faults", "registration"} <= set(NAMES)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_the_configuration_of_every_variant_goes_together(variant: Variant) -> None:
    name, *settings = variant.configuration.split()
    base: PaymentConfiguration = getattr(configurations, name.upper())
    base.derived(dict(setting.split("=", 1) for setting in settings) | {"variant": variant.name}).check()


@pytest.mark.parametrize(
    "configuration",
    [
        HAPPY,
        REGISTRATION,
        HAPPY.derived({"registrations": "1", "wallets": "2", "tabs": "2"}),
        REGISTRATION.derived({"wallets": "3"}),
    ],
    ids=lambda configuration: configuration.name,
)
def test_the_roles_and_wallets_that_can_be_named_are_those_that_are_built(configuration: PaymentConfiguration) -> None:
    assert set(configuration.roles) == {role_of(party) for party in build(configuration).machines_of}
    everybody = {"crashing": ",".join(configuration.roles), "strangers": ",".join(wallets_of(configuration))}
    assert configuration.derived(everybody).crashing == configuration.roles
    with pytest.raises(ConfigurationError, match=f"no wallet 'wallet-{configuration.wallets + 1}' in "):
        configuration.derived({"strangers": f"wallet-{configuration.wallets + 1}"})


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"wallet": "3"}, "no key 'wallet' in configuration happy; did you mean 'wallets'?"),
        (
            {"capability": "plaintext"},
            "no capability 'plaintext' in configuration happy capability=plaintext; did you mean 'plain_text'?",
        ),
        (
            {"security": "hard"},
            "no security level 'hard' in configuration happy security=hard; did you mean 'hardened'?",
        ),
        ({"nonces": "none"}, "no kind of nonces 'none' in configuration happy nonces=none; did you mean 'one'?"),
        ({"wallets": "0"}, "configuration happy wallets=0: a purchase needs at least one wallet and one tab"),
        ({"tabs": "0"}, "configuration happy tabs=0: a purchase needs at least one wallet and one tab"),
        ({"sessions": "0"}, "configuration happy sessions=0: sessions are at least 1 and at most the 1 tabs"),
        ({"sessions": "2"}, "configuration happy sessions=2: sessions are at least 1 and at most the 1 tabs"),
        ({"procedures": "0"}, "configuration happy procedures=0: it needs a procedure or a registration"),
        ({"procedures": "-1"}, "configuration happy procedures=-1: "),
        ({"registrations": "-1"}, "configuration happy registrations=-1: it needs a procedure or a registration"),
        (
            {"procedures": "0", "registrations": "1", "wallets": "0"},
            "configuration happy procedures=0 registrations=1 wallets=0: a registration needs at least one wallet",
        ),
        (
            {"procedures": "0", "registrations": "1", "tabs": "0"},
            "configuration happy procedures=0 registrations=1 tabs=0: a registration needs at least one wallet and one",
        ),
        (
            {"crashing": "replay"},
            "no role 'replay' in configuration happy crashing=replay; did you mean 'relay'?",
        ),
        (
            {"crashing": "authority"},
            "no role 'authority' in configuration happy crashing=authority; "
            "there is: payment, relay, shop, terminal, wallet",
        ),
        ({"crashing": "relay,"}, "crashing has an empty item in 'relay,': put one comma between two names"),
        (
            {"crashing": "relay,relay"},
            "configuration happy crashing=relay,relay: crashing names 'relay' more than once",
        ),
        (
            {"timers": "nothing_time"},
            "no timer 'nothing_time' in configuration happy timers=nothing_time; did you mean 'doubt_time'?",
        ),
        (
            {"timers": "hold_time,shop_tim"},
            "no timer 'shop_tim' in configuration happy timers=hold_time,shop_tim; did you mean 'shop_time'?",
        ),
        (
            {"patient": "hold_tim"},
            "no timer 'hold_tim' in configuration happy patient=hold_tim; did you mean 'hold_time'?",
        ),
        (
            {"patient": "hold_time"},
            "configuration happy patient=hold_time: 'hold_time' cannot be patient where it does not run",
        ),
        (
            {"strangers": "wallet-9"},
            "no wallet 'wallet-9' in configuration happy strangers=wallet-9; did you mean 'wallet-1'?",
        ),
        ({"declines": "no"}, "declines is true or false, not 'no'"),
        ({"tries": "two"}, "tries is a whole number, not 'two'"),
        ({"orders": "0"}, "configuration happy orders=0: orders are at least 1"),
        (
            {"orders": "2", "tabs": "2"},
            "configuration happy orders=2 tabs=2: several orders have one procedure and one tab each",
        ),
        ({"tries": "0"}, "configuration happy tries=0: tries are at least 1"),
        ({"tries": "-1"}, "configuration happy tries=-1: tries are at least 1"),
        ({"losses": "1", "semantics": "unbounded"}, "configuration happy losses=1 semantics=unbounded: unbounded"),
    ],
)
def test_invalid_settings_are_refused_in_one_line(settings: dict[str, str], sentence: str) -> None:
    before = HAPPY.value()
    with pytest.raises(ConfigurationError) as error:
        HAPPY.derived(settings)
    assert str(error.value).startswith(sentence)
    assert "\n" not in str(error.value)
    assert HAPPY.value() == before


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


def test_what_can_be_named_is_taken() -> None:
    assert HAPPY.derived({"tries": "1", "tabs": "2", "sessions": "2"}).sessions == 2
    assert BENIGN.derived({"strangers": "wallet-2", "crashing": "relay,shop"}).crashing == ("relay", "shop")
    assert HAPPY.derived({"timers": "hold_time,info_expiry", "patient": "info_expiry"}).patient == ("info_expiry",)
    replace(HAPPY, timers=None, patient=("hold_time",)).check()


def test_the_whole_value_is_printed() -> None:
    assert list(HAPPY.value()) == [field.name for field in fields(HAPPY)]
