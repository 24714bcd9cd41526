// The relay's machine of one attempt to pay (protocol.md, "Relay: procedure"): joins terminal, shop and wallet. Its
// point of no return is `settling`: from there on it says only what the wallet reported.

import {
  BEGIN_ANOTHER,
  Definition,
  enter,
  holdForResult,
  merge,
  PASSED_OVER,
  rows,
  sendAgain,
  sendUntilAnswered,
  showProgress,
  stay,
} from "./machine.mjs";
import { convert, convertChoice, fitsTerminal, writeAmount } from "./pages.mjs";
import { digest, equal } from "./strict_json.mjs";

const REJECTS = ["ALREADY_PAID", "IN_PAYMENT", "ORDER_EXPIRED", "UNKNOWN_ORDER"];
const WALLET_REJECTS = ["NOT_PAYABLE", "NOT_ENROLLED"];
const OUTCOMES = ["approved", "declined", "rejected", "void"];

export function newProcedure({ order_ref }) {
  return { kind: "procedure", state: "idle", order_ref };
}

const procKeyOf = ({ shop, proc_id }) => `proc_key ${shop} ${proc_id}`;

// ---- endings

function fail(m, code, context) {
  m.code = code;
  enter(m, "failed", context);
}

function settle(m, outcome, reason, context) {
  m.outcome = outcome;
  m.reason = reason;
  m.outstanding = m.holdAt = m.retryAt = undefined;
  m.payment_info = undefined; // its secrets are of no use any more
  enter(m, "settled", context);
}

/** Tell the shop that this attempt will not be paid: it need not wait. */
function abort(m, context) {
  context.send(m.order_ref.shop, "relay_shop", {
    message: "ProcedureAbort",
    order_ref: m.order_ref,
    relay_txn: m.relay_txn,
  });
}

/** Tell the wallet that the relay gave up; it tells the shop. */
function giveUp(m, context) {
  context.send(m.wallet, "relay_wallet", {
    message: "ForwardedCancel",
    relay_txn: m.relay_txn,
    proc_key: m.info.proc_key,
  });
}

// ---- the shop's part

function openProcedure(m, event, context) {
  if (!context.isPeer(m.order_ref.shop, "shop")) return fail(m, "BAD_REQUEST", context);
  if (!fitsTerminal(event.message.capabilities, context.hardened)) return fail(m, "CAPABILITY", context);
  m.relay_txn = context.fresh();
  context.send(m.order_ref.shop, "relay_shop", {
    message: "ForwardedProcedureRequest",
    order_ref: m.order_ref,
    relay_txn: m.relay_txn,
  });
  enter(m, "wait_payment_info", context);
}

function isGoodInfo(m, { content, isBy, expired }, context) {
  return (
    isBy(m.order_ref.shop) &&
    !expired &&
    equal(content.order_ref, m.order_ref) &&
    content.relay_txn === m.relay_txn &&
    content.proc_key.shop === m.order_ref.shop &&
    content.proc_key.proc_id.length <= 32 &&
    content.payment_server.split("-")[0] === "payment" &&
    !context.isTaken(procKeyOf(content.proc_key))
  );
}

function takeInfo(m, { object }, context) {
  if (!isGoodInfo(m, object, context)) {
    abort(m, context);
    return fail(m, "SHOP_INVALID", context);
  }
  m.info = object.content;
  m.payment_info = object.raw;
  m.info_expires = object.expires;
  const candidates = context.user.wallets.filter(
    ({ wallet, brands }) => context.isPeer(wallet, "wallet") && brands.some((brand) => m.info.brands.includes(brand)),
  );
  if (candidates.length === 0) return failWithoutWallet(m, context);
  if (candidates.length === 1) return forwardInfo(m, candidates[0].wallet, context);
  m.queries = candidates.map(({ wallet }) => ({ wallet, wallet_txn: context.fresh() }));
  for (const { wallet, wallet_txn } of m.queries)
    context.send(wallet, "relay_wallet", {
      message: "WalletQuery",
      wallet_txn,
      user_ref: context.userRef(wallet),
      brands: m.info.brands,
      currency: m.info.amount.currency,
    });
  enter(m, "wait_offers", context);
}

