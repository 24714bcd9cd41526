"""Settings files, the environment beside them, and a line with a suggestion for all that is wrong with them."""

import re
from pathlib import Path

import pytest

from payrelay.host.limits import Limits
from payrelay.host.world import PERIODS
from payrelay.language.configurations import ConfigurationError
from payrelay.model.conversion import Amount
from payrelay.reference_impl.settings import Goods, Settings
from payrelay.reference_impl.settings_files import read_settings, variable_of

SHOP = """
[party]
name = "shop"

[server]
url = "http://127.0.0.1:8802"

[storage]
url = "sqlite:///shop.sqlite"

[keys]
file = "shop.keys.json"

[shop]
payee_name = "Bookshop"
relay = "relay"
payment_server = "payment"
brands = ["visa"]
terminals_of_relay = "http://127.0.0.1:8800"

[[shop.goods]]
name = "A book"
price = "12.50 EUR"

[peers]
relay = "http://127.0.0.1:8801"
payment = "https://payment.example"
"""
RELAY = """
[party]
name = "relay"
[server]
url = "http://127.0.0.1:8801"
[terminals]
url = "http://127.0.0.1:8800"
[storage]
url = "sqlite:////var/relay.sqlite"
[keys]
file = "/etc/relay.keys.json"
"""
WALLET = """
[party]
name = "wallet-1"
[server]
url = "http://127.0.0.1:8803"
[storage]
url = "sqlite:///wallet-1.sqlite"
[keys]
file = "wallet-1.keys.json"
[wallet]
authorities = ["authority"]
[peers]
relay = "http://127.0.0.1:8801"
authority = "http://127.0.0.1:8805"
"""


def read(folder: Path, text: str, **environment: str) -> Settings:
    path = folder / "party.toml"
    path.write_text(text)
    return read_settings(path, environment)


