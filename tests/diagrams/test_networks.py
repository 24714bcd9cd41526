"""Networks: parties, links and what they carry, as the model says."""

from payrelay.classics import alternating_bit, request_answer
from payrelay.cli.catalogue import payments
from payrelay.diagrams.networks import is_taken, network
from payrelay.model.network import carried
from payrelay.model.protocol import links_of

CATALOGUE = payments()
SYSTEMS = [CATALOGUE.system(one) for one in CATALOGUE.default_set]
WHOLE = network(SYSTEMS)


def test_all_parties_and_links_are_there() -> None:
    assert WHOLE.parties == (
        *("terminal-1", "terminal-2", "relay", "shop", "wallet-1", "wallet-2", "authority", "payment"),
    )
    names = [link.name for link in links_of(CATALOGUE.configurations[0])]  # type: ignore[arg-type]
    assert [joint.name for joint in WHOLE.joints] == names
    assert WHOLE.sections == ("first communicating section", "second communicating section")


def test_the_ways_of_messages_are_those_that_the_model_dispatches() -> None:
    for system in SYSTEMS:
        present = {instance.party.rpartition("-")[0] or instance.party for instance in system.instances}
        for link in system.links:
            for receiver in link.ends:
                taken = [kind for kind in link.carries if is_taken(SYSTEMS, kind, receiver)]
                if receiver in present:
                    assert taken == list(carried(link, receiver)), (link.name, receiver)


def test_what_is_carried_and_never_carried_is_said() -> None:
    (edge,) = [joint for joint in WHOLE.joints if joint.name == "terminal_edge"]
    assert edge.ends == (("terminal-1", "terminal-2"), ("relay",))
    assert [way.receiver for way in edge.carried] == ["relay", "terminal"]
    assert edge.never == ("PaymentInfo", "AuthInfo", "PaymentInstruction")
    assert (edge.says_claims, edge.untaken) == ("claims 1, 4, 8", ())


def test_one_configuration_has_its_own_network() -> None:
    happy = network([CATALOGUE.system(CATALOGUE.configurations[0])])
    assert happy.parties == ("terminal-1", "relay", "shop", "wallet-1", "payment")
    assert "relay_authority" not in [joint.name for joint in happy.joints]
    (edge,) = [joint for joint in happy.joints if joint.name == "terminal_edge"]
    assert edge.untaken == ("FormSummary", "RegistrationResult")


def test_what_a_search_never_saw_delivered_is_said() -> None:
    seen = network([request_answer.system(request_answer.FRIENDLY)], {"Request"}, "friendly")
    assert seen.is_missing("Answer")
    assert not seen.is_missing("Request")
    assert seen.remark.startswith("1 of ")
    assert not network([request_answer.system(request_answer.FRIENDLY)]).is_missing("Answer")


def test_a_link_without_claims_or_section() -> None:
    drawn = network([alternating_bit.system()])
    (wire,) = drawn.joints
    assert (drawn.sections, wire.says_claims, wire.never) == ((), "", ())
