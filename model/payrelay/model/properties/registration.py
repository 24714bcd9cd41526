"""What registration promises (claims 12 and 13), and what the user may believe of it (§ 2.3, X13)."""

from __future__ import annotations

from typing import Any

from payrelay.language.properties import (
    Accepted,
    AtMostOnce,
    Excludes,
    Fairness,
    In,
    Never,
    Occurred,
    Possible,
    Precedes,
    Property,
    Received,
    Resettable,
    Responds,
    Sent,
    Variable,
)
from payrelay.language.terms import Symbol
from payrelay.model.conversion import FormInformation, Kind, Summary, convert, paginate
from payrelay.model.data import AuthInfo
from payrelay.model.messages.registration import (
    AuthenticationInfo,
    AuthInfoStored,
    FormAnswers,
    FormSummary,
    ForwardedAuthenticationInfo,
    ForwardedFormAnswers,
    RegistrationForm,
    RegistrationRequest,
)
from payrelay.model.occurrences import (
    CertificateActive,
    CertificateIssued,
    RegistrationShown,
    TryMade,
    TryUsed,
)
from payrelay.model.properties.terms import no_registration
from payrelay.model.roles.registration_authority import AuthorityData
from payrelay.model.roles.registration_terminal import RegistrationTerminalData
from payrelay.model.sections import REDIRECTING

DELIVERY = Fairness("what is sent again and again arrives", of="delivery", strong=True)
RETRIES = Fairness(
    "a retry timer that may run out again and again does", of="timers", strong=True, only=("retry_time",)
)

_NUMBER = Variable("registration")
"""The name that all symbols of one registration have."""
_REG_ID, _ROUND, _CONTENT, _WALLET = (Variable(name) for name in ("reg_id", "round", "content", "wallet"))


def is_auth_info(part: object) -> bool:
    """Authentication information, or its private part."""
    return isinstance(part, AuthInfo) or (isinstance(part, Symbol) and part.kind in ("secret", "enrolment_nonce"))


def is_negative(result: object) -> bool:
    """Anything that a terminal shows as the end of a registration but success; error pages, too."""
    return result != "ok"


auth_info_forwarded = Property(
    name="authentication_information_is_forwarded_to_the_wallet",
    label="P32",
    says="Authentication information that the relay has taken from the authority arrives at the wallet.",
    claims=(12,),
    conjuncts=(
        Responds(
            Accepted("relay", {"reg_id": _REG_ID}, AuthenticationInfo),
            (Received("wallet", {"reg_id": _REG_ID}, ForwardedAuthenticationInfo, "relay"),),
            under=(DELIVERY, RETRIES),
        ),
    ),
    variant="broken_registration_forwarding",
)
auth_info_unchanged = Property(
    name="authentication_information_is_forwarded_unchanged",
    label="P33",
    says="The relay sends a wallet only authentication information that it received, unchanged, from the authority.",
    claims=(12,),
    conjuncts=(
        Precedes(
            Sent("relay", {"reg_id": _REG_ID, "auth_info": _CONTENT}, ForwardedAuthenticationInfo),
            (Received("relay", {"reg_id": _REG_ID, "auth_info": _CONTENT}, AuthenticationInfo, "authority"),),
        ),
    ),
    variant="broken_registration_auth_info_altered",
)
auth_info_redirected = Property(
    name="authentication_information_is_forwarded_by_the_redirecting_section",
    label="P7g",
    says="Authentication information goes to the wallet by the relay's redirecting section.",
    claims=(12,),
    conjuncts=(
        Precedes(
            Sent("relay", {"reg_id": _REG_ID}, ForwardedAuthenticationInfo),
            (Sent("relay", {"reg_id": _REG_ID}, ForwardedAuthenticationInfo, by=REDIRECTING),),
        ),
    ),
    variant="broken_registration_section",
)
auth_info_confined = Property(
    name="authentication_information_goes_to_no_terminal_shop_or_payment_server",
    label="P34",
    says="No message to a terminal, a shop or a payment server contains authentication information, even unreadable.",
    claims=(12,),
    conjuncts=tuple(Never(Sent(to=role, carrying=is_auth_info)) for role in ("terminal", "shop", "payment")),
    variant="broken_registration_auth_info_shown",
)
auth_info_unknown_to_terminal = Property(
    name="no_terminal_knows_authentication_information",
    label="P34k",
    says="A terminal can read authentication information in nothing that it receives.",
    claims=(12,),
    conjuncts=(Never(Received("terminal", readable=is_auth_info)),),
    variant="broken_registration_auth_info_shown",
)
named_wallet_only = Property(
    name="authentication_information_goes_to_the_named_wallet_only",
    label="P35",
    says="Authentication information is sent to the wallet that the user named and the authority made it for.",
    claims=(12,),
    conjuncts=(
        Precedes(
            Sent("relay", {"procedure": Variable("procedure"), "receiver": _WALLET}, ForwardedAuthenticationInfo),
            (
                Accepted(
                    "relay", {"procedure": Variable("procedure"), "wallet": _WALLET}, RegistrationRequest, ("idle",)
                ),
            ),
        ),
        Precedes(
            Sent("relay", {"reg_id": _REG_ID, "receiver": _WALLET}, ForwardedAuthenticationInfo),
            (Received("relay", {"reg_id": _REG_ID, "auth_info.wallet": _WALLET}, AuthenticationInfo, "authority"),),
        ),
    ),
    variant="broken_registration_other_wallet",
)
form_has_source = Property(
    name="every_form_shown_is_the_authority_s",
    label="P36",
    says="The relay shows a form only if it has taken one from the authority for this registration.",
    claims=(13,),
    conjuncts=(
        Precedes(
            Sent("relay", {"handle.name": _NUMBER}, FormSummary),
            (Accepted("relay", {"reg_txn.name": _NUMBER}, RegistrationForm, ("wait_form",), ("wait_answers",)),),
        ),
    ),
    variant="broken_registration_form_invented",
)


