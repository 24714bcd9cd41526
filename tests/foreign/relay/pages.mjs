// The contents converting unit (wire.md sections 4.3, 7.1, 7.2; protocol.md section 1.8): `convert` chooses what a
// terminal is shown, `render` writes the page. Both are pure.

import { isText } from "./schema.mjs";
import { encode } from "./charsets.mjs";

const CLASSES = {
  "text/html": "html",
  "text/x-chtml": "compact_html",
  "text/plain": "plain_text",
  "application/json": "json",
};
const DIGITS = { CLP: 0, ISK: 0, JPY: 0, KRW: 0, VND: 0, BHD: 3, JOD: 3, KWD: 3, OMR: 3, TND: 3 };
const FORMS = {
  text: /^.+$/u,
  token: /^[A-Za-z0-9_.:-]+$/,
  number: /^(?:0|[1-9][0-9]*)$/,
  amount: /^(?:0|[1-9][0-9]*)(?:\.[0-9]+)? [A-Z]{3}$/,
  flag: /^yes$/,
  list: /^[^|]+(?: \| [^|]+)*$/u,
  link: /^https:\/\/[!-~]+$/,
};

/** A list travels as at most 64 items, and the slots of a summary are a list. */
const MOST_SLOTS = 64;
/** What remains of an envelope's 16,384 characters for the base64url of what a page is bound to. */
const MOST_BOUND = 7000;

const slot = (name, label, form, width, when, html = "line") => ({ name, label, form, width, when, html });
const TEMPLATES = {
  select: {
    title: "Choose a wallet",
    single: [slot("more", "More wallets than shown", "flag", 3, "any")],
    repeated: [
      slot("display_name", "Wallet", "text", 40, "any"),
      slot("wallet_id", "Wallet number", "token", 32, "any"),
      slot("instruments", "Pays with", "list", 80, "fits"),
    ],
    choices: ["choose", "Choose"],
    actions: { cancel: "Cancel" },
  },
  confirm: {
    title: "Confirm payment",
    single: [
      slot("amount", "Amount", "amount", 20, "always"),
      slot("identifier", "Payment", "token", 32, "always"),
      slot("payee_name", "Payee", "text", 40, "hardened"),
      slot("check_code", "Check code", "token", 8, "fits"),
      slot("instrument_label", "Pays with", "text", 40, "fits"),
      slot("order_description", "Order", "text", 80, "fits"),
    ],
    actions: { confirm: "Confirm", cancel: "Cancel" },
  },
  result: {
    title: "Payment result",
    single: [
      slot("outcome", "Result", "token", 16, "always"),
      slot("amount", "Amount", "amount", 20, "always"),
      slot("identifier", "Payment", "token", 32, "always"),
      slot("reason", "Reason", "token", 32, "any"),
      slot("payee_name", "Payee", "text", 40, "fits"),
    ],
    actions: { retry: "Try again" },
  },
  form: {
    title: "Registration",
    single: [
      slot("page", "Page", "number", 3, "always"),
      slot("pages", "Pages", "number", 3, "always"),
      slot("terms", "Terms", "link", 96, "any", "link"),
      slot("terms_digest", "Digest of the terms", "token", 64, "any"),
    ],
    repeated: [
      slot("label", "Question", "text", 40, "any"),
      slot("required", "Required", "flag", 3, "any"),
      slot("type", "Type", "token", 16, "any"),
      slot("max_length", "Longest answer", "number", 4, "any"),
      slot("options", "One of", "list", 120, "any"),
      slot("entry", "Answer", "token", 32, "any", "entry"),
      slot("secret", "Secret answer", "token", 32, "any", "secret"),
      slot("error", "Wrong", "text", 40, "fits"),
    ],
    actions: { answer: "Send", cancel: "Cancel" },
  },
  reg_result: {
    title: "Registration result",
    single: [
      slot("result", "Result", "token", 16, "always"),
      slot("identifier", "Registration", "token", 32, "any"),
      slot("reason", "Reason", "token", 32, "any"),
    ],
    actions: { retry: "Try again" },
  },
  progress: {
    title: "In progress, ask again",
    single: [
      slot("wait_hint", "Seconds to wait", "number", 4, "always"),
      slot("inquiry_token", "Inquiry", "token", 64, "always", "hidden"),
      slot("identifier", "Payment", "token", 32, "any"),
      slot("in_doubt", "Outcome unknown, ask the shop with this payment", "flag", 3, "any"),
      slot("status", "Payment server says", "token", 16, "fits"),
    ],
    actions: { inquire: "Ask again" },
  },
  error: {
    title: "Not possible",
    single: [
      slot("code", "Error", "token", 32, "always"),
      slot("identifier", "Payment", "token", 32, "any"),
      slot("registration_link", "Register a wallet", "link", 96, "fits", "link"),
    ],
    actions: { retry: "Try again" },
  },
};

