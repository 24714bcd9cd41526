// The vectors of docs/vectors against what the wallet reads: valid messages are read, spoiled ones refused as they say.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { createPrivateKey, sign } from "node:crypto";
import { Schemas } from "../schema.mjs";
import { Security, digest } from "../security.mjs";
import { Refusal, canonical, parse } from "../strict_json.mjs";
import { OPENAPI, VECTORS } from "./documents.mjs";

const read = (name) => JSON.parse(readFileSync(`${VECTORS}/${name}`, "utf8"));
const keys = read("keys.json");
const PARTY = "wallet-1";

const pem = (der) => `-----BEGIN CERTIFICATE-----\n${der.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
const pair = ({ jwk, certificate }) => ({
  key: createPrivateKey({ key: jwk, format: "jwk" }),
  certificate: pem(certificate),
});
const toPem = ({ key, certificate }) => ({ key: key.export({ format: "pem", type: "pkcs8" }), certificate });

function reader(level) {
  const { signs, opens } = keys.parties[PARTY];
  const config = {
    party: PARTY,
    security: level,
    signing:
      level === "hardened" ? Object.fromEntries(Object.entries(signs).map(([name, k]) => [name, toPem(pair(k))])) : {},
    opening: level === "hardened" ? opens.map((k) => toPem(pair(k))) : [],
    roots:
      level === "hardened"
        ? Object.fromEntries(Object.entries(keys.roots).map(([purpose, list]) => [purpose, list.map(pem)]))
        : {},
  };
  const schemas = new Schemas(OPENAPI, "wallet", level);
  return { schemas, security: new Security(config, schemas, () => keys.now) };
}

/** The valid JSON, changed. */
function edited(value, edit) {
  const pointer = edit.set ?? edit.remove;
  if (pointer === undefined) return value;
  const copy = structuredClone(value);
  const steps = pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = steps.pop();
  let at = copy;
  for (const step of steps) at = at[step];
  if (edit.remove !== undefined) delete at[last];
  else at[last] = edit.value;
  return copy;
}

/** JSON as the vectors write it: with what canonical JSON of the wire has not, such as null. */
const written = (value) => canonical(value);

function bytesOf(valid, edit) {
  let bytes = Buffer.from(valid);
  if (edit.cut) bytes = bytes.subarray(0, -edit.cut);
  if (edit.append_blanks) bytes = Buffer.concat([bytes, Buffer.alloc(edit.append_blanks, " ")]);
  if (edit.insert_hex) {
    bytes = Buffer.concat([
      bytes.subarray(0, edit.offset),
      Buffer.from(edit.insert_hex, "hex"),
      bytes.subarray(edit.offset),
    ]);
  }
  if (edit.flip) bytes = Buffer.from(flipped(valid, edit.flip));
  if (edit.set !== undefined || edit.remove !== undefined)
    bytes = Buffer.from(written(edited(JSON.parse(valid), edit)));
  return bytes;
}

function flipped(compact, { part, byte, mask }) {
  const parts = compact.split(".");
  const bytes = Buffer.from(parts[part], "base64url");
  bytes[byte] ^= mask;
  parts[part] = bytes.toString("base64url");
  return parts.join(".");
}

/** Signed again by its sender, so that just one thing is wrong. */
function resigned(compact, payload, sender) {
  const header = compact.split(".")[0];
  const role = sender.replace(/-[^-]*$/, "");
  const key = createPrivateKey({ key: keys.parties[sender].signs[role].jwk, format: "jwk" });
  const signed = `${header}.${payload.toString("base64url")}`;
  return Buffer.from(`${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`);
}

function reasonOf(read) {
  try {
    read();
    return "none";
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

const MAX = 65536;
for (const file of readdirSync(VECTORS).filter((name) => name.endsWith(".json"))) {
  const { sets = [], message: name } = read(file);
  const plain = sets.find(({ security }) => security === "plain");
  for (const set of sets.filter(({ receiver }) => receiver === PARTY)) {
    test(`${name}, ${set.security}`, () => {
      const { schemas, security } = reader(set.security);
      const endpoint = schemas.endpoints().find((one) => one.name === name);
      const take = (bytes) => {
        if (bytes.length > MAX) throw new Refusal("too_large");
        return security.readMessage(bytes, endpoint);
      };
      take(Buffer.from(set.valid));
      for (const { name: spoiling, at, refused, edit = {}, bytes, peer } of set.spoiled) {
        if (peer) continue; // the channel's affair
        const refusal = reasonOf(() => take(bytes === undefined ? bytesOf(set.valid, edit) : Buffer.from(bytes)));
        if (["unverified", "unread", "expired"].includes(refused)) assert.equal(refusal, "none", spoiling);
        else assert.equal(refusal.reason, refused, `${spoiling} at ${at}`);
        if (at && refusal !== "none")
          assert.ok(refusal.pointer.startsWith(at) || !refusal.pointer, `${spoiling} at ${refusal.pointer}, not ${at}`);
      }
      if (set.security !== "hardened") return;
      const hardened = JSON.parse(Buffer.from(set.valid.split(".")[1], "base64url"));
      for (const { name: spoiling, at, refused, edit = {}, bytes } of plain.spoiled) {
        if (bytes === undefined && edit.set === undefined && edit.remove === undefined) continue;
        // What is within an object that is signed cannot be spoiled by the message's sender.
        if (
          (edit.set ?? edit.remove ?? "").split("/").length > 2 &&
          refused !== "none" &&
          Object.keys(set.objects).some((pointer) => at.startsWith(`${pointer}/`))
        )
          continue;
        if (bytes !== undefined) continue;
        const payload = Buffer.from(written(edited(hardened, edit)));
        const refusal = reasonOf(() => take(resigned(set.valid, payload, set.sender)));
        assert.equal(refusal.reason, refused, `${spoiling} at ${at}`);
      }
    });
  }
}

for (const name of ["PaymentInfo", "AuthInfo", "Receipt"]) {
  test(`${name}, signed`, () => {
    const { security } = reader("hardened");
    const { valid, claims, spoiled } = read(`${name}.json`);
    const term = security.readSigned(name, valid);
    assert.equal(term.by, claims.iss);
    assert.deepEqual(term.content, claims.content);
    for (const { name: spoiling, refused, edit, jws } of spoiled) {
      const artefact = { jws: jws ?? flipped(valid.jws, edit.flip) };
      if (spoiling === "wrong_signer") {
        // By another shop that is trusted: the machines compare who signed with whom it speaks of.
        assert.notEqual(security.readSigned(name, artefact).by, claims.iss);
        continue;
      }
      assert.equal(security.readSigned(name, artefact).by, null, spoiling);
      if (refused.includes("expired")) {
        assert.equal(security.readSigned(name, artefact, { takesExpired: true }).isExpired, true, spoiling);
      }
    }
  });
}

for (const [name, sealable] of [
  ["user_auth", ["user_auth"]],
  ["secret", ["secret", "user_auth"]],
]) {
  test(`${name}, sealed`, async () => {
    const { security } = reader("hardened");
    const { valid, beside, claims, spoiled } = read(`${name}.json`);
    assert.equal(await security.opened(name, { ...beside, [name]: valid }, sealable), claims.content);
    for (const { name: spoiling, edit, jwe } of spoiled) {
      const artefact = { jwe: jwe ?? flipped(valid.jwe, edit.flip) };
      assert.equal(await security.opened(name, { ...beside, [name]: artefact }, sealable), undefined, spoiling);
    }
  });
}

test("what the wallet signs is what the vectors have", () => {
  const { security } = reader("hardened");
  for (const [name, receiver] of [
    ["ConfirmInfo", "relay"],
    ["DualSignature", "shop"],
  ]) {
    const { valid, claims } = read(`${name}.json`);
    assert.deepEqual(security.signed(name, claims.content, receiver), valid);
  }
  for (const file of ["WalletOffer", "PaymentRequest", "AuthInfoStored", "ResultInfo", "EnrolmentKeyResponse"]) {
    const set = read(`${file}.json`).sets.find(({ security: level }) => level === "hardened");
    const message = parse(Buffer.from(set.valid.split(".")[1], "base64url"));
    assert.equal(security.writeMessage(message), set.valid);
  }
  const request = read("PaymentRequest.json").sets.find(({ security: level }) => level === "hardened");
  const { order_info, instruction } = parse(Buffer.from(request.valid.split(".")[1], "base64url"));
  const { content } = request.terms.fields.dual_signature;
  assert.equal(digest(order_info), content.order_info_hash.content);
  assert.equal(digest(instruction), content.instruction_hash.content);
});
