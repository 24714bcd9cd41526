// The relay's machine of one registration (protocol.md, "Relay: registration"): joins terminal, authority and wallet.
// Its point of no return is a round of answers on its way (`wait_auth_info`); then nothing of it is forgotten.

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
import { convert, fitsTerminal, formContents } from "./pages.mjs";

const REASONS = ["ANSWERS", "EXPIRED", "REFUSED"];

export function newRegistration({ authority, wallet }) {
  return { kind: "registration", state: "idle", authority, wallet };
}

function fail(m, code, context) {
  m.code = code;
  enter(m, "failed", context);
}

function end(m, result, reason, context) {
  m.result = result;
  m.reason = reason;
  m.outstanding = m.holdAt = m.retryAt = m.answers = undefined;
  enter(m, "done", context);
}

// ---- the form

function openRegistration(m, event, context) {
  if (!context.isPeer(m.authority, "authority") || !context.isPeer(m.wallet, "wallet"))
    return fail(m, "BAD_REQUEST", context);
  if (!fitsTerminal(event.message.capabilities, context.hardened)) return fail(m, "CAPABILITY", context);
  m.reg_txn = context.fresh();
  if (!context.hardened) return forwardRequest(m, {}, context);
  context.send(m.wallet, "relay_wallet", {
    message: "EnrolmentKeyRequest",
    reg_txn: m.reg_txn,
    user_ref: context.userRef(m.wallet),
  });
  enter(m, "wait_key", context);
}

function takeKey(m, { message }, context) {
  const { enrolment_key, enrolment_nonce } = message;
  m.enrolment_nonce = enrolment_nonce;
  forwardRequest(m, { enrolment_key, enrolment_nonce }, context);
}

function forwardRequest(m, key, context) {
  context.send(m.authority, "relay_authority", {
    message: "ForwardedRegistrationRequest",
    reg_txn: m.reg_txn,
    user_ref: context.userRef(m.authority),
    wallet: m.wallet,
    ...key,
  });
  enter(m, "wait_form", context);
}

function takeForm(m, { object }, context) {
  const { content, isBy, expired } = object;
  const isTheirs =
    isBy(m.authority) &&
    !expired &&
    content.reg_txn === m.reg_txn &&
    content.reg_id.length <= 32 &&
    content.tries >= 1 &&
    new Set(content.fields.map(({ name }) => name)).size === content.fields.length &&
    !context.isTaken(`reg_id ${content.reg_id}`);
  if (!isTheirs) return fail(m, "AUTHORITY_INVALID", context);
  const pages = cut(content, m.capabilities, context.hardened);
  if (!pages) return fail(m, "CAPABILITY", context);
  m.reg_id = content.reg_id;
  m.form = content;
  m.pages = pages;
  beginRound(m, 1, [], context);
}

/**
 * Cuts a form into pages, never thinned: terms first, then the questions in their order, each page as full as the
 * terminal that opened the registration can show. Undefined if one of them cannot be shown at all.
 */
function cut(form, capabilities, hardened) {
  const most = Math.min(capabilities.max_options, 32);
  const pages = [];
  let current = { terms: form.terms !== undefined || form.terms_digest !== undefined, fields: [] };
  const fits = ({ terms, fields }) => {
    const asked = fields.map((index) => form.fields[index]);
    const bound = { reg_id: form.reg_id, round: 999, page: 999, pages: 999, is_last_try: false, fields: asked };
    return (
      fields.length <= most &&
      convert(
        "form",
        formContents(999, 999, terms ? form : undefined, asked),
        ["answer", "cancel"],
        bound,
        capabilities,
        hardened,
      )
    );
  };
  if (!fits(current)) return undefined;
  for (const index of form.fields.keys()) {
    const fuller = { ...current, fields: [...current.fields, index] };
    if (fits(fuller)) current = fuller;
    else {
      if (current.terms || current.fields.length) pages.push(current);
      current = { terms: false, fields: [index] };
      if (!fits(current)) return undefined;
    }
  }
  return [...pages, current];
}

/** Shows the form from its first page on, perhaps with the questions that were answered wrong. */
function beginRound(m, round, wrong, context) {
  m.round = round;
  m.page = 1;
  m.answers = [];
  m.errors = Object.fromEntries(wrong.map((name) => [name, "Not accepted"]));
  enter(m, "wait_answers", context);
}

