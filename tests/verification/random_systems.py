"""Random systems as Hypothesis strategies."""

from hypothesis import strategies as st

from payrelay.classics import random_systems
from payrelay.classics.random_systems import Case, Choose


def chooser(draw: st.DrawFn) -> Choose:
    """Choices that Hypothesis makes."""
    return lambda options: draw(st.sampled_from(options))


@st.composite
def pairs(draw: st.DrawFn, kind: str) -> Case:
    """Two parties, under faults and with channels of a kind."""
    return random_systems.pair(chooser(draw), kind)


@st.composite
def several(draw: st.DrawFn, kind: str, procedures: int) -> Case:
    """Procedures that share a machine."""
    return random_systems.several(chooser(draw), kind, procedures)