def hidden_questions(system: Any) -> str | None:
    """The first question that must be answered and is on no page of some terminal, in a sentence."""
    machines = [local.data for instance in system.instances for local in instance.initial]
    for identity in {data.identity for data in machines if isinstance(data, AuthorityData)}:
        form = FormInformation(identity.fields, identity.terms, identity.terms_digest)
        for capabilities in {data.capabilities for data in machines if isinstance(data, RegistrationTerminalData)}:
            pages = paginate(form, capabilities)
            summaries = [convert(Kind.FORM, page, capabilities) for page in pages] if isinstance(pages, tuple) else []
            shown = {text for page in summaries if isinstance(page, Summary) for _, _, text in page.slots}
            for field in identity.fields:
                if field.required and not {field.name, field.label} <= shown:
                    return f"{identity.authority} asks '{field.name}', and no page of {capabilities.media} shows it"
    return None


required_questions_shown = Property(
    name="every_required_question_is_shown_on_some_page",
    label="P37",
    says="The pages that a terminal is shown of a form have, together, every question that must be answered.",
    claims=(13,),
    level="function",
    check=hidden_questions,
)
required_answers_given = Property(
    name="no_round_lacks_a_required_answer",
    label="P37a",
    says="The relay sends the authority no round of answers in which one that must be given is missing.",
    claims=(13,),
    conjuncts=(
        Never(Sent("relay", {"holder": None}, ForwardedFormAnswers)),
        Never(Sent("relay", {"account": None}, ForwardedFormAnswers)),
    ),
    variant="broken_registration_incomplete",
)
answers_unchanged = Property(
    name="answers_reach_the_authority_as_the_user_gave_them",
    label="P38",
    says="Every answer in a round is one that a terminal gave for this round of this registration.",
    claims=(13,),
    conjuncts=tuple(
        Precedes(
            Sent("relay", {"reg_id": _REG_ID, "round": _ROUND, question: _CONTENT}, ForwardedFormAnswers),
            (Received("relay", {"reg_id": _REG_ID, "round": _ROUND, question: _CONTENT}, FormAnswers, "terminal"),),
        )
        for question in ("holder", "account")
    ),
    variant="broken_registration_answers_altered",
)

