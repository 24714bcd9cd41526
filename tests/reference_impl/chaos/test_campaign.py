"""The fault campaign, as a sample: money is neither lost, doubled nor invented; and servers in which a fault is planted
are seen by it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.ports import free_ports
from tests.reference_impl.chaos import plants

from payrelay.host.deaths import State
from payrelay.language.links import role_of
from payrelay.reference_impl.audit import RULES
from payrelay.reference_impl.chaos import reports
from payrelay.reference_impl.chaos.campaign import Campaign, Found
from payrelay.reference_impl.chaos.plan import Plan
from payrelay.reference_impl.chaos.servers import Program, sound
from payrelay.reference_impl.chaos.targets import TABLES_OF, Targets

pytestmark = pytest.mark.slow
SAMPLE = Plan(payments=60, hits=0, kills=0, at_once=12, longest_life=15.0, seconds=240.0, registrations=0.1, seed=3)
SMALL = replace(SAMPLE, payments=30, seconds=120.0, rest=8.0, registrations=0.0)


APPROVED = ("payment_authorization", "approved")


class AimedAtApprovals(Targets):
    """Where the payment server approves it is to be killed, so often, and no server anywhere else."""

    def left(self, party: str) -> list[State]:
        return [state for state in super().left(party) if state == APPROVED]

    def short(self) -> dict[State, int]:
        return {state: times for state, times in super().short().items() if state == APPROVED}


def campaign_of(folder: Path, plan: Plan, program: Program = sound) -> Campaign:
    return Campaign(folder / "system", replace(plan, first_port=free_ports(8)), program)


def found_by(folder: Path, plan: Plan, program: Program = sound) -> Found:
    return asyncio.run(campaign_of(folder, plan, program).run(print))


def test_a_sample_of_the_campaign(tmp_path: Path) -> None:
    found = found_by(tmp_path, SAMPLE)
    document = json.loads(json.dumps(reports.document(found)))
    assert (reports.wrong(found), document["verdict"]) == ([], "holds")
    assert document["payments"] >= 60
    assert document["outcomes"]["told_approved"] == len(found.told.approved) > 5
    assert document["audit"]["rules"] == [rule.name for rule in RULES]
    assert found.counts.spared(found.report.parties) == []
    assert set(map(role_of, found.report.parties)) == set(TABLES_OF)
    assert {"lost_request", "lost_answer", "doubled_request", "slow_request"} <= set(found.counts.faults)
    assert document["logs"]["purchases_1"]["runs"] > 20
    assert list(reports.lines(found))[-1].endswith(": holds")


def test_a_server_that_sends_before_it_commits_is_seen(tmp_path: Path) -> None:
    campaign = campaign_of(tmp_path, SMALL, plants.sends_before_commit)
    campaign.targets = AimedAtApprovals(3)
    found = asyncio.run(campaign.run(print))
    assert found.targets.hits[APPROVED]
    assert "a_paid_order_is_debited" in {one.rule for one in found.report.findings}


def test_an_outbox_that_is_forgotten_is_seen(tmp_path: Path) -> None:
    campaign = campaign_of(tmp_path, SMALL, plants.forgets_the_outbox)
    campaign.targets = AimedAtApprovals(3)
    found = asyncio.run(campaign.run(print))
    assert found.unsent
    assert reports.verdict(found) == "violated"


def test_money_that_is_taken_twice_is_seen(tmp_path: Path) -> None:
    found = found_by(tmp_path, replace(SMALL, loses=0.1), plants.forgets_what_it_has_answered)
    assert {"every_approval_is_debited_once", "at_most_one_debit_an_order"} <= {
        one.rule for one in found.report.findings
    }


FORGETFUL = """
import asyncio, sys
from pathlib import Path
from tests.reference_impl.chaos import plants
from tests.reference_impl.chaos.test_campaign import SMALL, replace
from payrelay.reference_impl.chaos import reports
from payrelay.reference_impl.chaos.campaign import Campaign
from payrelay.reference_impl.chaos.keepers import CampaignError
from payrelay.reference_impl.chaos.servers import sound

if __name__ == "__main__":
    folder, program, port = sys.argv[1:]
    plan = replace(SMALL, forgetful=True, first_port=int(port))
    found = asyncio.run(Campaign(Path(folder), plan, getattr(plants, program, sound)).run(print))
    print(found.counts.kills, found.forgotten)
    print("\\n".join(reports.wrong(found)))
    print(reports.verdict(found))
"""


def after_power_failures(folder: Path, program: str) -> list[str]:
    """What such a campaign prints whose disks forget what no fsync has kept: in a process of its own, which has the
    library from its beginning."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc: Debian package gcc")
    script = folder / "forgetful.py"
    script.write_text(FORGETFUL)
    command = [sys.executable, str(script), str(folder / "system"), program, str(free_ports(8))]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parents[3])])}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    return [*(ran.stdout.strip() or "it did not end").splitlines(), ran.stderr]


def test_what_was_said_outlives_power_failures(tmp_path: Path) -> None:
    *said, verdict, errors = after_power_failures(tmp_path, "sound")
    assert verdict == "holds", (said, errors)


def test_a_database_that_syncs_nothing_is_seen(tmp_path: Path) -> None:
    *said, verdict, errors = after_power_failures(tmp_path, "syncs_nothing")
    assert verdict == "violated", (said, errors)