function failWithoutWallet(m, context) {
  abort(m, context);
  fail(m, "NO_WALLET", context);
}

const isCurrent = (m, context) => m.info_expires === undefined || m.info_expires > context.now;

// ---- the wallets' part

function takeOffer(m, { sender, message }, context) {
  const query = m.queries.find(({ wallet }) => wallet === sender);
  query.offer = { display_name: message.display_name, instruments: message.instruments };
  if (m.queries.every(({ offer }) => offer)) closeOffers(m, undefined, context);
}

const offersOf = (m) =>
  m.queries.filter(({ offer }) => offer?.instruments.length).map(({ wallet, offer }) => ({ wallet, ...offer }));

function closeOffers(m, _event, context) {
  const offers = offersOf(m);
  if (offers.length === 0) failWithoutWallet(m, context);
  else if (offers.length === 1) forwardInfo(m, offers[0].wallet, context);
  else enter(m, "wait_choice", context);
}

/** The redirecting section: payment information, byte for byte, to this wallet and no other. */
function forwardInfo(m, wallet, context) {
  m.wallet = wallet;
  context.send(wallet, "relay_wallet", {
    message: "ForwardedPaymentInfo",
    relay_txn: m.relay_txn,
    user_ref: context.userRef(wallet),
    payment_info: m.payment_info,
  });
  enter(m, "wait_confirming_info", context);
}

function choose(m, { message, capabilities }, context) {
  // The number is that of the page of the terminal that sends it.
  const offered = convertChoice(offersOf(m), capabilities, context.hardened)?.bound ?? [];
  const wallet = offered[message.index - 1];
  if (wallet === undefined) return;
  if (isCurrent(m, context)) return forwardInfo(m, wallet, context);
  abort(m, context);
  fail(m, "EXPIRED", context);
}

function takeConfirmInfo(m, { object }, context) {
  const { content, isBy, expired } = object;
  const isTrue =
    isBy(m.wallet) &&
    !expired &&
    equal(content.proc_key, m.info.proc_key) &&
    equal(content.amount, m.info.amount) &&
    content.payee_name === m.info.payee_name &&
    content.info_digest === digest(m.payment_info);
  if (isTrue) m.instrument_label = content.instrument_label;
  if (isTrue && confirmPage(m, m.capabilities, context.hardened)) return enter(m, "wait_consent", context);
  giveUp(m, context);
  fail(m, isTrue ? "CAPABILITY" : "CONFIRM_MISMATCH", context);
}

// ---- the user's decision, and the result

const confirmable = (m) => ({
  proc_key: m.info.proc_key,
  amount: m.info.amount,
  payee_name: m.info.payee_name,
  wallet: m.wallet,
});

function takeConsent(m, { message }, context) {
  const { consent } = message;
  if (!equal(consent.shown, confirmable(m)) || !isCurrent(m, context)) {
    giveUp(m, context);
    return fail(m, isCurrent(m, context) ? "CONSENT_MISMATCH" : "EXPIRED", context);
  }
  decide(m, { message: "ForwardedPaymentProcessingRequest", relay_txn: m.relay_txn, consent }, context);
}

function forwardCancel(m, _event, context) {
  m.is_cancelling = true;
  decide(m, { message: "ForwardedCancel", relay_txn: m.relay_txn, proc_key: m.info.proc_key }, context);
}

/** The point of no return: the decision is durable before it leaves. */
function decide(m, message, context) {
  sendUntilAnswered(m, context, m.wallet, "relay_wallet", message);
  enter(m, "settling", context);
  m.doubt_at = context.now + context.times.doubt_time;
  m.holdAt = context.now + context.times.hold_time;
}

/** The payment server's signature, or nothing: neither silence nor anybody's word makes a result of a payment (X4). */
const isReceiptTrue = (m, { content, isBy }) =>
  isBy(m.info.payment_server) &&
  equal(content.proc_key, m.info.proc_key) &&
  equal(content.amount, m.info.amount) &&
  OUTCOMES.includes(content.outcome);

