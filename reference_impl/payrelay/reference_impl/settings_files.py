"""Settings files: a party's settings as one TOML file, in which the environment may replace single values.

`server.url` of the file is `PAYRELAY_SERVER_URL` of the environment. Whatever is wrong is one line with the name of the
file or of the variable, and a suggestion; a setting that nobody knows is wrong, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from payrelay.host.deaths import deaths_in
from payrelay.host.limits import Limits
from payrelay.host.tls import Tls
from payrelay.host.toml_files import toml_in
from payrelay.host.world import PERIODS
from payrelay.language.configurations import ConfigurationError, did_you_mean
from payrelay.language.links import role_of
from payrelay.model.conversion import Amount, is_text
from payrelay.model.data import SECURITIES
from payrelay.model.protocol import tables
from payrelay.model.timers import misfits
from payrelay.reference_impl.settings import (
    Authority,
    Goods,
    Keys,
    Listener,
    Log,
    Party,
    Profile,
    Relay,
    Settings,
    SetUp,
    Shop,
    Storage,
    Trial,
    Url,
    Variant,
    Wallet,
)
from payrelay.wire.identities import ROLES
from payrelay.wire.symbols import is_party

PREFIX = "PAYRELAY_"
UNREAD = frozenset({"PAYRELAY_TRACEBACK", "PAYRELAY_PIN", "PAYRELAY_SESSION", "PAYRELAY_TLA2TOOLS"})
"""Variables with this prefix that are no settings."""

SECTIONS: Mapping[str, type] = MappingProxyType(
    {
        "party": Party,
        "server": Listener,
        "terminals": Listener,
        "storage": Storage,
        "keys": Keys,
        "tls": Tls,
        "limits": Limits,
        "log": Log,
        "profile": Profile,
        "setup": SetUp,
        "variant": Variant,
        "trial": Trial,
        "relay": Relay,
        "shop": Shop,
        "wallet": Wallet,
        "authority": Authority,
    }
)
"""The sections with keys of their own. Beside them, `peers` is by party and `timers` by timer."""
BY_NAME = ("peers", "timers")
OF_ONE_ROLE = MappingProxyType(
    {"terminals": "relay", "relay": "relay", "shop": "shop", "wallet": "wallet", "authority": "authority"}
)
"""The sections that only one role has."""
NEEDED = ("party", "server", "storage", "keys")


def read_settings(path: Path, environment: Mapping[str, str]) -> Settings:
    """The settings in a file and in the environment. Raises ConfigurationError for whatever is wrong."""
    document = toml_in(path, "the settings")
    for name, value in document.items():
        if name not in SECTIONS and name not in BY_NAME:
            raise ConfigurationError(f"{path}: no section [{name}]{did_you_mean(name, [*SECTIONS, *BY_NAME])}")
        if not isinstance(value, dict):
            raise ConfigurationError(f"{path}: {name} is a section: write [{name}]")
    return _Reading(path, document, _from_environment(environment)).settings()


def _from_environment(environment: Mapping[str, str]) -> dict[tuple[str, str], tuple[str, str]]:
    """What the environment says: by section and key its variable and its text."""
    known = {
        variable_of(section, one.name): (section, one.name)
        for section, kind in SECTIONS.items()
        for one in fields(kind)
    } | {variable_of("timers", timer): ("timers", timer) for timer in PERIODS}
    found = {}
    for variable in sorted(environment):
        if not variable.startswith(PREFIX) or variable in UNREAD:
            continue
        if variable not in known:
            raise ConfigurationError(f"no setting is called {variable}{did_you_mean(variable, known)}")
        found[known[variable]] = (variable, environment[variable])
    return found


def variable_of(section: str, key: str) -> str:
    """The environment's name of a setting."""
    return f"{PREFIX}{section}_{key}".upper()