/** An amount with all decimal places of its currency: `12.50 EUR`, `1250 JPY`. */
export function writeAmount({ value, currency }) {
  const digits = DIGITS[currency] ?? 2;
  const text = String(value).padStart(digits + 1, "0");
  return `${digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text} ${currency}`;
}

/** The template of a kind for a terminal: its slots in their positions, and its actions, with their labels. */
function templateFor(kind, capabilities) {
  const { title, single, repeated, choices, actions } = TEMPLATES[kind];
  const count = repeated ? Math.min(capabilities.max_options, 32) : 0;
  const slots = [...single];
  const labels = {};
  for (let n = 1; n <= count; n++) {
    for (const one of repeated) slots.push({ ...one, name: `${one.name}_${n}`, label: `${n}. ${one.label}` });
    if (choices) labels[`${choices[0]}_${n}`] = `${choices[1]} ${n}`;
  }
  const type = CLASSES[capabilities.media];
  return {
    id: `${kind}.${type}${repeated ? `.${count}` : ""}`,
    type,
    title,
    slots,
    actions: { ...labels, ...actions },
  };
}

/** Whether these contents may stand in this slot of a page in this charset. They are never made to (claim 7). */
const mayStand = (one, contents, charset) =>
  FORMS[one.form].test(contents) &&
  [...contents].length <= one.width &&
  isText(contents) &&
  encode(contents, charset) !== undefined;

/** Columns of a text, where a character of East Asian width W or F takes two. */
function columnsOf(text) {
  let columns = 0;
  for (const character of text) columns += isWide(character) ? 2 : 1;
  return columns;
}

const WIDE = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x2e80, 0x2fff],
  [0x3000, 0x303e],
  [0x3041, 0x3247],
  [0x3250, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
];

function isWide(character) {
  const code = character.codePointAt(0);
  if (code < 0x1100) return false;
  return (
    WIDE.some(([from, to]) => code >= from && code <= to) ||
    (/\p{Emoji_Presentation}/u.test(character) && !/\p{Regional_Indicator}/u.test(character))
  );
}

/** Whether a page is small enough for its terminal. */
function isSmallEnough(template, shown, actions, capabilities) {
  if (shown.length > MOST_SLOTS || actions.length > MOST_SLOTS) return false;
  const columns = capabilities.columns;
  const lines = [
    template.title,
    ...shown.map(([one, contents]) => `${one.label}: ${contents}`),
    ...actions.map((action) => template.actions[action]),
  ];
  let rows = 0;
  for (const line of lines) rows += Math.max(1, Math.ceil(columnsOf(line) / columns));
  if (rows > capabilities.rows) return false;
  const bytes = encode(write(template, shown, actions), capabilities.charset);
  return bytes !== undefined && bytes.length <= capabilities.max_bytes;
}

/**
 * The summary of a page for a terminal, or undefined if it cannot be shown all that it must be. `contents` are by the
 * names of slots; optional ones follow in their order, up to the first that does not fit.
 */
