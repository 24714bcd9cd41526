"""Network texts: parties and links for Mermaid, for PlantUML, and as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from payrelay.diagrams.colours import RED
from payrelay.diagrams.escaping import mermaid, plantuml
from payrelay.diagrams.networks import Joint, Network


def _parts(network: Network, joint: Joint) -> Iterator[tuple[str, list[str]]]:
    """What there is to say of a link: headings, each with what stands under it."""
    for way in joint.carried:
        if way.messages:
            missing = [f"{one}, never seen" if network.is_missing(one) else one for one in way.messages]
            yield f"{way.sender} to {way.receiver}", missing
    if joint.untaken:
        yield "taken by nobody here", list(joint.untaken)
    if not any(way.messages for way in joint.carried) and not joint.untaken:
        yield "carries no message", []
    if joint.never:
        yield "must never carry", list(joint.never)


def _named(joint: Joint) -> str:
    return ", ".join(filter(None, [joint.name, joint.section, joint.says_claims]))


def _titled(network: Network, title: str) -> str:
    return f"{title}: {network.remark}" if network.remark else title


def network_mermaid(network: Network, title: str) -> str:
    """A flowchart of Mermaid, with a node for each link."""
    lines = ["flowchart TD", f'  subgraph all["{mermaid(_titled(network, title))}"]']
    ids = {party: f"p{place}" for place, party in enumerate(network.parties, 1)}
    lines += [f'  {name}(["<b>{mermaid(party)}</b>"])' for party, name in ids.items()]
    for place, joint in enumerate(network.joints, 1):
        label = [f"<b>{mermaid(_named(joint))}</b>"]
        for heading, items in _parts(network, joint):
            label += [f"<i>{mermaid(heading)}</i>", *map(mermaid, items)]
        lines.append(f'  l{place}["{"<br/>".join(label)}"]')
        lines += [f"  {ids[party]} --- l{place}" for party in joint.ends[0]]
        lines += [f"  l{place} --- {ids[party]}" for party in joint.ends[1] if party not in joint.ends[0]]
    return "\n".join([*lines, "  end"]) + "\n"


def network_plantuml(network: Network, title: str) -> str:
    """A component diagram of PlantUML, with a card for each link."""
    lines = ["@startuml", f"title {plantuml(_titled(network, title))}"]
    ids = {party: f"p{place}" for place, party in enumerate(network.parties, 1)}
    lines += [f'component "{plantuml(party)}" as {name}' for party, name in ids.items()]
    for place, joint in enumerate(network.joints, 1):
        lines += [f"card l{place} [", f"<b>{plantuml(_named(joint))}</b>"]
        for heading, items in _parts(network, joint):
            is_red = heading == "must never carry"
            lines += ["----", f"<i>{plantuml(heading)}</i>"]
            lines += [f"<color:{RED}>{plantuml(item)}</color>" if is_red else plantuml(item) for item in items]
        lines.append("]")
        lines += [f"{ids[party]} -- l{place}" for party in joint.ends[0]]
        lines += [f"l{place} -- {ids[party]}" for party in joint.ends[1] if party not in joint.ends[0]]
    return "\n".join([*lines, "@enduml"]) + "\n"


def network_text(network: Network, title: str) -> str:
    """The network to be read in a terminal, a link at a time."""
    return "".join(f"{line}\n" for line in _lines(network, title))


def _lines(network: Network, title: str) -> Iterator[str]:
    yield title
    if network.remark:
        yield f"  {network.remark}"
    yield f"  parties: {', '.join(network.parties)}"
    for joint in network.joints:
        yield ""
        yield f"{_named(joint)}: {', '.join(joint.ends[0])} and {', '.join(joint.ends[1])}"
        for heading, items in _parts(network, joint):
            yield f"  {heading}{': ' if items else ''}{', '.join(items)}"