registered_is_active = Property(
    name="who_is_told_registered_has_an_active_certificate",
    label="X13",
    says="If the terminal shows that the registration succeeded, the certificate is active.",
    conjuncts=(
        Precedes(
            Occurred("terminal", {"handle.name": _NUMBER, "result": "ok"}, RegistrationShown),
            (Occurred("authority", {"reg_id.name": _NUMBER}, CertificateActive),),
        ),
    ),
    variant="broken_registration_result_before_activation",
    source="engineering",
)
refused_is_never_active = Property(
    name="who_is_told_not_registered_never_has_an_active_certificate",
    label="X13n",
    says="If the terminal shows anything but success for a registration, its certificate is never active.",
    conjuncts=(
        Excludes(
            Occurred("terminal", {"handle.name": _NUMBER, "result": is_negative}, RegistrationShown),
            Occurred("authority", {"reg_id.name": _NUMBER}, CertificateActive),
        ),
    ),
    variant="broken_registration_gives_up",
    source="engineering",
)
tries_are_the_users = Property(
    name="every_try_is_used_by_the_user",
    label="X13t",
    says="A try is used up once and by answers of the user, and who is told that none is left has made the last one.",
    conjuncts=(
        AtMostOnce(Occurred("authority", {"reg_id": _REG_ID, "round": _ROUND}, TryUsed)),
        Precedes(
            Occurred("authority", {"reg_id": _REG_ID, "round": _ROUND}, TryUsed),
            (Occurred("terminal", {"reg_id": _REG_ID, "round": _ROUND}, TryMade),),
        ),
        Precedes(
            Occurred(
                "terminal",
                {"handle.name": _NUMBER, "result": "rejected", "reason": "ANSWERS"},
                RegistrationShown,
            ),
            (Occurred("terminal", {"reg_id.name": _NUMBER, "is_last": True}, TryMade),),
        ),
    ),
    variant="broken_registration_rounds",
    source="engineering",
)
one_certificate = Property(
    name="a_registration_makes_one_certificate",
    label="X13c",
    says="However often answers are repeated, a registration makes one certificate.",
    conjuncts=(AtMostOnce(Occurred("authority", {"reg_id": _REG_ID}, CertificateIssued)),),
    variant="broken_registration_second_certificate",
    source="engineering",
)
active_is_held = Property(
    name="an_active_certificate_is_held_by_the_wallet",
    label="X13h",
    says="A certificate becomes active only after the wallet has said that it holds it.",
    conjuncts=(
        Precedes(
            Occurred("authority", {"reg_id": _REG_ID}, CertificateActive),
            (Sent("wallet", {"reg_id": _REG_ID, "refusal": ""}, AuthInfoStored),),
        ),
    ),
    variant="broken_registration_activation_unasked",
    source="engineering",
)
registration_can_finish = Property(
    name="a_registration_can_always_finish",
    label="X8r",
    says="Whatever has happened, every terminal that registers can still come to a result or an error page.",
    conjuncts=(Resettable((In("registration_terminal", ("done", "failed")),)),),
    source="engineering",
    variant="broken_registration_forwarding",
)
registration_completes = Property(
    name="a_registration_can_end_in_every_way",
    label="P0r",
    says="A registration can end in success, rejection, failure and cancellation.",
    claims=(12, 13),
    conjuncts=tuple(
        Possible(Occurred("terminal", {"result": result}, RegistrationShown))
        for result in ("ok", "rejected", "failed", "cancelled")
    ),
    absent=no_registration,
    variant="broken_registration_forwarding",
)

REGISTRATION_PROPERTIES = (
    auth_info_forwarded,
    auth_info_unchanged,
    auth_info_redirected,
    auth_info_confined,
    auth_info_unknown_to_terminal,
    named_wallet_only,
    form_has_source,
    required_questions_shown,
    required_answers_given,
    answers_unchanged,
    registered_is_active,
    refused_is_never_active,
    tries_are_the_users,
    one_certificate,
    active_is_held,
    registration_can_finish,
    registration_completes,
)
