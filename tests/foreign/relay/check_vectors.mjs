// Holds readers against docs/vectors: every message that a relay is sent, each valid and spoiled, and the signed
// objects that come to it.

import { readdirSync, readFileSync } from "node:fs";
import { sign as signBytes, createPrivateKey } from "node:crypto";
import { fileURLToPath } from "node:url";
import { Schemas } from "./schema.mjs";
import { Security } from "./security.mjs";
import { decode } from "./charsets.mjs";
import { convert, render } from "./pages.mjs";
import { canonical, digest, Refusal } from "./strict_json.mjs";
import { readMessage } from "./messages.mjs";

/** The repository's documents. */
const docs = process.env.PAYRELAY_DOCS ?? fileURLToPath(new URL("../../../docs", import.meta.url));
const directory = `${docs}/vectors/`;
const load = (name) => JSON.parse(readFileSync(`${directory}${name}.json`, "utf8"));
const keys = load("keys");
const pem = (jwk) => createPrivateKey({ key: jwk, format: "jwk" }).export({ type: "pkcs8", format: "pem" });
let passed = 0;
const failures = [];
const hold = (name, got, wanted) => (got === wanted ? passed++ : failures.push(`${name}: ${got}, not ${wanted}`));

function at(value, pointer) {
  const parts = pointer.split("/").slice(1);
  const last = parts.pop();
  return [parts.reduce((inner, part) => inner[part], value), last];
}

function resign(compact, edit, name, sender) {
  const [head, body] = compact.split(".");
  const bytes = Buffer.from(editJson(Buffer.from(body, "base64url").toString(), edit), "latin1");
  const signs = keys.parties[sender].signs;
  const key = createPrivateKey({ key: signs[sender.split("-")[0]].jwk, format: "jwk" });
  const input = `${head}.${bytes.toString("base64url")}`;
  return Buffer.from(`${input}.${signBytes(null, Buffer.from(input), key).toString("base64url")}`);
}

function editJson(text, edit) {
  let bytes = Buffer.from(text);
  if (edit.set !== undefined || edit.remove !== undefined) {
    const value = JSON.parse(text);
    const [inner, last] = at(value, edit.set ?? edit.remove);
    if (edit.set !== undefined) inner[last] = edit.value;
    else delete inner[last];
    bytes = Buffer.from(canonical(value));
  }
  if (edit.cut) bytes = bytes.subarray(0, -edit.cut);
  if (edit.append_blanks) bytes = Buffer.concat([bytes, Buffer.alloc(edit.append_blanks, " ")]);
  if (edit.insert_hex)
    bytes = Buffer.concat([
      bytes.subarray(0, edit.offset),
      Buffer.from(edit.insert_hex, "hex"),
      bytes.subarray(edit.offset),
    ]);
  return bytes.toString("latin1");
}

function flip(compact, { part, byte, mask }) {
  const parts = compact.split(".");
  const bytes = Buffer.from(parts[part], "base64url");
  bytes[byte] ^= mask;
  parts[part] = bytes.toString("base64url");
  return parts.join(".");
}

const schemas = Object.fromEntries(
  ["plain", "channel", "hardened"].map((level) => [level, new Schemas(`${docs}/openapi`, "relay", level)]),
);
const securities = Object.fromEntries(
  Object.entries(schemas).map(([level, own]) => {
    const { jwk, certificate } = keys.parties.relay.signs.relay;
    return [
      level,
      new Security(
        { party: "relay", security: level, signing: { relay: { key: pem(jwk), certificate } }, roots: keys.roots },
        own,
      ),
    ];
  }),
);

for (const { message, link, sender: role } of schemas.plain.endpoints.values()) {
  const { sets } = load(message);
  for (const set of sets) {
    const read = (bytes, peer) => {
      try {
        readMessage(
          bytes,
          { message, link, sender: role },
          { security: securities[set.security], schemas: schemas[set.security], now: keys.now, peer },
        );
        return "read";
      } catch (error) {
        if (error instanceof Refusal) return error.reason;
        throw error;
      }
    };
    hold(`${message} ${set.security}`, read(Buffer.from(set.valid)), "read");
    const borrowed = set.also ? sets.find((one) => one.security === set.also).spoiled : [];
    for (const spoiling of [...set.spoiled, ...borrowed]) {
      const edit = spoiling.edit;
      if (spoiling.peer && role === "terminal") continue; // a terminal's channel shows nobody: its user is who the session says
      const signed = set.security === "hardened" && role !== "terminal";
      const inner = borrowed.includes(spoiling);
      let bytes;
      if (spoiling.bytes !== undefined && !(inner && signed)) bytes = Buffer.from(spoiling.bytes);
      else if (edit?.flip) bytes = Buffer.from(flip(set.valid, edit.flip));
      else if (inner && signed) {
        if (spoiling.bytes !== undefined) continue; // its objects are those of another level
        if (edit.set?.split("/").length > 2 || (edit.set && set.valid === undefined)) continue;
        try {
          bytes = resign(set.valid, edit, message, set.sender);
        } catch {
          continue;
        }
      } else
        try {
          bytes = Buffer.from(editJson(set.valid, edit ?? {}), "latin1");
        } catch {
          continue; // it edits what is sealed here
        }
      hold(
        `${message} ${set.security} ${spoiling.name} ${spoiling.at ?? ""}`,
        read(bytes, spoiling.peer),
        spoiling.refused,
      );
    }
  }
}

for (const kind of ["PaymentInfo", "ConfirmInfo", "Receipt", "Form", "AuthInfo"]) {
  const vector = load(kind);
  const state = (raw) => {
    const opened = securities.hardened.open(kind, raw, keys.now);
    return !opened.isBy(vector.claims.iss) ? "unverified" : opened.expired ? "expired" : "read";
  };
  hold(kind, state(vector.valid), "read");
  for (const spoiling of vector.spoiled) {
    const jws = spoiling.jws ?? flip(vector.valid.jws, spoiling.edit.flip);
    const got = state({ jws });
    hold(`${kind} ${spoiling.name}`, got, spoiling.name === "expired" ? "expired" : "unverified");
  }
}

for (const name of readdirSync(directory)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -5))) {
  const hardened = load(name).sets?.find(
    (set) => set.security === "hardened" && set.sender === "relay" && set.media_type === "application/jose",
  );
  if (!hardened) continue;
  const message = JSON.parse(Buffer.from(hardened.valid.split(".")[1], "base64url"));
  hold(`${name} as we write it`, securities.hardened.write(message).toString(), hardened.valid);
}
for (const { media, charset, template_id, slots, actions, page } of load("pages").pages) {
  const capabilities = {
    media,
    charset,
    max_bytes: 65536,
    columns: 40,
    rows: 200,
    max_options: Number(template_id.split(".")[2] ?? 9),
  };
  const kind = template_id.split(".")[0];
  const contents = Object.fromEntries(slots.map(([name, , text]) => [name, text]));
  const summary = convert(kind, contents, actions, undefined, capabilities, true);
  hold(`page ${template_id}`, canonical([summary.template_id, summary.slots]), canonical([template_id, slots]));
  hold(`page ${template_id} in ${charset}`, decode(render(summary, capabilities), charset), page);
}
hold("digest", digest(load("PaymentInfo").valid), load("ConfirmInfo").claims.content.info_digest);

console.log(`${passed} hold`);
for (const failure of failures) console.log(failure);
process.exitCode = failures.length ? 1 : 0;
