"""A whole system in a folder: written once, readable by its owner alone, and what is wrong is one line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from payrelay.host.keyring_files import read_keyring
from payrelay.host.party import Party
from payrelay.language.configurations import ConfigurationError
from payrelay.reference_impl.servers import keyring_of, make_server, open_storage, world_of
from payrelay.reference_impl.settings_files import read_settings
from payrelay.reference_impl.systems import SETUP, Plan, read_requests, settings_in, storages_of, write_system
from payrelay.wire.identities import counted
from payrelay.wire.set_up import OpenSession

NOW = 1_800_000_000


@pytest.mark.parametrize("security", ["plain", "hardened"])
def test_every_party_has_settings_keys_and_a_database(tmp_path: Path, security: str) -> None:
    folder = tmp_path / "system"
    written = write_system(folder, Plan(security=security), now=NOW, random=counted(b"systems"))
    assert [path.name for path in written] == [
        "authority.toml",
        "payment.toml",
        "wallet-1.toml",
        "wallet-2.toml",
        "shop.toml",
        "relay.toml",
    ]
    assert settings_in(folder) == written
    for path in written:
        settings = read_settings(path, {})
        assert settings.party.security == security
        storage = open_storage(settings)
        kinds = {"authority": "users", "payment": "accounts", "relay": "sessions", "wallet": "enrolments"}
        if settings.role in kinds:
            assert len(list(storage.records(kinds[settings.role]))) == 1
        storage.close()
        assert path.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("enrolled", "wallets"), [(None, 2), (2, 2), (1, 1), (0, 0)])
def test_a_user_is_enrolled_at_the_first_wallets(tmp_path: Path, enrolled: int | None, wallets: int) -> None:
    plan = Plan(enrolled=enrolled)
    written = write_system(tmp_path / "system", plan, now=NOW, random=counted(b"systems"))
    with storages_of(written) as storages:
        assert [name for name in plan.wallet_names if list(storages[name].records("enrolments"))] == [
            "wallet-1",
            "wallet-2",
        ][:wallets]
        ((_, session),) = storages["relay"].records("sessions")
        assert isinstance(session, OpenSession)
        assert [one.wallet for one in session.wallets] == list(plan.wallet_names[:wallets])


@pytest.mark.parametrize("security", ["plain", "hardened"])
def test_a_terminal_has_roots_and_recipients_and_no_keys(tmp_path: Path, security: str) -> None:
    write_system(tmp_path / "system", Plan(security=security), now=NOW, random=counted(b"systems"))
    ring = read_keyring(tmp_path / "system" / "terminal.keys.json")
    assert (ring.security, dict(ring.signers), ring.openers) == (security, {}, ())
    assert {"wallet-1", "wallet-2", "authority"} <= ring.recipients.keys() or security == "plain"


def test_the_same_randomness_writes_the_same_settings(tmp_path: Path) -> None:
    texts = []
    for name in ("one", "two"):
        write_system(tmp_path / name, Plan(), now=NOW, random=counted(b"systems"))
        texts.append({path.name: path.read_text() for path in sorted((tmp_path / name).glob("*.[tj]*"))})
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (Plan(security="none"), "no level of security 'none': write plain, channel, hardened"),
        (Plan(enrolled=3), "a user is enrolled at 0 to 2 of its 2 wallets, not at 3"),
        (Plan(enrolled=-1), "a user is enrolled at 0 to 2 of its 2 wallets, not at -1"),
        (Plan(wallets=0), "a system has 1 to 20 wallets, not 0"),
        (Plan(first_port=80), "ports 80 to 86 cannot be had"),
        (Plan(first_port=65533), "cannot be had"),
    ],
)
def test_invalid_plan_writes_nothing(tmp_path: Path, plan: Plan, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        write_system(tmp_path / "system", plan, now=NOW, random=counted(b"systems"))
    assert list(tmp_path.iterdir()) == []


def test_invalid_folders_are_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is there already: name another folder, or remove it"):
        write_system(tmp_path, Plan(), now=NOW, random=counted(b"systems"))
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot make the folder: Not a directory"):
        write_system(tmp_path / "file" / "system", Plan(), now=NOW, random=counted(b"systems"))
    with pytest.raises(ConfigurationError, match="there are no settings of any party; write a system there first"):
        settings_in(tmp_path)


def test_what_is_cut_short_is_no_system(tmp_path: Path) -> None:
    """Neither under its name nor under another; and what cannot be written is one line."""
    given = counted(b"systems")
    for error in (KeyboardInterrupt(), OSError(28, "No space left on device")):
        left = iter(range(8))

        def random(size: int, error: BaseException = error, left: Iterator[int] = left) -> bytes:
            if next(left, None) is None:
                raise error
            return given(size)

        with pytest.raises((KeyboardInterrupt, ConfigurationError), match=r"^$|cannot write a system there: No space"):
            write_system(tmp_path / "system", Plan(), now=NOW, random=random)
        assert list(tmp_path.iterdir()) == []


def test_invalid_keyring_of_another_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "system"
    write_system(folder, Plan(), now=NOW, random=counted(b"systems"))
    relay = folder / "relay.toml"
    relay.write_text(relay.read_text().replace("relay.keys.json", "shop.keys.json"))
    with pytest.raises(ConfigurationError, match=r"this keyring has party 'shop', and .*relay.toml 'relay'"):
        make_server(read_settings(relay, {}))
    with pytest.raises(ConfigurationError, match=r"relay.toml: storage.url: .*give relay one of its own"):
        make_server(
            read_settings(
                relay, {"PAYRELAY_STORAGE_URL": "sqlite:///shop.sqlite", "PAYRELAY_KEYS_FILE": "relay.keys.json"}
            )
        )


def test_what_stands_at_a_party_of_others_is_a_file_of_requests(tmp_path: Path) -> None:
    foreign, usual = tmp_path / "foreign", tmp_path / "usual"
    write_system(foreign, Plan(foreign=("wallet-1",)), now=NOW, random=counted(b"systems"))
    write_system(usual, Plan(), now=NOW, random=counted(b"systems"))
    assert not (foreign / "wallet-1.sqlite").exists()
    assert not list(usual.glob(f"*{SETUP}"))
    (request,) = read_requests(foreign / f"wallet-1{SETUP}")
    assert (foreign / f"wallet-1{SETUP}").stat().st_mode & 0o077 == 0
    settings = read_settings(usual / "wallet-1.toml", {})
    random = counted(b"party")
    party = Party(
        keyring_of(settings), open_storage(settings), world=world_of(settings), clock=lambda: NOW, random=random
    )
    assert party.set_up(request) is None  # the same as stands there already
    party.close()
    with pytest.raises(ConfigurationError, match="no party 'walet-1'; did you mean 'wallet-1'"):
        write_system(tmp_path / "none", Plan(foreign=("walet-1",)), now=NOW, random=counted(b"systems"))