export function convert(kind, contents, actions, bound, capabilities, hardened) {
  const template = templateFor(kind, capabilities);
  const isOptional = (one) => one.when === "fits" || (one.when === "hardened" && !hardened);
  const there = template.slots.flatMap((one, position) =>
    contents[one.name] ? [{ one, position, text: contents[one.name] }] : [],
  );
  let chosen = there.filter(({ one }) => !isOptional(one));
  const fits = (items) =>
    items.every(({ one, text }) => mayStand(one, text, capabilities.charset)) &&
    isSmallEnough(
      template,
      items.map(({ one, text }) => [one, text]),
      actions,
      capabilities,
    );
  if (!fits(chosen) || (bound && Buffer.byteLength(JSON.stringify(bound)) > MOST_BOUND)) return undefined;
  for (const item of there.filter(({ one }) => isOptional(one))) {
    const more = [...chosen, item].sort((a, b) => a.position - b.position);
    if (!fits(more)) break;
    chosen = more;
  }
  return {
    kind,
    template_id: template.id,
    media: capabilities.media,
    slots: chosen.map(({ one, position, text }) => [one.name, position, text]),
    actions,
    ...(bound ? { bound } : {}),
  };
}

/** Wallets to choose from: as many as the terminal can be shown, in the user's order, and whether there are more. */
export function convertChoice(offers, capabilities, hardened) {
  const template = TEMPLATES.select.repeated;
  const showable = offers.filter(
    ({ wallet, display_name }) =>
      mayStand(template[0], display_name, capabilities.charset) && mayStand(template[1], wallet, capabilities.charset),
  );
  for (let count = Math.min(showable.length, capabilities.max_options, 32); count > 0; count--) {
    const shown = showable.slice(0, count);
    const contents = count < offers.length ? { more: "yes" } : {};
    shown.forEach(({ wallet, display_name, instruments }, index) => {
      contents[`display_name_${index + 1}`] = display_name;
      contents[`wallet_id_${index + 1}`] = wallet;
      contents[`instruments_${index + 1}`] = instruments.join(" | ");
    });
    const actions = [...shown.map((_, index) => `choose_${index + 1}`), "cancel"];
    const summary = convert(
      "select",
      contents,
      actions,
      shown.map(({ wallet }) => wallet),
      capabilities,
      hardened,
    );
    if (summary) return summary;
  }
  return undefined;
}

/** The contents of a page of a form: the terms, if they stand on it, and questions (FormField), numbered from 1. */
export function formContents(page, pages, terms, fields) {
  const contents = { page: String(page), pages: String(pages), terms: terms?.terms, terms_digest: terms?.terms_digest };
  fields.forEach((field, index) => {
    const n = index + 1;
    contents[`label_${n}`] = field.label;
    contents[`required_${n}`] = field.required ? "yes" : undefined;
    contents[`type_${n}`] = field.type;
    contents[`max_length_${n}`] = field.max_length === undefined ? undefined : String(field.max_length);
    contents[`options_${n}`] = field.options.length ? field.options.join(" | ") : undefined;
    contents[`${field.sensitive ? "secret" : "entry"}_${n}`] = field.name;
    contents[`error_${n}`] = field.error;
  });
  return contents;
}

