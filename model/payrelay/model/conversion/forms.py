"""Long forms over several pages (claim 13, P37)."""

from dataclasses import replace

from payrelay.model.conversion.capabilities import Capabilities
from payrelay.model.conversion.information import FormField, FormInformation, Kind
from payrelay.model.conversion.summary import CapabilityError, convert


def paginate(form: FormInformation, capabilities: Capabilities) -> tuple[FormInformation, ...] | CapabilityError:
    """Spread a form over pages that fit, in its order, with the terms on the last one.

    A field that fits on no page is left out if the authority does not require it, and an error if it does.
    """
    # No form has more pages than this, so a page that fits with these numbers fits with its own.
    most = len(form.fields) + 1
    probe = replace(form, terms=None, terms_digest=None, page=most, pages=most)

    def misfit(page: FormInformation) -> CapabilityError | None:
        outcome = convert(Kind.FORM, page, capabilities)
        return outcome if isinstance(outcome, CapabilityError) else None

    pages: list[tuple[FormField, ...]] = [()]
    for field in form.fields:
        if misfit(replace(probe, fields=(*pages[-1], field))) is None:
            pages[-1] = (*pages[-1], field)
        elif (error := misfit(replace(probe, fields=(field,)))) is None:
            pages.append((field,))
        elif field.required:
            return error
    last = replace(form, page=most, pages=most)
    if misfit(replace(last, fields=pages[-1])) is not None:
        if error := misfit(replace(last, fields=())):
            return error
        pages.append(())
    return tuple(
        replace(form if number == len(pages) else probe, fields=fields, page=number, pages=len(pages))
        for number, fields in enumerate(pages, start=1)
    )
