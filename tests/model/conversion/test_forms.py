"""Long forms over several pages (claim 13, P37)."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrelay.model.conversion import (
    CAPABILITIES,
    Capabilities,
    CapabilityError,
    FormField,
    FormInformation,
    Kind,
    Summary,
    convert,
    paginate,
)

Paginate = Callable[[FormInformation, Capabilities], tuple[FormInformation, ...] | CapabilityError]
COMPACT = CAPABILITIES["compact_html"]
FIELDS = tuple(FormField(f"field-{n}", f"Question {n}", required=n % 2 == 0) for n in range(10))
FORM = FormInformation(FIELDS, "https://authority.example/terms", "0" * 43)


def check_complete(paginate: Paginate, form: FormInformation, terminal: Capabilities) -> None:
    """Every page fits, and together they show every required field, in order, and the terms."""
    pages = paginate(form, terminal)
    if isinstance(pages, CapabilityError):
        return
    summaries = [convert(Kind.FORM, page, terminal) for page in pages]
    shown = [
        contents
        for summary in summaries
        for name, _, contents in (summary.slots if isinstance(summary, Summary) else ())
        if name.startswith(("entry_", "secret_"))
    ]
    assert all(isinstance(summary, Summary) for summary in summaries)
    names = [field.name for field in form.fields]
    assert shown == [field.name for page in pages for field in page.fields]
    assert [field for field in form.fields if field.required] == [
        field for page in pages for field in page.fields if field.required
    ]
    assert [name for name in names if name in shown] == [name for name in names if name in set(shown)]
    assert [(page.page, page.pages) for page in pages] == [(n + 1, len(pages)) for n in range(len(pages))]
    assert [page.terms for page in pages] == [None] * (len(pages) - 1) + [form.terms]
    assert pages[-1].terms_digest == form.terms_digest


@settings(deadline=None)
@given(data=st.data())
def test_no_required_field_is_lost(some: SimpleNamespace, data: st.DataObject) -> None:
    fields = tuple(data.draw(st.lists(some.fields, max_size=12)))
    terms = data.draw(st.sampled_from([None, "https://authority.example/terms"]))
    check_complete(
        paginate, FormInformation(fields, terms, terms and "0" * 43), data.draw(some.capabilities | some.classes)
    )


def without_last_field(form: FormInformation, terminal: Capabilities) -> tuple[FormInformation, ...] | CapabilityError:
    return paginate(replace(form, fields=form.fields[:-2]), terminal)


def all_on_one_page(form: FormInformation, terminal: Capabilities) -> tuple[FormInformation, ...]:
    return (form,)


def without_terms(form: FormInformation, terminal: Capabilities) -> tuple[FormInformation, ...] | CapabilityError:
    return paginate(replace(form, terms=None), terminal)


@pytest.mark.parametrize("broken", [without_last_field, all_on_one_page, without_terms])
def test_a_lost_field_is_noticed(broken: Paginate) -> None:
    check_complete(paginate, FORM, COMPACT)
    with pytest.raises(AssertionError):
        check_complete(broken, FORM, COMPACT)


@pytest.mark.parametrize(("name", "pages"), [("html", 1), ("json", 1), ("plain_text", 2), ("compact_html", 2)])
def test_the_pages_of_a_form_with_ten_fields(name: str, pages: int) -> None:
    spread = paginate(FORM, CAPABILITIES[name])
    assert isinstance(spread, tuple)
    assert len(spread) == pages


def test_an_optional_field_that_fits_nowhere_is_left_out_and_a_required_one_is_an_error() -> None:
    long = FormField("long", "x" * 41)
    form = FormInformation((FIELDS[0], long, FIELDS[1]))
    assert paginate(form, COMPACT) == (FormInformation(FIELDS[:2]),)
    form = FormInformation((FIELDS[0], replace(long, required=True)))
    assert paginate(form, COMPACT) == CapabilityError("label_1", "contents")


def test_a_required_field_that_fits_only_alone_gets_a_page() -> None:
    narrow = replace(COMPACT, max_options=1)
    pages = paginate(FormInformation(FIELDS[:3]), narrow)
    assert isinstance(pages, tuple)
    assert [page.fields for page in pages] == [(field,) for field in FIELDS[:3]]


def test_page_numbers_of_two_digits_fit_as_well() -> None:
    form = FormInformation(tuple(FormField(f"f{n}", "Q", required=True) for n in range(11)))
    spread = set()
    for max_bytes in range(400, 700):
        narrow = replace(COMPACT, max_options=1, max_bytes=max_bytes)
        check_complete(paginate, form, narrow)
        spread.add(isinstance(paginate(form, narrow), tuple))
    assert spread == {True, False}


def test_terms_get_a_page_of_their_own_if_need_be() -> None:
    form = replace(FORM, fields=FIELDS[:2])
    low = next(t for rows in range(1, 60) if isinstance(paginate(form, t := replace(COMPACT, rows=rows)), tuple))
    pages = paginate(form, low)
    assert isinstance(pages, tuple)
    assert pages[-1].fields == ()
    check_complete(paginate, form, low)


def test_invalid_terms() -> None:
    assert paginate(replace(FORM, terms="javascript:alert(1)"), COMPACT) == CapabilityError("terms", "contents")


def test_a_form_of_no_fields_is_one_page() -> None:
    assert paginate(FormInformation(()), COMPACT) == (FormInformation(()),)