/** Whether a terminal can show the least page of every kind (section 7.2). */
export function fitsTerminal(capabilities, hardened) {
  if (capabilities.max_options < 2) return false;
  const full = (kind, names, actions) => {
    const template = templateFor(kind, capabilities);
    const shown = template.slots.filter((one) => names(one)).map((one) => [one, fill(one)]);
    return isSmallEnough(template, shown, actions, capabilities);
  };
  const must = (one) => one.when === "always" || one.when === "any" || (one.when === "hardened" && hardened);
  const question = (other) => (one) =>
    must(one) && !one.name.startsWith("terms") && !one.name.startsWith(other) && !/_(?:[2-9]|\d\d)$/.test(one.name);
  return (
    full("select", (one) => must(one) && !/_(?:[3-9]|\d\d)$/.test(one.name), ["choose_1", "choose_2", "cancel"]) &&
    full("form", question("secret"), ["answer", "cancel"]) &&
    full("form", question("entry"), ["answer", "cancel"]) &&
    full("form", (one) => must(one) && !/_\d+$/.test(one.name), ["answer", "cancel"]) &&
    ["confirm", "result", "reg_result", "progress", "error"].every((kind) =>
      full(kind, must, Object.keys(TEMPLATES[kind].actions)),
    )
  );
}

/** The widest contents of a slot. */
function fill({ form, width }) {
  if (form === "amount") return "9999999999999.99 EUR";
  if (form === "flag") return "yes";
  if (form === "number") return "9".repeat(width);
  if (form === "link") return "https://".padEnd(width, "x");
  return "x".repeat(width);
}

/** The page of a summary in its terminal's charset; `envelope` stands in the form of a page in HTML. */
export function render(summary, capabilities, envelope) {
  const template = templateFor(summary.kind, capabilities);
  const shown = summary.slots.map(([, position, contents]) => [template.slots[position], contents]);
  return encode(write(template, shown, summary.actions, envelope), capabilities.charset);
}

export const escapeHtml = (text) =>
  text.replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c]);

function write(template, shown, actions, envelope) {
  const { type, id, title } = template;
  if (type === "json") {
    const slots = Object.fromEntries(template.slots.map((one) => [one.name, ""]));
    for (const [one, contents] of shown) slots[one.name] = contents;
    const offered = Object.fromEntries(
      Object.keys(template.actions).map((action) => [action, actions.includes(action)]),
    );
    return `${JSON.stringify({ template_id: id, slots, actions: offered })}\n`;
  }
  if (type === "plain_text") {
    const lines = [
      `${title} [${id}]`,
      ...shown.map(([one, contents]) => `${one.label}: ${contents}`),
      ...actions.map((action) => `[${action}] ${template.actions[action]}`),
    ];
    return lines.map((line) => `${line}\n`).join("");
  }
  const hidden = envelope ? `<input type="hidden" name="envelope" value="${envelope}">\n` : "";
  const slots = shown.map(([one, contents]) => writeSlot(one, escapeHtml(contents), type)).join("");
  if (type === "compact_html") {
    const buttons = actions
      .map((action) => `<input type="submit" name="${action}" value="${template.actions[action]}"><br>\n`)
      .join("");
    return `<html><head><title>${title}</title></head><body data-payrelay-template="${id}">${title}<form method="post">\n${hidden}${slots}${buttons}</form></body></html>\n`;
  }
  const buttons = actions
    .map((action) => `<button name="action" value="${action}">${template.actions[action]}</button>\n`)
    .join("");
  return (
    `<!DOCTYPE html>\n<html lang="en"><head><title>${title}</title></head>` +
    `<body data-payrelay-template="${id}"><h1>${title}</h1><form method="post">\n${hidden}${slots}<p>\n${buttons}</p></form></body></html>\n`
  );
}

function writeSlot({ name, label, html }, contents, type) {
  const marked = `data-payrelay-slot="${name}"`;
  if (html === "hidden") return `<input type="hidden" ${marked} name="${name}" value="${contents}">\n`;
  const line = (markup) => (type === "html" ? `<p>${markup}</p>\n` : `${markup}<br>\n`);
  if (html === "link") return line(`<a ${marked} href="${contents}">${label}</a>`);
  if (html === "line")
    return line(
      type === "html" ? `${label}: <b ${marked}>${contents}</b>` : `${label}: <font ${marked}>${contents}</font>`,
    );
  return line(
    `${label}: <input type="${html === "secret" ? "password" : "text"}" ${marked} name="answer.${contents}">`,
  );
}
