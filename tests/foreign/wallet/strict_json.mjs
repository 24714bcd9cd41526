// JSON as the wire wants it (W-BODY-02): stricter than JSON.parse, which takes the last of two members of one name,
// and makes 1.0 and 1e0 the same as 1. Here a number that is not written as a whole number stays what it was written
// as, so that whoever checks the type can refuse it for the right reason.

export const MAX_DEPTH = 24;
export const MAX_WHOLE = 999_999_999_999_999;

/** Why a body is refused, and where: what a problem document tells (§ 5). */
export class Refusal extends Error {
  constructor(reason, pointer = "", detail = undefined) {
    super(detail ?? reason);
    Object.assign(this, { reason, pointer });
  }
}

/** A number that is none of the wire's whole numbers: with a sign, a fraction, an exponent, or too large. */
export class NotWhole {
  constructor(written) {
    this.written = written;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The value that these bytes stand for, or a Refusal. */
export function parse(bytes) {
  let text;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new Refusal("not_utf8");
  }
  if (text.startsWith("\ufeff")) throw new Refusal("not_utf8", "", "a byte order mark");
  return new Parser(text).document();
}

const BLANK = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// eslint-disable-next-line no-control-regex
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /true|false|null/y;

class Parser {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  document() {
    const value = this.value(0, "");
    this.match(BLANK);
    if (this.at < this.text.length) this.fail();
    return value;
  }

  fail() {
    throw new Refusal("not_json", "");
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return undefined;
    this.at = pattern.lastIndex;
    return found[0];
  }

  take(character) {
    this.match(BLANK);
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  string() {
    this.match(BLANK);
    return JSON.parse(this.match(STRING) ?? this.fail());
  }

  value(depth, pointer) {
    this.match(BLANK);
    const first = this.text[this.at];
    if (first === "{" || first === "[") {
      if (depth === MAX_DEPTH) throw new Refusal("too_deep", pointer);
      this.at += 1;
      return first === "{" ? this.object(depth + 1, pointer) : this.array(depth + 1, pointer);
    }
    if (first === '"') return this.string();
    const word = this.match(WORD);
    if (word) return JSON.parse(word);
    const written = this.match(NUMBER) ?? this.fail();
    return /^[0-9]{1,15}$/.test(written) ? Number(written) : new NotWhole(written);
  }

  object(depth, pointer) {
    const members = new Map();
    if (!this.take("}")) {
      do {
        const name = this.string();
        if (!this.take(":")) this.fail();
        const within = join(pointer, name);
        if (members.has(name)) throw new Refusal("duplicate_member", within);
        members.set(name, this.value(depth, within));
      } while (this.take(","));
      if (!this.take("}")) this.fail();
    }
    return Object.fromEntries(members); // defines own members, `__proto__` among them
  }

  array(depth, pointer) {
    const items = [];
    if (this.take("]")) return items;
    do items.push(this.value(depth, join(pointer, items.length)));
    while (this.take(","));
    if (!this.take("]")) this.fail();
    return items;
  }
}

/** A JSON pointer (RFC 6901) one step further. */
export const join = (pointer, name) => `${pointer}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** Canonical JSON (RFC 8785). The wire has no numbers but whole ones, so this is sorting and no blanks. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value instanceof NotWhole) return value.written;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const names = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

export const equal = (one, other) => canonical(one) === canonical(other);