class _Reading:
    """Settings that are being read; what is wrong with them is said with the place."""

    def __init__(
        self, path: Path, document: dict[str, dict[str, Any]], replaced: dict[tuple[str, str], tuple[str, str]]
    ) -> None:
        self.path, self.document, self.replaced = path, document, replaced

    def settings(self) -> Settings:
        """All of them."""
        party = self.section("party")
        self._check_party(party)
        role = role_of(party.name)
        found: dict[str, Any] = {}
        for name in SECTIONS:
            belongs = OF_ONE_ROLE.get(name, role) == role
            is_there = name in self.document or any(section == name for section, _ in self.replaced)
            if is_there and not belongs:
                raise self.wrong(name, f"only a {OF_ONE_ROLE[name]} has this section, and {party.name} is a {role}")
            if is_there or name in NEEDED or (belongs and name in OF_ONE_ROLE):
                found[name] = self.section(name)
        settings = Settings(
            source=self.path,
            peers={peer: self.peer(peer, url) for peer, url in self.document.get("peers", {}).items()},
            timers=self.timers(),
            **found,
        )
        self._check_named(settings)
        self._check_tls(settings)
        return settings

    def wrong(self, where: str, what: str) -> ConfigurationError:
        """That something is wrong there."""
        return ConfigurationError(f"{self.path}: {where}: {what}")

    def section(self, name: str) -> Any:
        """A section as its class has it."""
        given = dict(self.document.get(name, {}))
        origin = {key: f"{self.path}: {name}.{key}" for key in given}
        for (section, key), (variable, text) in self.replaced.items():
            if section == name:
                given[key], origin[key] = _Text(text), variable
        return self.record(SECTIONS[name], name, given, origin)

    def record(self, kind: Any, where: str, given: dict[str, Any], origin: Mapping[str, str]) -> Any:
        """A dataclass of what is given for its fields."""
        known = {one.name: one for one in fields(kind)}
        for key in given:
            if key not in known:
                raise self.wrong(where, f"no key '{key}'{did_you_mean(key, known)}")
        for key, one in known.items():
            if key not in given and _is_needed(one):
                raise self.wrong(where, f"{key} is missing{_hint(where, key)}")
        hints = get_type_hints(kind)
        return kind(**{key: self.value(hints[key], value, origin[key]) for key, value in given.items()})

    def value(self, kind: Any, value: Any, where: str) -> Any:
        """One value as its field has it."""
        if kind == tuple[Goods, ...]:
            return self.goods(value, where)
        read, expected = READERS[kind]
        found = read(value)
        if found is None:
            raise ConfigurationError(f"{where}: expected {expected}, not {_shown(value)}")
        return self.path.parent / found if isinstance(found, Path) else found

    def goods(self, value: Any, where: str) -> tuple[Goods, ...]:
        """What a shop sells."""
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise ConfigurationError(f"{where}: expected tables: write [[shop.goods]] for each")
        made = []
        for place, item in enumerate(value):
            at = f"shop.goods[{place}]"
            made.append(self.record(Goods, at, item, {key: f"{self.path}: {at}.{key}" for key in item}))
        names = [one.name for one in made]
        if double := next((name for name in names if names.count(name) > 1), None):
            raise ConfigurationError(f"{where}: '{double}' is there twice; give each a name of its own")
        return tuple(made)

    def peer(self, peer: str, url: Any) -> Url:
        """Where a peer is."""
        if not is_party(peer) or role_of(peer) not in ROLES:
            role = role_of(peer)
            raise self.wrong(f"peers.{peer}", f"no party of a role with a server{did_you_mean(role, ROLES)}")
        found: Url = self.value(Url, url, f"{self.path}: peers.{peer}")
        return found

    def timers(self) -> dict[str, float]:
        """The period of every timer."""
        periods = dict(PERIODS)
        given: dict[str, tuple[str, Any]] = {
            name: (f"{self.path}: timers.{name}", seconds) for name, seconds in self.document.get("timers", {}).items()
        }
        for (section, key), (variable, text) in self.replaced.items():
            if section == "timers":
                given[key] = (variable, _Text(text))
        for name, (where, seconds) in given.items():
            if name not in periods:
                raise self.wrong("timers", f"no timer '{name}'{did_you_mean(name, periods)}")
            periods[name] = self.value(float, seconds, where)
        if wrong := misfits(periods):
            raise self.wrong("timers", f"{wrong[0]}: with these periods a party would give up before its peer")
        return periods

    def _check_party(self, party: Party) -> None:
        if not is_party(party.name) or role_of(party.name) not in ROLES:
            near = did_you_mean(role_of(party.name), ROLES)
            raise self.wrong("party.name", f"'{party.name}' is of no role with a server{near}")
        if party.security not in SECURITIES:
            near = did_you_mean(party.security, SECURITIES)
            raise self.wrong("party.security", f"no level of security '{party.security}'{near}")

    def _check_tls(self, settings: Settings) -> None:
        """Whoever is to speak TLS has something to show."""
        for name, listener in (("server", settings.server), ("terminals", settings.terminals)):
            if listener and listener.url.is_secure and settings.tls is None and not listener.listen:
                raise self.wrong(
                    f"{name}.url",
                    "https needs a certificate: write [tls] certificate and roots; or, behind somebody who speaks TLS,"
                    f" where it listens: [{name}] listen",
                )

    def _check_named(self, settings: Settings) -> None:
        """Whoever is named is a peer, and a state that is named one of a role."""
        try:
            deaths_in(settings.trial.dies_in, tables() if settings.trial.dies_in else {})
        except ValueError as error:
            raise self.wrong("trial.dies_in", str(error)) from None
        own = settings.shop or settings.wallet
        for key, role in (("relay", "relay"), ("payment_server", "payment"), ("authorities", "authority")):
            named = getattr(own, key, ())
            for name in (named,) if isinstance(named, str) else named:
                if name not in settings.peers_of(role):
                    known = settings.peers_of(role)
                    near = did_you_mean(name, known) if known else f'; add it: [peers] {name} = "http://..."'
                    raise self.wrong(f"{settings.role}.{key}", f"'{name}' is no {role} of [peers]{near}")


