"""The configuration of a run: what is written by `init` is read, and whatever is wrong is one line with its number."""

from __future__ import annotations

from pathlib import Path

import pytest

from payrelay.conformance.configuration import Configuration, read_configuration, timers_of
from payrelay.conformance.initial.folder import write_folder
from payrelay.conformance.initial.plan import ROLES, Plan
from payrelay.language.configurations import ConfigurationError
from payrelay.wire.identities import counted

TEXT = """\
[sut]
role = "payment"
security = "plain"
url = "http://127.0.0.1:9000"
[trust]
folder = "keys"
[data]
token = "a token"
[peers.urls]
relay = "http://127.0.0.1:9101"
terminals = "http://127.0.0.1:9102"
shop = "http://127.0.0.1:9103"
wallet-1 = "http://127.0.0.1:9104"
wallet-2 = "http://127.0.0.1:9105"
authority = "http://127.0.0.1:9106"
"""


def read(tmp_path: Path, text: str = TEXT, **environment: str) -> Configuration:
    """The configuration of a text."""
    path = tmp_path / "conform.toml"
    path.write_text(text, encoding="utf-8")
    return read_configuration(path, environment)


def test_a_configuration_is_read(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert found.under_test == ("payment",)
    assert found.played == ("relay", "shop", "wallet-1", "wallet-2", "authority")
    assert found.sut.urls == {"payment": "http://127.0.0.1:9000"}
    assert found.trust.folder == tmp_path / "keys"
    assert (found.run.depth, found.run.budget, found.timing.response) == ("must", 60.0, None)


@pytest.mark.parametrize("security", ["plain", "channel", "hardened"])
@pytest.mark.parametrize("role", ROLES)
def test_what_init_writes_is_read(tmp_path: Path, role: str, security: str) -> None:
    folder = tmp_path / "conform"
    write_folder(folder, Plan((role,), security=security), random=counted(b"init"))
    found = read_configuration(folder, {})
    assert found.sut.security == security
    assert set(found.timers) == set(timers_of(role))
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert all(url in page for url in found.peers.urls.values())
    assert found.data.token in page


def test_several_roles_and_other_names(tmp_path: Path) -> None:
    text = TEXT.replace('role = "payment"', 'roles = ["payment", "wallet"]').replace(
        'url = "http://127.0.0.1:9000"',
        'urls = { payment = "http://127.0.0.1:9000", wallet-1 = "http://127.0.0.1:9001" }',
    )
    text = text.replace('wallet-1 = "http://127.0.0.1:9104"\n', "")
    found = read(tmp_path, text + '[names]\nwallet-1 = "wallet-acme"\n[timers]\nretry_time = 15\ninfo_expiry = 900\n')
    assert found.under_test == ("payment", "wallet-1")
    assert found.called("wallet-1") == "wallet-acme"


def test_a_secret_comes_from_the_environment_and_is_in_no_report(tmp_path: Path) -> None:
    found = read(tmp_path, TEXT.replace('"a token"', '"${TOKEN}"'), TOKEN="s3cret")
    assert found.data.token == "s3cret"
    assert "s3cret" not in str(found.redacted())
    assert read(tmp_path).redacted()["data"] == {"token": "(not shown)"}


def test_data_is_listed_where_there_is_no_interface(tmp_path: Path) -> None:
    text = TEXT.replace('[data]\ntoken = "a token"', '[[data.accounts]]\naccount = "4000 1234"\nissuer = "declines"')
    (account,) = read(tmp_path, text).data.things["accounts"]
    assert account.account.name == "4000 1234"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('role = "payment"', 'role = "paymant"', 2, "no role 'paymant'; did you mean 'payment'?"),
        ('role = "payment"', "role = 7", 2, "expected a text, not 7"),
        ('security = "plain"', 'security = "plan"', 3, "expected one of plain, channel, hardened, not 'plan'; did you"),
        ('security = "plain"', 'securty = "plain"', 3, "no such key; did you mean 'security'?"),
        ("127.0.0.1:9000", "127.0.0.1:9000/path", 4, "expected a URL such as http://127.0.0.1:9000, not"),
        ("[trust]", "[trusty]", 5, "no section [trusty]; did you mean 'trust'?"),
        ('folder = "keys"', "", 5, "trust.folder: missing: expected a text"),
        ('token = "a token"', "", 7, "a payment needs data to be tested with"),
        ('token = "a token"', 'token = "${NOWHERE}"', 8, "the environment has no variable NOWHERE"),
        ('shop = "http:', 'shop = "https:', 12, 'expected http, as [peers] tls = "off"'),
        ('shop = "http://127.0.0.1:9103"', "", 9, "shop: missing: the system under test must be told"),
        ('shop = "http', 'shops = "http', 12, "no such key; did you mean 'shop'?"),
        ("[peers.urls]", "[peers.urls", 9, "no TOML"),
    ],
)
def test_invalid_lines_are_told_with_their_number(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, TEXT.replace(old, new))
    assert f"conform.toml:{line}: " in str(caught.value)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('[run]\ndepth = "mutt"', "17: run.depth: expected one of smoke, must, full, soak, not 'mutt'; did you"),
        ('[run]\nbudget = "soon"', "17: run.budget: expected a time such as"),
        ("[run]\nseed = -1", "17: run.seed: expected a whole number of at least 0"),
        ('[run]\ncapabilities = ["jason"]', "17: run.capabilities: no capability 'jason'; did you mean 'json'?"),
        ('[names]\nshop = "store"', "17: names.shop: a shop is called 'shop', or 'shop-' and something: not 'store'"),
        ("[timers]\nretry_time = 1", "17: timers.retry_time: no such key; there is none"),
        ('[timing]\nresponse_ms = "fast"', "17: timing.response_ms: expected a whole number of milliseconds"),
        ('[control]\nurl = "nowhere"', "17: control.url: expected a URL such as http://127.0.0.1:9000/__conform"),
        ("spec = 1", "16: peers.urls.spec: no such key"),
        ('[spec]\nrevision = "2020"', "17: spec.revision: expected one of 2026-1, not '2020'"),
    ],
)
def test_invalid_sections_are_told_with_the_line(tmp_path: Path, more: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, f"{TEXT}{more}\n")
    assert f"conform.toml:{says}" in str(caught.value)


def test_invalid_data_is_told_with_its_line(tmp_path: Path) -> None:
    listed = (
        '[[data.accounts]]\naccount = "a"\nissuer = "approves"\n[[data.accounts]]\naccount = "b"\nisuer = "approves"'
    )
    with pytest.raises(ConfigurationError, match=r"12: data.accounts.isuer: .*did you mean 'issuer'"):
        read(tmp_path, TEXT.replace('[data]\ntoken = "a token"', listed))


def test_invalid_timers_do_not_fit_each_other(tmp_path: Path) -> None:
    folder = tmp_path / "conform"
    write_folder(folder, Plan(("relay",)), random=counted(b"init"))
    path = folder / "conform.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("hold_time = 10", "hold_time = 40"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="hold_time \\+ reaction < http_time does not hold"):
        read_configuration(path, {})


def test_invalid_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="make one: payrelay conform init"):
        read_configuration(tmp_path, {})
