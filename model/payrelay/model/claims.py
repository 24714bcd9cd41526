"""The sixteen claims, element by element: what in the model stands for each, and which properties it stands on.

Each claim is held against the model for itself: a dependent claim lists only the elements that it adds, and the
method of claim 15 and the system of claim 16 repeat the parties of claim 1, because they are claimed without it.
This reads the model; it is no opinion on any patent.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Element:
    """A part of a claim."""

    text: str
    """In the claim's words, shortened."""
    model: str
    """What stands for it in the model."""
    properties: tuple[str, ...]
    """The names of the properties that it stands on."""
    wire: str
    """What a test of an implementation sees of it."""
    remark: str = ""


@dataclass(frozen=True)
class Claim:
    """A claim."""

    number: int
    elements: tuple[Element, ...]


PARTIES = (
    Element(
        text="a user terminal connectable to a network and used to take a payment procedure for a transaction",
        model="the role terminal, its links terminal_edge and direct_edge",
        properties=("a_purchase_can_complete",),
        wire="A whole purchase, from the order to the page that says approved, seen from the terminal.",
    ),
    Element(
        text="a shop server used to produce payment information including amounts to be paid by said user",
        model="the roles shop_order and shop_attempt; PaymentInfoMessage",
        properties=("payment_information_has_the_amount_of_the_order",),
        wire="The amount in the payment information is the total of the order.",
    ),
    Element(
        text="a payment server used to perform payment processing for said transaction",
        model="the roles payment_authorization and payment_account",
        properties=("the_payment_server_processes_payments", "a_debit_follows_a_request_of_the_shop"),
        wire="Authorization requests are answered by signed receipts: approved, declined, rejected, void.",
    ),
    Element(
        text="a wallet server having authentication information of said user required for said payment processing",
        model="the role enrolment at the wallet; AuthInfo",
        properties=("a_wallet_pays_only_for_whom_it_holds_authentication_information",),
        wire="For a user who is not enrolled the wallet sends no PaymentRequest.",
    ),
    Element(
        text="... and making a request of said payment server through said shop for said payment processing",
        model="PaymentRequest on wallet_shop, AuthorizationRequest on shop_payment; no link joins wallet and payment",
        properties=("the_payment_server_is_asked_through_the_shop", "no_link_joins_wallet_and_payment_server"),
        wire="The same attempt is named on both legs, and nothing goes from a wallet to a payment server.",
    ),
)
"""The preamble of claims 1, 15 and 16."""

