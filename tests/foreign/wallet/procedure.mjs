// The machine of one attempt to pay, at the wallet: asks for consent, requests payment, brings the result.
//
// Its point of no return is `requested`: from then on the wallet says only what the payment server signed, and says the
// request again, the same bytes, until it hears that. So `requested`, `done` and `cancelled` are kept with the letters
// that are said again. `await_consent` and `rejected` are forgotten in a restart: nothing of them was promised.

import { PASSED_OVER, machine } from "./machine.mjs";
import { digest, freshIdentifier, isSignedBy, roleOf } from "./security.mjs";
import { volatile } from "./store.mjs";
import { equal } from "./strict_json.mjs";

const OUTCOMES = ["approved", "declined", "rejected", "void"];

const passOver = () => PASSED_OVER;
const sayAnswer = ({ answer }) => ({ send: [answer] });

/** Nothing is known of this transaction: what a machine begins with. */
export const idle = (relay, relay_txn) => ({ state: "idle", relay, relay_txn });

// idle

function takePaymentInfo(procedure, event, craft) {
  const reason = whyNotPayable(procedure, event);
  return reason ? reject(procedure, event, craft, reason) : askToConfirm(procedure, event, craft);
}

/** The guard is_payable, told as the reason why not. */
function whyNotPayable({ relay_txn }, { info, enrolment, isUnseen, knowsShop, knowsPaymentServer }) {
  if (!enrolment) return "NOT_ENROLLED";
  const { proc_key, order_ref, brands, payment_server } = info.content ?? {};
  const isPayable =
    isSignedBy(info, proc_key?.shop) &&
    !info.isExpired &&
    isUnseen &&
    info.content.relay_txn === relay_txn &&
    order_ref.shop === proc_key.shop &&
    roleOf(proc_key.shop) === "shop" &&
    knowsShop &&
    roleOf(payment_server) === "payment" &&
    knowsPaymentServer &&
    brands.some((brand) => enrolment.brands.includes(brand)) &&
    enrolment.instruments.length > 0;
  return isPayable ? undefined : "NOT_PAYABLE";
}

function reject(procedure, event, craft, reason = "NOT_PAYABLE") {
  const { relay, relay_txn } = procedure;
  const answer = craft.letter(relay, "relay_wallet", "WalletReject", { relay_txn, reason });
  return { next: volatile({ state: "rejected", relay, relay_txn, answer }), send: [answer] };
}

function askToConfirm(procedure, { message, info, enrolment }, craft) {
  const { relay, relay_txn } = procedure;
  const { proc_key, amount, payee_name } = info.content;
  const wallet_nonce = freshIdentifier();
  const [instrument_label] = enrolment.instruments;
  const confirmInfo = {
    proc_key,
    amount,
    payee_name,
    instrument_label,
    info_digest: digest(message.payment_info),
    wallet_nonce,
  };
  const confirm_info = craft.signed("ConfirmInfo", confirmInfo, relay);
  const answer = craft.letter(relay, "relay_wallet", "ConfirmInfoMessage", { relay_txn, confirm_info });
  const next = {
    state: "await_consent",
    relay,
    relay_txn,
    proc_key,
    message,
    info: info.content,
    expires: info.expires,
    since: craft.now(),
    wallet_nonce,
    auth: enrolment.auth,
    answer,
  };
  return { next: volatile(next), send: [answer], seen: proc_key };
}

/**
 * A restart has forgotten the rest, or there never was any: nothing was requested for this, and nothing will be. So the
 * key may not come again under another transaction, either.
 */
function refuseUnknown({ relay, relay_txn }, { message }, craft) {
  const answer = refusal(craft, relay, relay_txn, "failed");
  return {
    next: { state: "cancelled", relay, relay_txn, was_cancelled: false, answer },
    send: [answer],
    seen: message.consent.shown.proc_key,
  };
}

/**
 * A tombstone: the payment information may be on its way. What is acknowledged here will not be paid, so the key is
 * used up, under whatever transaction it may come.
 */
function rememberCancel({ relay, relay_txn }, { message: { proc_key } }, craft) {
  const answer = craft.letter(relay, "relay_wallet", "CancelAck", { relay_txn });
  return {
    next: { state: "cancelled", relay, relay_txn, was_cancelled: true, answer },
    send: [answer],
    seen: proc_key,
  };
}

// await_consent

/** is_same_info: the same message; else the key is in use for another payment. */
const confirmAgain = ({ message, answer }, event) => (equal(message, event.message) ? { send: [answer] } : PASSED_OVER);

async function takeConsent(procedure, event, craft) {
  if (!isConsentToOwn(procedure, event)) return refuseConsent(procedure, craft, "failed");
  if (!isCurrent(procedure, craft)) return refuseConsent(procedure, craft, "expired");
  return requestPayment(procedure, craft);
}

/** Exactly what was to be confirmed, here; and by the user, if the user has a word to pay with. */
function isConsentToOwn({ info, auth }, { message: { receiver, consent }, userAuth }) {
  const { proc_key, amount, payee_name } = info;
  return (
    equal(consent.shown, { proc_key, amount, payee_name, wallet: receiver }) &&
    (auth.user_auth === undefined || auth.user_auth === userAuth)
  );
}