// ---- answers

const fieldsOf = (m) => m.pages[m.page - 1].fields.map((index) => m.form.fields[index]);

/**
 * What is wrong with the answers to a page, by the names of questions. What is sealed is for the authority to judge.
 */
function missing(fields, values) {
  const errors = {};
  for (const { name, required, max_length, options } of fields) {
    const answer = values.find(({ field }) => field === name)?.value;
    if (answer === undefined && required) errors[name] = "Please answer";
    if (typeof answer !== "string") continue;
    if (max_length !== undefined && [...answer].length > max_length) errors[name] = "Too long";
    else if (options.length && !options.includes(answer)) errors[name] = "None of these";
  }
  return errors;
}

function takeAnswers(m, { message }, context) {
  if (message.reg_id !== m.reg_id || message.round !== m.round || message.page !== m.page) return;
  const fields = fieldsOf(m);
  // Only answers to what was asked on this page are the user's answers to it, and each question has one.
  const values = fields.flatMap(({ name }) => message.values.filter(({ field }) => field === name).slice(0, 1));
  const errors = missing(fields, values);
  for (const { name } of fields) delete m.errors[name];
  Object.assign(m.errors, errors);
  if (Object.keys(errors).length || (m.pages[m.page - 1].terms && !message.terms_accepted)) return;
  m.answers.push(...values);
  if (m.page < m.pages.length) m.page++;
  else {
    // The point of no return: the round is durable before it leaves.
    forwardUntilAnswered(
      m,
      "wait_auth_info",
      m.authority,
      "relay_authority",
      { message: "ForwardedFormAnswers", reg_id: m.reg_id, round: m.round, values: m.answers },
      context,
    );
    m.answers = undefined;
    m.holdAt = context.now + context.times.hold_time;
  }
}

function forwardUntilAnswered(m, state, party, link, message, context) {
  sendUntilAnswered(m, context, party, link, message);
  enter(m, state, context);
}

function takeReject(m, { message }, context) {
  if (message.round !== m.round) return PASSED_OVER;
  m.outstanding = m.retryAt = m.holdAt = undefined; // the answers in it are erased
  if (message.is_final) end(m, "rejected", REASONS.includes(message.reason) ? message.reason : "REFUSED", context);
  else beginRound(m, m.round + 1, message.errors, context);
}

// ---- authentication information

function takeAuthInfo(m, { object }, context) {
  const { content, isBy, expired, raw } = object;
  const isTrue =
    isBy(m.authority) &&
    !expired &&
    content.reg_id === m.reg_id &&
    content.wallet === m.wallet &&
    content.enrolment_nonce === m.enrolment_nonce;
  if (!isTrue) return PASSED_OVER;
  // The redirecting section: unchanged, to the wallet that the user named.
  const message = {
    message: "ForwardedAuthenticationInfo",
    reg_id: m.reg_id,
    user_ref: context.userRef(m.wallet),
    auth_info: raw,
  };
  forwardUntilAnswered(m, "storing", m.wallet, "relay_wallet", message, context);
}

function takeStored(m, { message }, context) {
  const is_stored = message.refusal === "";
  m.brands = message.brands;
  forwardUntilAnswered(
    m,
    "activating",
    m.authority,
    "relay_authority",
    { message: "ActivationRequest", reg_id: m.reg_id, is_stored },
    context,
  );
}

function takeActivation(m, { message }, context) {
  if (!message.is_active) return end(m, "failed", "REVOKED", context);
  context.enrol(m.wallet, m.brands);
  end(m, "ok", "", context);
}

// ---- the table

const another = (m, { message }) => (message.retry_of === m.handle ? BEGIN_ANOTHER : undefined);
const authorityTime = (m, _event, context) =>
  fail(m, m.state === "wait_key" ? "WALLET_TIMEOUT" : "AUTHORITY_TIMEOUT", context);