TRANSFER_OF_PAYMENT_INFORMATION = (
    "payment_information_is_forwarded_to_the_wallet",
    "payment_information_is_forwarded_unchanged",
    "the_relay_lies_on_every_way_of_payment_information_and_consent",
)
TRANSFER_OF_PROCESSING_REQUESTS = (
    "payment_processing_requests_are_forwarded_to_the_wallet",
    "payment_processing_requests_are_not_invented",
    "the_relay_lies_on_every_way_of_payment_information_and_consent",
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        1,
        (
            *PARTIES,
            Element(
                text="a redirecting section which transfers, when having received procedure requesting information "
                "from said user terminal, said procedure requesting information to said shop server",
                model="relay_procedure: ProcedureRequest to ForwardedProcedureRequest, sent by the redirecting section",
                properties=(
                    "procedure_requests_are_forwarded_to_the_shop",
                    "procedure_requests_are_not_invented",
                    "transfers_are_made_by_the_redirecting_section",
                ),
                wire="A request at the relay is followed by one at the shop for the same order; else there is silence.",
            ),
            Element(
                text="when having received said payment information from said shop server having acquired said "
                "procedure requesting information",
                model="shop_attempt: PaymentInfoMessage is sent only as the answer to ForwardedProcedureRequest",
                properties=("payment_information_follows_the_request_for_it",),
                wire="The order of the two messages, and the transaction and the order that both name.",
            ),
            Element(
                text="transfers said payment information to said wallet server",
                model="relay_procedure: PaymentInfoMessage to ForwardedPaymentInfo, sent by the redirecting section",
                properties=(
                    *TRANSFER_OF_PAYMENT_INFORMATION,
                    "payment_information_goes_to_one_wallet",
                    "transfers_are_made_by_the_redirecting_section",
                ),
                wire="With shop and wallet played by the test: the same bytes arrive, at one wallet.",
            ),
        ),
    ),
    Claim(
        2,
        (
            Element(
                text="said user terminal has no function of transferring said payment information to said wallet "
                "server",
                model="the role terminal has no row that sends payment information, and no link to a wallet",
                properties=(
                    "the_terminal_has_no_link_to_a_wallet_nor_one_for_payment_information",
                    "the_terminal_emits_no_payment_information",
                ),
                wire="No request of the terminal has a part of the payment information in it.",
                remark="That a function is absent can be refuted on a wire, never shown.",
            ),
        ),
    ),
    Claim(
        3,
        (
            Element(
                text="said user terminal is able to carry out direct communication with said shop server",
                model="the link direct_edge: OrderPlace and OrderAck",
                properties=("the_terminal_can_speak_with_the_shop_directly",),
                wire="Traffic between terminal and shop.",
            ),
            Element(
                text="except a direct receipt of said payment information from said shop server",
                model="PaymentInfoMessage is not in the alphabet of direct_edge, nor its parts in what it carries",
                properties=(
                    "the_terminal_has_no_link_to_a_wallet_nor_one_for_payment_information",
                    "the_terminal_never_receives_payment_information_directly",
                    "the_terminal_never_receives_payment_information",
                    "the_terminal_never_knows_payment_information",
                    "the_terminal_sees_the_same_whatever_the_secrets_are",
                ),
                wire="Signature and nonce of the payment information are marked, and are seen nowhere at the terminal.",
                remark="It is about the payment information itself (Q1): the amount that a page shows is meant to be "
                "seen.",
            ),
        ),
    ),
    Claim(
        4,
        (
            Element(
                text="a contents converting unit being operated when said relay server has received information "
                "transmitted from said wallet server toward said user terminal",
                model="relay_procedure: WalletOffer, ConfirmInfoMessage, ResultInfo to the pages made of them",
                properties=("every_page_has_a_source",),
                wire="With the wallet played by the test: no page without the information that it is made of.",
            ),
            Element(
                text="to select a predetermined information item out of said information, based on receiving "
                "capability of said user terminal",
                model="conversion: the capability chooses a template, and the template its items",
                properties=("items_are_selected_by_the_capability", "a_larger_terminal_is_shown_no_less"),
                wire="The same information, shown by two capabilities.",
            ),
            Element(
                text="to produce summarized information using said selected information item and to transmit said "
                "summarized information to said user terminal",
                model="conversion.convert and render; the pages of terminal_edge, sent by the converting unit",
                properties=(
                    "accepted_information_reaches_the_user_as_its_page",
                    "no_page_is_larger_than_the_terminal_can_take",
                    "nothing_crosses_the_relay_but_by_its_sections",
                ),
                wire="Length and media type of the page are what the terminal can take.",
            ),
        ),
    ),
    Claim(
        5,
        (
            Element(
                text="confirming information used for said user to confirm details of said transaction based on said "
                "payment information transmitted from said shop server to said wallet server",
                model="wallet_procedure: ForwardedPaymentInfo to ConfirmInfoMessage",
                properties=("confirming_information_is_based_on_the_payment_information",),
                wire="With the relay played by the test: attempt and amount are those of the payment information.",
            ),
            Element(
                text="said predetermined item of said confirming information contains at least amounts to be paid",
                model="ConfirmSummary: the amount is a mandatory item of every template for confirming",
                properties=(
                    "the_confirmation_shows_the_amount_of_the_payment_information",
                    "items_are_selected_by_the_capability",
                ),
                wire="The page, read by its template, has the amount.",
            ),
        ),
    ),
    Claim(
        6,
        (
            Element(
                text="said summarized information is generated in accordance with a template in which insertion of "
                "said predetermined information item is set in advance and said predetermined item is placed in a "
                "predetermined position",
                model="conversion.templates: literal text and slots, so that a page can be read back",
                properties=("pages_are_their_templates",),
                wire="One regular expression, derived from the published template, matches the whole page.",
            ),
        ),
    ),
    Claim(
        7,
        (
            Element(
                text="said confirming information contains an identifier used to identify said payment procedure",
                model="ConfirmInfo.proc_key",
                properties=(
                    "the_confirmation_identifies_its_procedure",
                    "two_procedures_are_shown_under_two_identifiers",
                ),
                wire="Two procedures of one terminal are shown under two identifiers.",
            ),
            Element(
                text="said predetermined information item of said template contains said identifier",
                model="ConfirmSummary: the identifier is a mandatory item of every template for confirming",
                properties=("the_confirmation_identifies_its_procedure", "items_are_selected_by_the_capability"),
                wire="The page, read by its template, has the identifier.",
            ),
        ),
    ),
    Claim(
        8,
        (
            Element(
                text="a first communicating section used to carry out communication with said user terminal",
                model="the section `first` of the link terminal_edge",
                properties=("terminals_and_servers_are_reached_by_different_sections",),
                wire="The interface that answers terminals is another than the one that servers reach.",
            ),
            Element(
                text="a second communicating section used to carry out communication with each of said shop servers, "
                "wallet servers and registration authorities",
                model="the section `second` of the links relay_shop, relay_wallet, relay_authority",
                properties=(
                    "terminals_and_servers_are_reached_by_different_sections",
                    "each_wallet_can_be_chosen",
                ),
                wire="A run with several servers, all reached from the second interface.",
                remark="Of the servers of which there may be several, the search runs several wallets; several shops "
                "and authorities are left to a test on a wire.",
            ),
            Element(
                text="... and settlement institutions",
                model="the link relay_payment, with SettlementStatusInquiry and SettlementStatus if switched on",
                properties=("the_relay_can_ask_the_settlement_institution",),
                wire="With the switch, the payment server is asked by the relay; without it, there is no traffic.",
                remark="edge declared, no message, unless relay_asks_payment_server (configuration claim_8_literally)",
            ),
            Element(
                text="a control section used to control said communication with each of first and second "
                "communicating sections",
                model="the role relay_procedure itself; every message that it sends says which part sent it",
                properties=("nothing_crosses_the_relay_but_by_its_sections",),
                wire="Each entry of the relay's log says which part of it sent the message.",
            ),
        ),
    ),
    Claim(
        9,
        (
            Element(
                text="said payment server, when said payment procedure has terminated, transmits result information "
                "showing termination of said payment processing through said wallet server",
                model="Receipt in AuthorizationResponse, PaymentResponse and ResultInfo",
                properties=(
                    "what_the_payment_server_signed_reaches_the_relay",
                    "every_result_shown_came_through_the_wallet",
                ),
                wire="No result without a receipt from the wallet, and the same outcome in both.",
                remark="The receipt takes the way of the request back: payment server, shop, wallet, relay (Q7).",
            ),
            Element(
                text="... toward said user terminal",
                model="ResultInfo to ResultSummary",
                properties=("every_page_has_a_source", "the_result_is_delivered_to_a_user_who_asks"),
                wire="The page at the terminal shows the outcome that the wallet brought.",
            ),
        ),
    ),
    Claim(
        10,
        (
            Element(
                text="when the time required from when said relay server has received a response for said confirming "
                "information to when said relay server has received said result information exceeds a predetermined "
                "period of time",
                model="relay_procedure in `settling`: the timer hold_time",
                properties=(
                    "progress_is_shown_once_the_period_is_over",
                    "progress_is_shown_only_while_a_result_is_awaited",
                ),
                wire="The result is delayed by a little less than the period, a little more, and five times the "
                "period.",
                remark="The model has no clock: that the page comes in time, and not before, is seen on a wire.",
            ),
            Element(
                text="communicating information used to continue communication between said relay server and said "
                "user terminal is exchanged with said user terminal until time of receipt of said result information",
                model="ProgressSummary and ProgressInquiry, again and again in `settling`",
                properties=("progress_is_shown_only_until_the_result",),
                wire="Before the result only progress pages, after it only results.",
            ),
        ),
    ),
    Claim(
        11,
        (
            Element(
                text="said communicating information contains information enabling said user to make an inquiry about "
                "a progress of said payment processing",
                model="ProgressSummary.inquiry_token",
                properties=("the_progress_page_enables_the_inquiry",),
                wire="The link of the page is followed, and leads to an answer.",
            ),
            Element(
                text="... and information showing said inquiry made, of said relay server, by said user having "
                "obtained said information",
                model="ProgressInquiry",
                properties=(
                    "an_inquiry_follows_the_page_that_enables_it",
                    "every_inquiry_is_answered",
                    "the_result_is_delivered_to_a_user_who_asks",
                ),
                wire="An inquiry is answered by progress or by the result; a token of another procedure is refused.",
            ),
        ),
    ),
    Claim(
        12,
        (
            Element(
                text="said payment system has a registration authority to produce said authentication information of "
                "said user",
                model="the role registration_authority; AuthenticationInfo",
                properties=("a_registration_can_end_in_every_way",),
                wire="A whole registration, with authority and wallet played by the test.",
            ),
            Element(
                text="when said relay server has received said authentication information from said registration "
                "authority, said redirecting section is operated to transfer said authentication information to said "
                "wallet server",
                model="registration_relay: AuthenticationInfo to ForwardedAuthenticationInfo, by the redirecting "
                "section",
                properties=(
                    "authentication_information_is_forwarded_to_the_wallet",
                    "authentication_information_is_forwarded_unchanged",
                    "authentication_information_is_forwarded_by_the_redirecting_section",
                    "authentication_information_goes_to_the_named_wallet_only",
                    "authentication_information_goes_to_no_terminal_shop_or_payment_server",
                    "no_terminal_knows_authentication_information",
                ),
                wire="The same bytes arrive at the wallet that the user named, and nowhere else.",
            ),
        ),
    ),
    Claim(
        13,
        (
            Element(
                text="said information out of which said predetermined item is to be selected is information that "
                "said registration authority transmits through said relay server toward said user terminal",
                model="registration_relay: RegistrationForm to FormSummary, page by page",
                properties=("every_form_shown_is_the_authority_s", "every_required_question_is_shown_on_some_page"),
                wire="A small terminal is asked everything that must be answered.",
            ),
            Element(
                text="... to produce said authentication information",
                model="FormAnswers to ForwardedFormAnswers; AuthenticationInfo is the answer to them",
                properties=(
                    "answers_reach_the_authority_as_the_user_gave_them",
                    "no_round_lacks_a_required_answer",
                    "a_registration_can_end_in_every_way",
                ),
                wire="The answers at the authority are those given at the terminal.",
            ),
        ),
    ),
    Claim(
        14,
        (
            Element(
                text="said payment system is provided with a plurality of said wallet servers",
                model="configurations with wallets=2 and more",
                properties=("each_wallet_can_be_chosen",),
                wire="Two wallets, each chosen in one of two runs.",
            ),
            Element(
                text="said information out of which said predetermined item is to be selected is information used by "
                "said user to select said wallet server out of said plurality of said wallet servers",
                model="WalletOffer to WalletSelectSummary; WalletChoice",
                properties=(
                    "every_page_has_a_source",
                    "only_wallets_that_offered_are_shown",
                    "the_chosen_wallet_gets_the_payment_information",
                ),
                wire="The page offers the wallets that made an offer, and the one that is chosen is asked.",
                remark="The relay asks every wallet that may do, and merges what they offer (Q4).",
            ),
            Element(
                text="said wallet server for said payment",
                model="ForwardedPaymentInfo goes to the wallet that was chosen",
                properties=(
                    "payment_information_goes_to_one_wallet",
                    "wallets_not_chosen_know_no_payment_information",
                ),
                wire="Only the wallet that was chosen sees payment information.",
            ),
        ),
    ),
    Claim(
        15,
        (
            *PARTIES,
            Element(
                text="a step of transferring said payment information transmitted from said shop server to said wallet "
                "server",
                model="relay_procedure: PaymentInfoMessage to ForwardedPaymentInfo",
                properties=TRANSFER_OF_PAYMENT_INFORMATION,
                wire="With shop and wallet played by the test: the same bytes arrive.",
            ),
            Element(
                text="a step of transferring payment processing request transmitted from said user terminal to said "
                "wallet server",
                model="relay_procedure: PaymentProcessingRequest to ForwardedPaymentProcessingRequest",
                properties=TRANSFER_OF_PROCESSING_REQUESTS,
                wire="What the user confirmed at the terminal arrives at the wallet unchanged.",
            ),
        ),
    ),
    Claim(
        16,
        (
            *PARTIES,
            Element(
                text="a redirecting section used to transfer, when said payment information is received from said "
                "shop server, said payment information to said wallet server",
                model="relay_procedure: PaymentInfoMessage to ForwardedPaymentInfo, sent by the redirecting section",
                properties=(*TRANSFER_OF_PAYMENT_INFORMATION, "transfers_are_made_by_the_redirecting_section"),
                wire="With shop and wallet played by the test: the same bytes arrive.",
                remark="The claim does not say that the redirecting section is in a relay server; in the model it is.",
            ),
            Element(
                text="... and, when a payment processing request is received from said user terminal, said request to "
                "said wallet server",
                model="relay_procedure: PaymentProcessingRequest to ForwardedPaymentProcessingRequest, sent by the "
                "redirecting section",
                properties=(*TRANSFER_OF_PROCESSING_REQUESTS, "transfers_are_made_by_the_redirecting_section"),
                wire="What the user confirmed at the terminal arrives at the wallet unchanged.",
            ),
        ),
    ),
)
"""The claims. Where a claim leaves something open, the reading is the one that docs/protocol.md gives under Q."""