class _Text(str):
    """A value of the environment, which is text whatever it is to be."""

    __slots__ = ()


def _is_needed(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _hint(where: str, key: str) -> str:
    """An example of what is missing, where one is clearer than a word."""
    examples = {
        ("party", "name"): 'name = "relay"',
        ("server", "url"): 'url = "http://127.0.0.1:8801"',
        ("terminals", "url"): 'url = "http://127.0.0.1:8800"',
        ("storage", "url"): 'url = "sqlite:///relay.sqlite"',
        ("keys", "file"): 'file = "relay.keys.json"',
    }
    example = examples.get((where, key))
    return f"; write [{where}] {example}" if example else ""


def _shown(value: Any) -> str:
    return repr(str(value) if isinstance(value, str) else value)


def _words(value: Any) -> tuple[str, ...] | None:
    items = value.split(",") if isinstance(value, _Text) else value
    if not isinstance(items, list) or not all(isinstance(item, str) and is_text(item) for item in items):
        return None
    return tuple(items)


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str) and is_text(str(value), 512) else None


def _whole(value: Any) -> int | None:
    if isinstance(value, _Text):
        return int(value) if re.fullmatch("[1-9][0-9]{0,8}", value) else None
    return value if type(value) is int and 0 < value < 10**9 else None


def _number(value: Any) -> float | None:
    if isinstance(value, _Text):
        value = float(value) if re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,6})?", value) else None
    return float(value) if type(value) in (int, float) and 0 < value < 10**8 else None


def _truth(value: Any) -> bool | None:
    if isinstance(value, _Text):
        return {"true": True, "false": False}.get(value)
    return value if type(value) is bool else None


def _path(value: Any) -> Path | None:
    return Path(value) if isinstance(value, str) and value and "\0" not in value else None


def _url(value: Any) -> Url | None:
    if not isinstance(value, str):
        return None
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return None
    plain = f"{parts.scheme}://{parts.netloc}" == value and "@" not in value
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain or port == 0:
        return None
    return Url(str(value), parts.hostname, port or {"http": 80, "https": 443}[parts.scheme])


def _amount(value: Any) -> Amount | None:
    return Amount.parse(value) if isinstance(value, str) else None


READERS: dict[Any, tuple[Callable[[Any], Any], str]] = {
    str: (_text, "a text"),
    int: (_whole, "a whole number above 0"),
    float: (_number, "a number of seconds above 0"),
    bool: (_truth, "true or false"),
    Path: (_path, "the path of a file"),
    Path | None: (_path, "the path of a file"),
    Url: (_url, "a URL without a path, such as http://127.0.0.1:8801"),
    Amount: (_amount, 'an amount as it is written, such as "12.50 EUR" or "1200 JPY"'),
    tuple[str, ...]: (_words, "a list of texts"),
}
"""How a value is read, by the type of its field: None if it is none."""
