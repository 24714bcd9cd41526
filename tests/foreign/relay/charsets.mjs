// The charsets of terminals (wire.md, Capabilities): writing pages in them, reading forms of them. Node decodes all
// four and encodes only UTF-8, so the table of Shift_JIS is made by decoding.

let shiftJis;

/**
 * The characters of JIS X 0208, by their two bytes. Where the tables of vendors differ (rows added by NEC and IBM, and
 * six signs), nothing is encoded, so that every reader of Shift_JIS reads the same.
 */
function shiftJisTable() {
  const table = new Map();
  const decoder = new TextDecoder("shift_jis", { fatal: true });
  const disputed = new Set([0x815c, 0x815f, 0x8160, 0x8161, 0x817c, 0x8191, 0x8192, 0x81ca]);
  for (let lead = 0x81; lead <= 0xea; lead++) {
    if (lead === 0x85 || lead === 0x86 || lead === 0x87 || (lead > 0x9f && lead < 0xe0)) continue;
    for (let trail = 0x40; trail <= 0xfc; trail++) {
      if (disputed.has((lead << 8) | trail)) continue;
      try {
        table.set(decoder.decode(Uint8Array.of(lead, trail)), [lead, trail]);
      } catch {
        // no such character
      }
    }
  }
  return table;
}

/** The bytes of a text, or undefined if the charset has not all of its characters. */
export function encode(text, charset) {
  if (charset === "utf-8") return Buffer.from(text);
  if (charset !== "shift_jis") {
    const last = charset === "us-ascii" ? 0x7f : 0xff;
    for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > last) return undefined;
    return Buffer.from(text, "latin1");
  }
  const bytes = [];
  for (const character of text) {
    const code = character.codePointAt(0);
    const pair = code < 0x80 ? [code] : (shiftJis ??= shiftJisTable()).get(character);
    if (!pair) return undefined;
    bytes.push(...pair);
  }
  return Buffer.from(bytes);
}

/** The text of bytes in a charset; throws if they are none. */
export function decode(bytes, charset) {
  if (charset === "utf-8" || charset === "shift_jis")
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes);
  // ISO 8859-1 as it is: TextDecoder takes that name, and that of ASCII, for windows-1252.
  if (charset === "us-ascii" && bytes.some((byte) => byte > 0x7f)) throw new Error("not ASCII");
  return bytes.toString("latin1");
}