function takeResult(m, { object }, context) {
  if (!isReceiptTrue(m, object)) return PASSED_OVER;
  m.receipt = object.raw;
  settle(m, object.content.outcome, object.content.code, context);
}

function takeRefusal(m, { message }, context) {
  if (!["expired", "failed"].includes(message.outcome)) return PASSED_OVER;
  settle(m, message.outcome, "", context);
}

function takeCancelAck(m, _event, context) {
  if (!m.is_cancelling) return PASSED_OVER;
  settle(m, "cancelled", "", context);
}

function doubt(m, _event, context) {
  m.is_in_doubt = true;
  m.doubt_at = undefined;
  if (context.asksPaymentServer && context.isPeer(m.info.payment_server, "payment"))
    context.send(m.info.payment_server, "relay_payment", {
      message: "SettlementStatusInquiry",
      proc_key: m.info.proc_key,
    });
}

function noteStatus(m, { object }) {
  if (object && isReceiptTrue(m, object)) m.status = object.content.outcome;
}

// ---- the table

const another = (m, { message }) => (message.retry_of === m.handle ? BEGIN_ANOTHER : undefined);
const failing = (code, tell) => (m, _event, context) => {
  tell(m, context);
  fail(m, code, context);
};

const table = merge(
  { idle: { procedure_request: openProcedure } },
  rows("wait_payment_info wait_offers wait_confirming_info", {
    procedure_request: stay,
    wallet_choice: stay,
    payment_processing_request: stay,
    cancel: stay,
    progress_inquiry: stay,
  }),
  {
    wait_payment_info: {
      payment_info_message: takeInfo,
      procedure_reject: (m, { message }, context) =>
        fail(m, REJECTS.includes(message.reason) ? message.reason : "SHOP_REFUSED", context),
      shop_time: failing("SHOP_TIMEOUT", abort),
    },
    wait_offers: { wallet_offer: takeOffer, offer_time: closeOffers },
    wait_choice: {
      wallet_choice: choose,
      payment_processing_request: stay,
      cancel: (m, _event, context) => {
        abort(m, context);
        settle(m, "cancelled", "", context);
      },
      user_time: failing("USER_TIMEOUT", abort),
    },
    wait_confirming_info: {
      confirm_info_message: takeConfirmInfo,
      wallet_reject: (m, { message }, context) => {
        abort(m, context);
        fail(m, WALLET_REJECTS.includes(message.reason) ? message.reason : "WALLET_REFUSED", context);
      },
      wallet_time: failing("WALLET_TIMEOUT", giveUp),
    },
    wait_consent: {
      wallet_choice: stay,
      payment_processing_request: takeConsent,
      cancel: forwardCancel,
      user_time: failing("USER_TIMEOUT", giveUp),
    },
  },
  rows("wait_choice wait_consent", { procedure_request: stay, progress_inquiry: stay }),
  {
    settling: {
      procedure_request: holdForResult,
      wallet_choice: holdForResult,
      payment_processing_request: holdForResult,
      cancel: holdForResult,
      progress_inquiry: holdForResult,
      result_info: takeResult,
      wallet_refusal: takeRefusal,
      cancel_ack: takeCancelAck,
      hold_time: showProgress,
      retry_time: sendAgain,
      doubt_time: doubt,
      settlement_status: noteStatus,
    },
  },
  rows("settled failed", {
    procedure_request: another,
    wallet_choice: stay,
    payment_processing_request: stay,
    cancel: stay,
    progress_inquiry: stay,
  }),
  {
    forgotten: {
      procedure_request: () => BEGIN_ANOTHER,
      wallet_choice: stay,
      payment_processing_request: stay,
      cancel: stay,
      progress_inquiry: stay,
    },
  },
);