const table = merge(
  { idle: { registration_request: openRegistration } },
  rows("wait_key wait_form wait_auth_info storing activating", { registration_request: stay }),
  rows("wait_key wait_form", { authority_time: authorityTime }),
  {
    wait_key: { enrolment_key_response: takeKey },
    wait_form: {
      registration_form: takeForm,
      registration_reject: (m, { message }, context) =>
        message.is_final ? fail(m, "REGISTRATION_REFUSED", context) : PASSED_OVER,
    },
    wait_answers: {
      registration_request: stay,
      form_answers: takeAnswers,
      cancel: (m, _event, context) => end(m, "cancelled", "", context),
      progress_inquiry: stay,
      user_time: (m, _event, context) => fail(m, "USER_TIMEOUT", context),
    },
  },
  rows("wait_auth_info storing activating", {
    registration_request: holdForResult,
    form_answers: holdForResult,
    cancel: holdForResult,
    progress_inquiry: holdForResult,
    retry_time: sendAgain,
    hold_time: showProgress,
  }),
  {
    wait_auth_info: { registration_reject: takeReject, authentication_info: takeAuthInfo },
    storing: { auth_info_stored: takeStored },
    activating: { activation_response: takeActivation },
  },
  rows("done failed", { registration_request: another, form_answers: stay, cancel: stay, progress_inquiry: stay }),
  {
    forgotten: { registration_request: () => BEGIN_ANOTHER, form_answers: stay, cancel: stay, progress_inquiry: stay },
  },
);

const passed = {
  enrolment_key_response: "idle wait_form wait_answers wait_auth_info storing activating done failed forgotten",
  registration_form: "*",
  registration_reject: "*",
  authentication_info: "*",
  activation_response: "*",
  auth_info_stored: "idle wait_key wait_form wait_answers wait_auth_info activating done failed forgotten",
};

const isBound = (m, { type, sender }) =>
  sender === (type === "enrolment_key_response" || type === "auth_info_stored" ? m.wallet : m.authority);

function timers(m, times) {
  if (m.state === "wait_key" || m.state === "wait_form") return { authority_time: m.since + times.authority_time };
  if (m.state === "wait_answers") return { user_time: m.since + times.user_time };
  if (REGISTRATION.owes(m)) return { hold_time: m.holdAt, retry_time: m.retryAt };
  return {};
}

const keys = (m) => [...(m.reg_txn ? [`reg_txn ${m.reg_txn}`] : []), ...(m.reg_id ? [`reg_id ${m.reg_id}`] : [])];

// ---- pages

function formPage(m, capabilities, hardened) {
  const fields = fieldsOf(m).map((field) => (m.errors[field.name] ? { ...field, error: m.errors[field.name] } : field));
  const bound = {
    reg_id: m.reg_id,
    round: m.round,
    page: m.page,
    pages: m.pages.length,
    is_last_try: m.round >= m.form.tries,
    fields,
  };
  const terms = m.pages[m.page - 1].terms ? m.form : undefined;
  if (fields.length > Math.min(capabilities.max_options, 32)) return undefined; // another terminal's pages
  return convert(
    "form",
    formContents(m.page, m.pages.length, terms, fields),
    ["answer", "cancel"],
    bound,
    capabilities,
    hardened,
  );
}

function page(m, capabilities, { hardened, waitHint }) {
  if (REGISTRATION.owes(m)) {
    const contents = { wait_hint: String(waitHint), inquiry_token: m.token, identifier: m.reg_id };
    return {
      message: "ProgressSummary",
      summary: convert("progress", contents, ["inquire"], undefined, capabilities, hardened),
      inquiry_token: m.token,
    };
  }
  if (m.state === "wait_answers") return { message: "FormSummary", summary: formPage(m, capabilities, hardened) };
  if (m.state === "done") {
    const { reg_id, result, reason } = m;
    const contents = { result, identifier: reg_id, reason: reason || undefined };
    const summary = convert(
      "reg_result",
      contents,
      result === "ok" ? [] : ["retry"],
      { reg_id, result, reason },
      capabilities,
      hardened,
    );
    return { message: "RegistrationResult", summary };
  }
  const code = m.state === "failed" ? m.code : "UNKNOWN_PROCEDURE";
  return {
    message: "ErrorSummary",
    summary: convert("error", { code, identifier: m.reg_id }, ["retry"], undefined, capabilities, hardened),
    code,
  };
}

export const REGISTRATION = new Definition({
  table,
  passed,
  owing: "wait_key wait_form wait_auth_info storing activating",
  durable: "wait_auth_info storing activating done",
  isBound,
  timers,
  keys,
  page,
});
