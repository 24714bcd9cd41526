// JSON as the wire has it (wire.md, W-BODY-01, -02, -04, -08): a reader that is stricter than JSON.parse, and the
// canonical writer of RFC 8785.

import { createHash } from "node:crypto";

export const MAX_BODY = 65536;
const MAX_DEPTH = 24;

/** A refusal, with the `reason` of wire.md section 5 and the JSON pointer of the place. */
export class Refusal extends Error {
  constructor(reason, pointer) {
    super(reason);
    this.reason = reason;
    this.pointer = pointer;
  }
}

/** Stands for a number that is not whole, or out of range, until the schema says where it must not stand. */
export const NOT_WHOLE = Symbol("not whole");

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function decodeUtf8(bytes) {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) throw new Refusal("not_utf8", "");
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Refusal("not_utf8", "");
  }
}

/** The value of the bytes. JSON.parse would take doubled members, and would make 1.0 and 1e0 of what is not whole. */
export function parseStrict(bytes) {
  if (bytes.length > MAX_BODY) throw new Refusal("too_large", "");
  const text = decodeUtf8(bytes);
  let at = 0;
  const wrong = () => new Refusal("not_json", "");
  const blank = () => {
    while (at < text.length && " \t\n\r".includes(text[at])) at++;
  };
  const string = () => {
    const begin = at++;
    for (;;) {
      const code = text.charCodeAt(at);
      if (Number.isNaN(code) || code < 0x20) throw wrong();
      if (code === 0x22) break;
      at += code === 0x5c ? 2 : 1;
    }
    try {
      return JSON.parse(text.slice(begin, ++at));
    } catch {
      throw wrong();
    }
  };
  const number = () => {
    const [lexeme] = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(text.slice(at, at + 400)) ?? [];
    if (lexeme === undefined) throw wrong();
    at += lexeme.length;
    return /^(?:0|[1-9]\d{0,14})$/.test(lexeme) ? Number(lexeme) : NOT_WHOLE;
  };
  const value = (depth) => {
    blank();
    const first = text[at];
    if (first === "{" || first === "[") {
      if (depth >= MAX_DEPTH) throw new Refusal("too_deep", "");
      at++;
      return first === "{" ? object(depth + 1) : array(depth + 1);
    }
    if (first === '"') return string();
    for (const [word, meaning] of [
      ["true", true],
      ["false", false],
      ["null", null],
    ])
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    return number();
  };
  const object = (depth) => {
    const members = Object.create(null);
    blank();
    if (text[at] === "}") return (at++, members);
    for (;;) {
      blank();
      if (text[at] !== '"') throw wrong();
      const name = string();
      blank();
      if (text[at++] !== ":") throw wrong();
      const contents = value(depth);
      if (name in members) throw new Refusal("duplicate_member", "");
      members[name] = contents;
      blank();
      const next = text[at++];
      if (next === "}") return members;
      if (next !== ",") throw wrong();
    }
  };
  const array = (depth) => {
    const items = [];
    blank();
    if (text[at] === "]") return (at++, items);
    for (;;) {
      items.push(value(depth));
      blank();
      const next = text[at++];
      if (next === "]") return items;
      if (next !== ",") throw wrong();
    }
  };
  const whole = value(0);
  blank();
  if (at !== text.length) throw wrong();
  return whole;
}

/** RFC 8785. JSON.stringify writes texts and whole numbers as it asks; only the order of members is ours. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object")
    return `{${Object.keys(value)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)
      .join(",")}}`;
  return JSON.stringify(value);
}

export const equal = (one, other) => one !== undefined && other !== undefined && canonical(one) === canonical(other);

export const sha256 = (data) => createHash("sha256").update(data).digest("base64url");

/** W-BODY-08: of the compact serialization where there is one, else of the canonical JSON. */
export const digest = (value) => sha256(value?.jws ?? value?.jwe ?? canonical(value));