const passed = {
  payment_info_message: "wait_offers wait_choice wait_confirming_info wait_consent settling settled failed",
  procedure_reject: "wait_offers wait_choice wait_confirming_info wait_consent settling settled failed",
  wallet_offer: "wait_choice wait_confirming_info wait_consent settling settled failed",
  confirm_info_message: "wait_consent settling settled failed",
  wallet_reject: "wait_consent settling settled failed",
  wallet_refusal: "settling settled failed",
  result_info: "settling settled failed",
  cancel_ack: "settling settled failed",
  settlement_status: "settled",
};

/** The party bound to the machine for what it takes of servers. */
function isBound(m, { type, sender, message }) {
  if (type === "payment_info_message" || type === "procedure_reject") return sender === m.order_ref.shop;
  if (type === "wallet_offer")
    return m.queries?.some(({ wallet, wallet_txn }) => wallet === sender && wallet_txn === message.wallet_txn);
  if (type === "settlement_status") return sender === m.info?.payment_server;
  return m.wallet !== undefined && sender === m.wallet;
}

function timers(m, times) {
  switch (m.state) {
    case "wait_payment_info":
      return { shop_time: m.since + times.shop_time };
    case "wait_offers":
      return { offer_time: m.since + times.offer_time };
    case "wait_confirming_info":
      return { wallet_time: m.since + times.wallet_time };
    case "wait_choice":
    case "wait_consent":
      return { user_time: m.since + times.user_time };
    case "settling":
      return { hold_time: m.holdAt, retry_time: m.retryAt, doubt_time: m.is_in_doubt ? undefined : m.doubt_at };
    default:
      return {};
  }
}

const keys = (m) => [
  ...(m.relay_txn ? [`relay_txn ${m.relay_txn}`] : []),
  ...(m.queries ?? []).map(({ wallet_txn }) => `wallet_txn ${wallet_txn}`),
  ...(m.info ? [procKeyOf(m.info.proc_key)] : []),
];

// ---- pages

function confirmPage(m, capabilities, hardened) {
  const contents = {
    amount: writeAmount(m.info.amount),
    identifier: m.info.proc_key.proc_id,
    payee_name: m.info.payee_name,
    instrument_label: m.instrument_label,
  };
  return convert("confirm", contents, ["confirm", "cancel"], confirmable(m), capabilities, hardened);
}

/**
 * The page of the machine's state: message, summary (undefined if this terminal cannot be shown it) and further
 * members.
 */
function page(m, capabilities, { hardened, waitHint }) {
  const identifier = m.info?.proc_key.proc_id;
  switch (m.state) {
    case "wait_choice":
      return { message: "WalletSelectSummary", summary: convertChoice(offersOf(m), capabilities, hardened) };
    case "wait_consent":
      return { message: "ConfirmSummary", summary: confirmPage(m, capabilities, hardened) };
    case "settling": {
      const contents = {
        wait_hint: String(waitHint),
        inquiry_token: m.token,
        identifier,
        in_doubt: m.is_in_doubt ? "yes" : undefined,
        status: m.status,
      };
      return {
        message: "ProgressSummary",
        summary: convert("progress", contents, ["inquire"], undefined, capabilities, hardened),
        inquiry_token: m.token,
      };
    }
    case "settled": {
      const { amount, proc_key, payee_name } = m.info;
      const reason = /^[A-Za-z0-9_.:-]{1,32}$/.test(m.reason) ? m.reason : undefined;
      const contents = { outcome: m.outcome, amount: writeAmount(amount), identifier, reason, payee_name };
      const actions = m.outcome === "approved" ? [] : ["retry"];
      const summary = convert(
        "result",
        contents,
        actions,
        { proc_key, outcome: m.outcome, amount },
        capabilities,
        hardened,
      );
      return { message: "ResultSummary", summary, receipt: m.receipt };
    }
    default: {
      const code = m.state === "failed" ? m.code : "UNKNOWN_PROCEDURE";
      return {
        message: "ErrorSummary",
        summary: convert("error", { code, identifier }, ["retry"], undefined, capabilities, hardened),
        code,
      };
    }
  }
}

export const PROCEDURE = new Definition({
  table,
  passed,
  owing: "wait_payment_info wait_offers wait_confirming_info settling",
  durable: "settling settled",
  isBound,
  timers,
  keys,
  page,
});
