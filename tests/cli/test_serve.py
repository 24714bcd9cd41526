"""`payrelay serve`: from one command to a payment that a user makes in a browser, to books that agree."""

from __future__ import annotations

import json
import os
import re
import selectors
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from tests.cli.conftest import Run
from tests.cli.systems_at_work import COMMAND, ENVIRONMENT
from tests.ports import free_ports

from payrelay.cli import serving
from payrelay.cli.serve import FOLDER
from payrelay.reference_impl.settings_files import read_settings
from payrelay.reference_impl.systems import Plan, settings_in, write_system
from payrelay.wire.identities import counted

README = Path(__file__).parents[2] / "README.md"
START_SECONDS = 60


class Served:
    """A `payrelay serve` that has said where to click."""

    def __init__(self, *words: str, environment: Mapping[str, str] = ENVIRONMENT) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "serve", *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.said: list[str] = []
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(START_SECONDS), "nothing is said"
        while line := self.process.stdout.readline():
            self.said.append(line.rstrip("\n"))
            if line.startswith("Ctrl-C"):
                break

    def url(self, what: str) -> str:
        """The address that stands behind some words."""
        (line,) = [line for line in self.said if what in line]
        return line.rpartition(" ")[2]

    def process_of(self, party: str) -> int:
        """The process of a party."""
        found = subprocess.run(
            ["ps", "-A", "-ww", "-o", "ppid=,pid=,args="], capture_output=True, text=True, check=True
        )
        lines = (line.split(maxsplit=2) for line in found.stdout.splitlines())
        (process,) = [int(pid) for parent, pid, words in lines
                      if int(parent) == self.process.pid and f"{party}.toml" in words]  # fmt: skip
        return process

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
        """End it; its code, and what it said from then on."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@contextmanager
def served(*words: str, environment: Mapping[str, str] = ENVIRONMENT) -> Iterator[Served]:
    one = Served(*words, environment=environment)
    try:
        yield one
    finally:
        one.end()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "system"


@pytest.fixture
def first_port() -> int:
    return free_ports(8)


@pytest.fixture
def written(folder: Path, first_port: int) -> Path:
    """A system that nobody has started."""
    write_system(folder, Plan(first_port=first_port), now=1_800_000_000, random=counted(b"serve"))
    return folder


def listening(url: str) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) == 0


@pytest.mark.slow
def test_a_system_is_written_served_and_ended(run: Run, folder: Path, first_port: int) -> None:
    with served("--folder", str(folder), "--port", str(first_port)) as system:
        assert system.said[0] == f"{folder}: a new system, plain"
        still = run("audit", str(folder))
        assert (still.code, still.out) == (2, "")
        assert "another process has this database; stop it first" in still.err
        code, out, err = system.end()
    assert (code, out, err) == (130, f"All have ended. To go on: payrelay serve --folder {folder}\n", "")
    assert not any(map(listening, re.findall("http://[0-9.:]+", "\n".join(system.said))))
    audited = run("audit", str(folder), "--json")
    assert (audited.code, audited.err, json.loads(audited.out)["agrees"]) == (4, "", True)  # nobody has paid


def test_the_readme_shows_what_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_system(FOLDER, Plan(), now=1_800_000_000, random=counted(b"readme"))
    read = [read_settings(path, {}) for path in settings_in(FOLDER)]
    system = serving.System(FOLDER, {one.party.name: one for one in read}, is_new=True, environment={})
    said = "".join(f"    {line}\n" for line in serving.welcome(system, tuple(system.settings)))
    assert f"\n\n{said}\n" in README.read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_system_is_taken_up_as_it_was_left_and_in_parts(written: Path) -> None:
    with served("--folder", str(written), "wallet", "payment") as some:
        assert some.said[0] == f"{written}: the system as it was left, plain"
        assert [line.split()[0] for line in some.said if line.startswith("  ")] == ["payment", "wallet-1", "wallet-2"]
        assert "Not started: authority, shop, relay" in some.said
        with served("--folder", str(written), "authority") as another:  # beside it
            assert listening(another.url("authority "))
            assert another.end(signal.SIGTERM)[0] == 130
        again = subprocess.run(
            [*COMMAND, "serve", "--folder", str(written)], env=ENVIRONMENT, capture_output=True, text=True, check=False
        )
        assert (again.returncode, again.stdout) == (2, "")
        assert re.search(r"cannot listen at 127.0.0.1:\d+: Address already in use; is .* served already", again.stderr)
        assert again.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("security", ["channel", "hardened"])
def test_it_is_told_how_to_pay_and_to_register(run: Run, folder: Path, first_port: int, security: str) -> None:
    """And both can be done as it is told, at a wallet where the user is not enrolled."""
    with served(
        "--folder", str(folder), "--port", str(first_port), "--security", security, "--enrolled", "0"
    ) as system:
        told = "\n".join(system.said)
        assert ("in a browser" in told) == (security != "hardened")
        assert ("The word to pay with: 1234" in told) == (security == "hardened")
        pay, register = (told.partition(f"{what} at the shell:")[2].splitlines()[0] for what in ("Pay", "Register"))
        assert pay.split() == ["payrelay", "pay", "--folder", str(folder)]
        command, _, account = register.partition(", with the account ")
        answers = folder / "answers.json"
        word = {"user_auth": "word"} if security == "hardened" else {}
        answers.write_text(json.dumps({"holder": "A. User", "account": account, **word}))
        ran = run(*command.split()[1:], "--wallet", "wallet-2", "--answers", str(answers), "--accept-terms")
        assert ran.code == 0
        ran = run(*pay.split()[1:], "--cart", "A pen", "--yes", "--pin", "word")
        assert ran.code == 0


@pytest.mark.slow
def test_a_party_that_is_killed_ends_all_and_is_named(written: Path) -> None:
    with served("--folder", str(written), "shop") as system:
        os.kill(system.process_of("shop"), signal.SIGKILL)
        system.process.wait(timeout=30)
        code, out, err = system.end()
    assert (code, out) == (130, "")
    assert err == f"payrelay: shop has ended, killed by SIGKILL; what it said is in {written / 'shop.log'}\n"


@pytest.mark.slow
def test_parties_do_not_outlive_a_command_that_is_killed(written: Path) -> None:
    with served("--folder", str(written), "shop", "authority") as system:
        url = system.url("shop ")
        assert listening(url)
        assert system.end(signal.SIGKILL)[0] == -signal.SIGKILL
        until = time.monotonic() + 20
        while listening(url) and time.monotonic() < until:
            time.sleep(0.05)
        assert not listening(url)
    with served("--folder", str(written), "shop", "authority") as system:  # nobody has its databases any more
        assert system.end(signal.SIGHUP)[0] == 130


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["relya"], "no party 'relya' in FOLDER; did you mean 'relay'?; there are authority, payment, wallet-1,"),
        (["--security", "hardened"], "FOLDER has a system that is plain; for another: --folder NAME"),
        (["--enrolled", "1"], "FOLDER has a system whose user may have registered since; for another: --folder NAME"),
        (["--port", "1"], "FOLDER has a system that begins at port PORT; for another: --folder NAME"),
    ],
)
def test_invalid_wishes_for_a_system_that_is_there(
    run: Run, written: Path, first_port: int, words: list[str], said: str
) -> None:
    ran = run("serve", "--folder", str(written), *words)
    assert (ran.code, ran.out) == (2, "")
    assert said.replace("FOLDER", str(written)).replace("PORT", str(first_port)) in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--security", "hard"], "no level of security 'hard': write plain, channel, hardened"),
        (["--enrolled", "3"], "a user is enrolled at 0 to 2 of its 2 wallets, not at 3"),
        (["--port", "80"], "ports 80 to 86 cannot be had: begin at 1024 to 65000"),
        (["--port", "many"], "'many' is not a valid integer"),
    ],
)
def test_invalid_wishes_for_a_new_system_write_nothing(run: Run, folder: Path, words: list[str], said: str) -> None:
    ran = run("serve", "--folder", str(folder), *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert not folder.exists()


def test_invalid_port_that_is_taken_writes_nothing(run: Run, folder: Path, first_port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first_port + 3))
        taken.listen()
        ran = run("serve", "--folder", str(folder), "--port", str(first_port))
    assert (ran.code, ran.out) == (2, "")
    said = f"cannot listen at 127.0.0.1:{first_port + 3}: Address already in use; begin at another port: --port N"
    assert ran.err == f"payrelay: {said}\n"
    assert not folder.exists()


def test_invalid_folder_with_something_else(run: Run, folder: Path) -> None:
    folder.mkdir()
    (folder / "letter.txt").touch()
    ran = run("serve", "--folder", str(folder), "--port", str(free_ports(8)))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"payrelay: {folder} is there already: name another folder, or remove it\n"
    (folder / "other.toml").write_text("[project]\n")
    ran = run("serve", "--folder", str(folder))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "other.toml" in ran.err


def test_invalid_address_beyond_this_machine(run: Run, written: Path) -> None:
    settings = written / "shop.toml"
    settings.write_text(
        settings.read_text().replace('[server]\nurl = "http://127.0.0.1', '[server]\nurl = "http://0.0.0.0')
    )
    ran = run("serve", "--folder", str(written), "shop")
    assert (ran.code, ran.out) == (2, "")
    assert f"{settings}: 0.0.0.0 is not loopback; to listen there, run shop by itself" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("words", [["serve", "--folder"], ["audit"]], ids=" ".join)
@pytest.mark.parametrize("package", ["jinja2", "sqlalchemy"])
def test_invalid_without_the_extra(package: str, words: list[str], folder: Path) -> None:
    """The install line, and exit code 2."""
    program = f"import sys; sys.modules[{package!r}] = None\nfrom payrelay.cli import main\n"
    program += f"sys.exit(main({[*words, str(folder)]!r}))"
    ran = subprocess.run([sys.executable, "-c", program], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    said = f"the package {package} is missing; install it: pip install 'payrelay[reference]'"
    assert ran.stderr == f"payrelay: {said}\n"


# --- variants and TLS


def test_the_help_names_every_fault_and_every_edit() -> None:
    from payrelay.cli.serve import EXAMPLE
    from payrelay.host.faults import FAULTS
    from payrelay.reference_impl.variant_files import EDITS

    words = set(re.findall(r"[a-z_]+", EXAMPLE))
    assert {fault.name for fault in FAULTS} <= words
    assert set(EDITS) <= words


def test_the_variant_of_the_help_can_be_read(tmp_path: Path) -> None:
    from payrelay.cli.serve import EXAMPLE
    from payrelay.reference_impl.variant_files import read_variant

    lines = [line.strip() for line in EXAMPLE.splitlines()]
    shown = [re.split(r"   +", line)[0] for line in lines if re.match(r"[a-z]+ = |\[\[edits\]\]", line)]
    named = [line for line in shown if line.startswith(("mutants", "faults"))]
    edits = shown[shown.index("[[edits]]") :]
    (tmp_path / "variant.toml").write_text("\n".join([*named, *edits]))
    found = read_variant(tmp_path / "variant.toml")
    assert [len(part.edits) for part in found.parts] == [1, 1, 1, 0]
    assert found.name("shop") == "signature_unchecked"


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ('faults = ["signature_unchekced"]', [], "no fault 'signature_unchekced'; did you mean 'signature_unchecked'?"),
        (
            'variant = "broken_wallet_lies"',
            ["shop"],
            "it changes nothing of shop; it edits the tables of: relay wallet",
        ),
        ("", [], "nothing is done otherwise"),
    ],
)
def test_invalid_variants(run: Run, written: Path, tmp_path: Path, text: str, words: list[str], said: str) -> None:
    variant = tmp_path / "variant.toml"
    variant.write_text(text)
    ran = run("serve", "--folder", str(written), *words, "--variant", str(variant))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err


def test_invalid_variant_of_a_new_system_writes_nothing(run: Run, folder: Path, tmp_path: Path) -> None:
    ran = run("serve", "--folder", str(folder), "--variant", str(tmp_path / "none.toml"))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "cannot read the variant: No such file or directory" in ran.err
    assert not folder.exists()


def test_invalid_tls_of_a_system_without(run: Run, written: Path) -> None:
    ran = run("serve", "--folder", str(written), "--tls")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"payrelay: {written} has a system without TLS; for another: --folder NAME\n"


@pytest.mark.slow
def test_a_system_by_tls_says_whom_a_browser_has_to_trust(folder: Path, first_port: int) -> None:
    words = ("--folder", str(folder), "--port", str(first_port), "--security", "channel", "--tls")
    with served(*words) as system:
        assert system.said[0] == f"{folder}: a new system, channel, by TLS"
        roots = system.url("A browser has to trust")
        assert roots == str(folder / "tls.roots.pem")
        pages = [system.url("Order and pay"), system.url("Register at a wallet")]
        trusting = ssl.create_default_context(cafile=roots)
        assert [httpx2.get(page, verify=trusting, trust_env=False).status_code for page in pages] == [200, 200]
        assert system.end()[0] == 130