const isCurrent = ({ expires }, craft) => expires === null || craft.now() < expires;

async function requestPayment({ relay, relay_txn, proc_key, info, wallet_nonce, auth }, craft) {
  const { amount, order_ref, order_digest, shop_nonce, payment_server } = info;
  const order_info = { proc_key, order_ref, order_digest, shop_nonce, wallet_nonce };
  const order_info_hash = digest(order_info);
  const instruction = await craft.sealed(
    "PaymentInstruction",
    { proc_key, amount, order_digest, order_info_hash, account: auth.account },
    payment_server,
  );
  const signature = { order_info_hash, instruction_hash: digest(instruction), payment_server, proc_key, amount };
  const request = craft.letter(proc_key.shop, "wallet_shop", "PaymentRequest", {
    proc_key,
    order_info,
    instruction,
    certificate: auth.certificate,
    dual_signature: craft.signed("DualSignature", signature, proc_key.shop),
  });
  const next = { state: "requested", relay, relay_txn, proc_key, amount, payment_server, since: craft.now(), request };
  return { next, send: [request] };
}

function refuseConsent(procedure, craft, outcome) {
  const { relay, relay_txn, proc_key } = procedure;
  const answer = refusal(craft, relay, relay_txn, outcome);
  return {
    next: { state: "cancelled", relay, relay_txn, proc_key, was_cancelled: false, answer },
    send: [answer, abort(procedure, craft)],
  };
}

function acknowledgeCancel(procedure, event, craft) {
  const { relay, relay_txn, proc_key } = procedure;
  const answer = craft.letter(relay, "relay_wallet", "CancelAck", { relay_txn });
  return {
    next: { state: "cancelled", relay, relay_txn, proc_key, was_cancelled: true, answer },
    send: [answer, abort(procedure, craft)],
  };
}

/** Nobody asks, so nobody is told but the shop; who asks later hears that it has expired. */
function expire(procedure, event, craft) {
  const { relay, relay_txn, proc_key } = procedure;
  const answer = refusal(craft, relay, relay_txn, "expired");
  return {
    next: { state: "cancelled", relay, relay_txn, proc_key, was_cancelled: false, answer },
    send: [abort(procedure, craft)],
  };
}

const refusal = (craft, relay, relay_txn, outcome) =>
  craft.letter(relay, "relay_wallet", "WalletRefusal", { relay_txn, outcome });

const abort = ({ proc_key, info }, craft) =>
  craft.letter(proc_key.shop, "wallet_shop", "ProcedureAbort", { order_ref: info.order_ref, proc_key });

// requested

const requestAgain = ({ request }) => ({ send: [request] });

function bringResult(procedure, { message, receipt }, craft) {
  if (!isReceiptTrue(procedure, receipt)) return PASSED_OVER;
  const { relay, relay_txn, proc_key } = procedure;
  const answer = craft.letter(relay, "relay_wallet", "ResultInfo", { relay_txn, receipt: message.receipt });
  return { next: { state: "done", relay, relay_txn, proc_key, answer }, send: [answer] };
}

/** What the payment server signed for this attempt. */
const isReceiptTrue = ({ proc_key, amount, payment_server }, receipt) =>
  isSignedBy(receipt, payment_server) &&
  equal(receipt.content.proc_key, proc_key) &&
  equal(receipt.content.amount, amount) &&
  OUTCOMES.includes(receipt.content.outcome);

// cancelled

const sayRefused = ({ was_cancelled, answer }) => (was_cancelled ? PASSED_OVER : { send: [answer] });

/** It stays cancelled, and says that it will not pay. */
const rejectCancelled = (procedure, event, craft) => ({ send: reject(procedure, event, craft).send });

export const stepProcedure = machine({
  idle: {
    ForwardedPaymentInfo: takePaymentInfo,
    ForwardedPaymentProcessingRequest: refuseUnknown,
    ForwardedCancel: rememberCancel,
  },
  await_consent: {
    ForwardedPaymentInfo: confirmAgain,
    ForwardedPaymentProcessingRequest: takeConsent,
    ForwardedCancel: acknowledgeCancel,
    info_expiry: expire,
  },
  requested: {
    ForwardedPaymentInfo: passOver,
    ForwardedPaymentProcessingRequest: passOver,
    ForwardedCancel: passOver,
    PaymentResponse: bringResult,
    retry_time: requestAgain,
  },
  done: {
    ForwardedPaymentInfo: passOver,
    ForwardedPaymentProcessingRequest: sayAnswer,
    ForwardedCancel: sayAnswer,
    PaymentResponse: passOver,
  },
  cancelled: {
    ForwardedPaymentInfo: rejectCancelled,
    ForwardedPaymentProcessingRequest: sayRefused,
    ForwardedCancel: sayAnswer, // the acknowledgement, or the refusal
  },
  rejected: {
    ForwardedPaymentInfo: sayAnswer,
    ForwardedPaymentProcessingRequest: passOver,
    ForwardedCancel: passOver,
  },
});
