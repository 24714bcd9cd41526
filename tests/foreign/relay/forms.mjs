// What browsers and terminals of plain text get besides the page, and send back (wire.md sections 7.3 and 7.4): the
// envelope, and the request that a posted form is.

import { decode } from "./charsets.mjs";
import { escapeHtml, render } from "./pages.mjs";
import { canonical, parseStrict, Refusal } from "./strict_json.mjs";

const MOST_ENVELOPE = 16384;
const MOST_FIELDS = 128;
const CHARSETS = ["utf-8", "shift_jis", "iso-8859-1", "us-ascii"];

/** W-PAGE-07, for every answer to a terminal. */
export const PAGE_HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
};

/** `opening` as an envelope has it: what opened the procedure, without what each request says anew. */
export function openingOf({ message, order_ref, authority, wallet, capabilities }) {
  return order_ref ? { message, order_ref, capabilities } : { message, authority, wallet, capabilities };
}

const pack = (envelope) => Buffer.from(canonical(envelope)).toString("base64url");

/** An answer as bytes and headers, in the media type of its terminal. */
export function present(answer, capabilities, opening, fresh) {
  const { media, charset } = capabilities;
  if (media === "application/json")
    return { headers: { ...PAGE_HEADERS, "content-type": media }, body: Buffer.from(canonical(answer)) };
  const { summary, ...envelope } = answer;
  if (summary.bound) envelope.bound = summary.bound;
  envelope.next_nonce = `${answer.request_nonce.startsWith("registration_nonce.") ? "registration_nonce." : ""}${fresh()}`;
  envelope.charset = charset;
  if (opening && summary.actions.includes("retry")) envelope.opening = opening;
  const packed = pack(envelope);
  if (packed.length > MOST_ENVELOPE) throw new Error("an envelope is too long");
  const headers = { ...PAGE_HEADERS, "content-type": `${media}; charset=${charset}` };
  if (media === "text/plain") headers["payrelay-envelope"] = packed;
  return { headers, body: render(summary, capabilities, packed) };
}

/** The page from which a browser opens a procedure: nothing is begun before its button is pressed (W-TERM-18). */
export function startPage(party, order_ref, capabilities, fresh) {
  const terminal = `terminal-${fresh().toLowerCase().replaceAll(/[-_]/g, "x")}`;
  const opening = { message: "ProcedureRequest", order_ref, capabilities };
  const envelope = pack({
    sender: party,
    receiver: terminal,
    next_nonce: fresh(),
    charset: capabilities.charset,
    opening,
  });
  return htmlPage(
    "Pay an order",
    `<p>Order: ${escapeHtml(order_ref.order)}</p>\n<p>Shop: ${escapeHtml(order_ref.shop)}</p>\n` +
      `<form method="post" action="procedure_request">\n<input type="hidden" name="envelope" value="${envelope}">\n` +
      '<button name="action" value="open">Pay</button>\n</form>',
  );
}

export const htmlPage = (title, body) =>
  `<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1>\n${body}\n</body></html>\n`;

/** What browsers can show, as far as a relay knows before it has shown them anything. */
export const BROWSER = {
  media: "text/html",
  max_bytes: 65536,
  columns: 80,
  rows: 1000,
  charset: "utf-8",
  max_options: 12,
};

// ---- posted forms

const refuse = (pointer) => {
  throw new Refusal("not_a_value", pointer);
};

/** Fields of application/x-www-form-urlencoded, as bytes. */
function fieldsOf(bytes) {
  const fields = new Map();
  const text = bytes.toString("latin1");
  const unescape = (part) =>
    Buffer.from(
      part.replaceAll("+", " ").replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))),
      "latin1",
    );
  for (const pair of text.split("&").filter((one) => one !== "")) {
    const at = pair.includes("=") ? pair.indexOf("=") : pair.length;
    const name = unescape(pair.slice(0, at)).toString("latin1");
    if (fields.has(name) || fields.size >= MOST_FIELDS) refuse("");
    fields.set(name, unescape(pair.slice(at + 1)));
  }
  return fields;
}

const isAction = (name) => /^(?:confirm|cancel|inquire|answer|retry|open|choose_[1-9][0-9]?)$/.test(name);

/** The request that a posted form is. It is judged as any other: the envelope proves nothing. */
export function readForm(bytes, session, hardened) {
  const fields = fieldsOf(bytes);
  const packed = fields.get("envelope")?.toString("latin1");
  if (packed === undefined) throw new Refusal("missing_member", "/envelope");
  const raw = Buffer.from(packed, "base64url");
  if (packed.length > MOST_ENVELOPE || raw.toString("base64url") !== packed) refuse("/envelope");
  const envelope = parseStrict(raw);
  if (
    envelope === null ||
    typeof envelope !== "object" ||
    Array.isArray(envelope) ||
    !CHARSETS.includes(envelope.charset)
  )
    refuse("/envelope");

  const named = [...fields.keys()].filter(isAction);
  const action = fields.has("action") ? fields.get("action").toString("latin1") : named[0];
  if (named.length + fields.has("action") !== 1 || !isAction(action)) refuse("/action");

  const request = { sender: envelope.receiver, receiver: envelope.sender, session, request_nonce: envelope.next_nonce };
  if (action !== "retry" && action !== "open") request.handle = envelope.handle;
  const read = (name) => readField(fields.get(name), envelope.charset, hardened, name);
  switch (action) {
    case "confirm": {
      const user_auth = read("user_auth");
      Object.assign(request, {
        message: "PaymentProcessingRequest",
        consent: user_auth === undefined ? { shown: envelope.bound } : { shown: envelope.bound, user_auth },
      });
      break;
    }
    case "cancel":
      request.message = "Cancel";
      break;
    case "inquire":
      Object.assign(request, {
        message: "ProgressInquiry",
        inquiry_token: fields.get("inquiry_token")?.toString("latin1"),
      });
      break;
    case "answer": {
      const { reg_id, round, page, fields: asked } = envelope.bound ?? {};
      if (!Array.isArray(asked) || asked.some((field) => typeof field?.name !== "string")) refuse("/envelope");
      const values = asked.flatMap(({ name }) => {
        const value = read(`answer.${name}`);
        return value === undefined ? [] : [{ field: name, value }];
      });
      Object.assign(request, { message: "FormAnswers", reg_id, round, page, values, terms_accepted: true });
      break;
    }
    case "retry":
    case "open": {
      const { opening } = envelope;
      if (!["ProcedureRequest", "RegistrationRequest"].includes(opening?.message)) refuse("/envelope/opening");
      for (const name of Object.keys(opening)) if (name in request || name === "retry_of") refuse("/envelope/opening");
      Object.assign(
        request,
        opening,
        action === "retry" && envelope.handle !== undefined ? { retry_of: envelope.handle } : {},
      );
      break;
    }
    default:
      Object.assign(request, { message: "WalletChoice", index: Number(action.slice("choose_".length)) });
  }
  // A member that the envelope lacks is one that the request lacks.
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
}

/** What a user entered, in the form of W-BODY-05; undefined if that is nothing. */
function readField(bytes, charset, hardened, name) {
  if (bytes === undefined) return undefined;
  let text;
  try {
    text = decode(bytes, charset);
  } catch {
    throw new Refusal("not_text", `/${name}`);
  }
  text = text.normalize("NFKC").replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");
  if (text === "") return undefined;
  return hardened && /^(?:[A-Za-z0-9_-]+\.){4}[A-Za-z0-9_-]+$/.test(text) ? { jwe: text } : text;
}
