"""What the words of a command line name."""

import pytest

from payrelay.cli.catalogue import Catalogue
from payrelay.cli.errors import UsageError
from payrelay.cli.selection import properties_named, select
from payrelay.language.configurations import ConfigurationError


def test_nothing_is_the_default_set_without_what_is_slow(catalogue: Catalogue) -> None:
    selected = select(catalogue, [])
    assert selected.is_default_set
    assert [one.name for one in selected.configurations] == ["friendly", "lossy", "unbounded"]


def test_a_slow_one_is_searched_when_it_is_named(catalogue: Catalogue) -> None:
    selected = select(catalogue, ["faulty"])
    assert [one.name for one in selected.configurations] == ["faulty"]
    assert not selected.is_default_set


def test_a_setting_derives(catalogue: Catalogue) -> None:
    (configuration,) = select(catalogue, ["friendly", "losses=2"]).configurations
    assert (configuration.name, configuration.losses) == ("friendly losses=2", 2)


def test_a_variant_names_its_configuration(catalogue: Catalogue) -> None:
    selected = select(catalogue, ["broken_ledger", "losses=0"])
    (configuration,) = selected.configurations
    assert configuration.name == "lossy duplicates=1 losses=0 variant=broken_ledger"
    assert (configuration.losses, configuration.duplicates) == (0, 1)
    assert selected.variant is catalogue.variants[0]
    # Its name is words that name it again: this is how a command that shows it again is written.
    assert select(catalogue, configuration.name.split()) == selected


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["frendly"], "no configuration 'frendly'; did you mean 'friendly'?"),
        (["zzz"], "no configuration 'zzz'; there is: faulty, friendly, lossy, unbounded"),
        (["friendly", "lossy"], "'lossy' is not KEY=VALUE"),
        (["friendly", "=1"], "'=1' is not KEY=VALUE"),
        (["losses=1"], "name the configuration before it"),
        (["friendly", "loses=1"], "did you mean 'losses'?"),
        (["friendly", "losses=1", "losses=2"], "losses is given twice: '1' and '2'"),
        (["friendly", "losses=x"], "losses is a whole number, not 'x'"),
        (["friendly", "variant=broken_ledge"], "no variant 'broken_ledge'; did you mean 'broken_ledger'?"),
    ],
)
def test_invalid_words(catalogue: Catalogue, words: list[str], line: str) -> None:
    with pytest.raises((UsageError, ConfigurationError)) as caught:
        select(catalogue, words)
    assert line in str(caught.value)


def test_properties_go_by_name_and_by_label(catalogue: Catalogue) -> None:
    names = ["ONCE", "the_server_serves_at_most_once", "honest"]
    assert [one.label for one in properties_named(catalogue, names)] == ["once", "honest"]
    assert properties_named(catalogue, []) == catalogue.properties


def test_invalid_property(catalogue: Catalogue) -> None:
    with pytest.raises(UsageError, match="no property 'onec'; did you mean 'once'"):
        properties_named(catalogue, ["onec"])