def said(folder: Path, text: str, **environment: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(folder, text, **environment)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{folder / 'party.toml'}: ")


def test_a_file_is_read(tmp_path: Path) -> None:
    settings = read(tmp_path, SHOP)
    assert (settings.party.name, settings.party.security, settings.role) == ("shop", "hardened", "shop")
    assert settings.server.address == ("127.0.0.1", 8802)
    assert settings.storage.beside(settings.source) == f"sqlite:///{tmp_path / 'shop.sqlite'}"
    assert settings.keys.file == tmp_path / "shop.keys.json"
    assert settings.shop is not None
    assert settings.shop.goods == (Goods("A book", Amount(1250, "EUR")),)
    assert settings.peers_of("payment") == ("payment",)
    assert (settings.peers["payment"].host, settings.peers["payment"].port) == ("payment.example", 443)
    assert settings.limits == Limits()
    assert settings.timers == PERIODS
    assert (settings.setup.token, settings.terminals, settings.relay) == ("", None, None)


def test_a_relay_has_two_listeners(tmp_path: Path) -> None:
    settings = read(tmp_path, RELAY)
    assert settings.terminals is not None
    assert settings.terminals.address == ("127.0.0.1", 8800)
    assert settings.relay is not None
    assert not settings.relay.asks_payment_server
    assert settings.storage.beside(settings.source) == "sqlite:////var/relay.sqlite"
    assert settings.keys.file == Path("/etc/relay.keys.json")


def test_nothing_is_set_that_decides_nothing(tmp_path: Path) -> None:
    """A wallet and an authority take what a relay sends whose keys they trust: neither names one."""
    wallet = read(tmp_path, WALLET).wallet
    assert wallet is not None
    assert wallet.authorities == ("authority",)
    assert (
        said(tmp_path, WALLET.replace("[wallet]", '[wallet]\nrelay = "relay"'))
        == "wallet: no key 'relay'; there is: authorities, brands, display_name"
    )
    authority = read(tmp_path, re.sub(r"\[wallet\]\n.*\n", "", WALLET).replace('"wallet-1"', '"authority-2"')).authority
    assert authority is not None
    assert authority.tries == 2


def test_the_environment_replaces_single_values(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        RELAY,
        PAYRELAY_STORAGE_URL="postgresql://relay@db/relay",
        PAYRELAY_PARTY_SECURITY="plain",
        PAYRELAY_SERVER_LISTEN="0.0.0.0:80",
        PAYRELAY_LIMITS_MOST_WAITING="7",
        PAYRELAY_TIMERS_HOLD_TIME="2.5",
        PAYRELAY_RELAY_ASKS_PAYMENT_SERVER="true",
        PAYRELAY_SETUP_TOKEN="secret",
        PAYRELAY_TRACEBACK="1",
        HOME="/",
    )
    assert settings.storage.beside(settings.source) == "postgresql://relay@db/relay"
    assert settings.party.security == "plain"
    assert settings.server.address == ("0.0.0.0", 80)
    assert settings.limits.most_waiting == 7
    assert settings.timers["hold_time"] == 2.5
    assert settings.relay is not None
    assert settings.relay.asks_payment_server
    assert settings.setup.token == "secret"
    assert variable_of("storage", "url") == "PAYRELAY_STORAGE_URL"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[party]", "[part]", "no section [part]; did you mean 'party'?"),
        ("[party]", "party = 1\n[other]", "party is a section: write [party]"),
        ('name = "shop"', "", 'party: name is missing; write [party] name = "relay"'),
        ('name = "shop"', 'name = "chop"', "party.name: 'chop' is of no role with a server; did you mean 'shop'?"),
        ('name = "shop"', 'name = "shop"\nsecurity = "plan"', "no level of security 'plan'; did you mean 'plain'?"),
        ('name = "shop"', "name = 1", "party.name: expected a text, not 1"),
        ('url = "http://127.0.0.1:8802"', 'ulr = "x"', "server: no key 'ulr'; did you mean 'url'?"),
        (
            'url = "http://127.0.0.1:8802"',
            'url = "http://127.0.0.1:8802/x"',
            "server.url: expected a URL without a path, such as http://127.0.0.1:8801, not 'http://127.0.0.1:8802/x'",
        ),
        ('url = "http://127.0.0.1:8802"', 'url = "ftp://a"', "server.url: expected a URL without a path"),
        ('url = "http://127.0.0.1:8802"', 'url = "http://a:99999"', "server.url: expected a URL without a path"),
        ("[storage]", "[keys2]", "no section [keys2]; did you mean 'keys'?"),
        (
            'url = "sqlite:///shop.sqlite"',
            "",
            'storage: url is missing; write [storage] url = "sqlite:///relay.sqlite"',
        ),
        ('payee_name = "Bookshop"', "", "shop: payee_name is missing"),
        ('relay = "relay"', 'relay = "realy"', "shop.relay: 'realy' is no relay of [peers]; did you mean 'relay'?"),
        (
            'payment_server = "payment"',
            'payment_server = "relay"',
            "shop.payment_server: 'relay' is no payment of [peers]; there is: payment",
        ),
        ('brands = ["visa"]', 'brands = "visa"', "shop.brands: expected a list of texts, not 'visa'"),
        ('price = "12.50 EUR"', 'price = "12.5 EUR"', "shop.goods[0].price: expected an amount as it is written"),
        ('price = "12.50 EUR"', "price = 12.5", "shop.goods[0].price: expected an amount as it is written"),
        ('price = "12.50 EUR"', 'prize = "1 JPY"', "shop.goods[0]: no key 'prize'; did you mean 'price'?"),
        (
            "[peers]",
            '[[shop.goods]]\nname = "A book"\nprice = "1 JPY"\n[peers]',
            "shop.goods: 'A book' is there twice; give each a name of its own",
        ),
        ("[[shop.goods]]", "[shop.goods]", "shop.goods: expected tables: write [[shop.goods]] for each"),
        (
            'relay = "http://127.0.0.1:8801"',
            'rely = "http://a"',
            "peers.rely: no party of a role with a server; did you",
        ),
        ('relay = "http://127.0.0.1:8801"', "relay = true", "peers.relay: expected a URL without a path"),
        ("[peers]", "[terminals]\n[peers]", "terminals: only a relay has this section, and shop is a shop"),
        ("[peers]", "[timers]\nholdtime = 1\n[peers]", "timers: no timer 'holdtime'; did you mean 'hold_time'?"),
        (
            "[peers]",
            "[timers]\nhold_time = -1\n[peers]",
            "timers.hold_time: expected a number of seconds above 0, not -1",
        ),
        ("[peers]", "[timers]\nhold_time = 60\n[peers]", "timers: hold_time + reaction < http_time does not hold"),
        ("[peers]", "[limits]\nmost_bytes = 0\n[peers]", "limits.most_bytes: expected a whole number above 0, not 0"),
        (
            "[peers]",
            "[limits]\nmost_bytes = true\n[peers]",
            "limits.most_bytes: expected a whole number above 0, not True",
        ),
        ("[party]", "[party", "no TOML: "),
    ],
)
def test_invalid_file_is_told_in_one_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in SHOP
    text = said(tmp_path, SHOP.replace(old, new, 1))
    assert expected in text


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("PAYRELAY_STORGE_URL", "x", "no setting is called PAYRELAY_STORGE_URL; did you mean 'PAYRELAY_STORAGE_URL'?"),
        ("PAYRELAY_SERVER_URL", "x", "PAYRELAY_SERVER_URL: expected a URL without a path"),
        ("PAYRELAY_LIMITS_MOST_WAITING", "many", "PAYRELAY_LIMITS_MOST_WAITING: expected a whole number above 0"),
        ("PAYRELAY_TIMERS_HOLD_TIME", "soon", "PAYRELAY_TIMERS_HOLD_TIME: expected a number of seconds above 0"),
        ("PAYRELAY_RELAY_ASKS_PAYMENT_SERVER", "yes", "expected true or false, not 'yes'"),
        ("PAYRELAY_SHOP_RELAY", "relay", "shop: only a shop has this section, and relay is a relay"),
    ],
)
def test_invalid_variable_is_told_in_one_line(tmp_path: Path, variable: str, value: str, expected: str) -> None:
    assert expected in said(tmp_path, RELAY, **{variable: value})


def test_a_relay_needs_a_place_for_terminals(tmp_path: Path) -> None:
    text = re.sub(r"\[terminals\]\nurl = .*\n", "", RELAY)
    assert said(tmp_path, text) == 'terminals: url is missing; write [terminals] url = "http://127.0.0.1:8800"'


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot read the settings: No such file"):
        read_settings(tmp_path / "relay.toml", {})


def test_what_goes_wrong_on_purpose_is_read(tmp_path: Path) -> None:
    text = SHOP + "[trial]\ndies_in = ['shop_order.paid:2']\nloses_requests = 0.5\nclock_back = 30\n"
    trial = read(tmp_path, text, PAYRELAY_TRIAL_SEED="7").trial
    assert (trial.dies_in, trial.weather.loses_requests, trial.clock_back) == (("shop_order.paid:2",), 0.5, 30.0)
    assert trial.seed == 7
    assert read(tmp_path, SHOP).trial.weather.is_fair


def test_invalid_state_to_die_in(tmp_path: Path) -> None:
    wrong = "trial.dies_in: no role has a state 'shop_order.payed'; did you mean 'shop_order.paid'?"
    assert said(tmp_path, SHOP + "[trial]\ndies_in = ['shop_order.payed']\n") == wrong
