// The wallet at security hardened, with the messages and keys of the vectors and at their time: what is forged is
// refused by the machines, and what the wallet makes can be opened and verified by whom it is for.

import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { compactDecrypt } from "jose";
import { Schemas } from "../schema.mjs";
import { Security, digest } from "../security.mjs";
import { Store } from "../store.mjs";
import { Wallet } from "../wallet.mjs";
import { OPENAPI, VECTORS } from "./documents.mjs";

const read = (name) => JSON.parse(readFileSync(`${VECTORS}/${name}.json`, "utf8"));
const keys = read("keys");
const log = () => {};
const certificatePem = (der) =>
  `-----BEGIN CERTIFICATE-----\n${der.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
const pair = ({ jwk, certificate }) => ({
  key: createPrivateKey({ key: jwk, format: "jwk" }).export({ format: "pem", type: "pkcs8" }),
  certificate: certificatePem(certificate),
});
const { signs, opens } = keys.parties["wallet-1"];
const config = {
  party: "wallet-1",
  security: "hardened",
  brands: ["example-pay"],
  opening: opens.map(pair),
  signing: Object.fromEntries(Object.entries(signs).map(([purpose, key]) => [purpose, pair(key)])),
  roots: Object.fromEntries(Object.entries(keys.roots).map(([purpose, list]) => [purpose, list.map(certificatePem)])),
};
const messageOf = (name) => {
  const { valid } = read(name).sets.find(({ security }) => security === "hardened");
  return JSON.parse(Buffer.from(valid.split(".")[1], "base64url"));
};
const forgeries = (name) => read(name).spoiled.filter(({ jws, jwe }) => jws || jwe);

/** A wallet with one user, and what it sends: `letters` are the messages, unsigned again. */
async function aWallet({ seconds = 0, user = messageOf("ForwardedPaymentInfo").user_ref } = {}) {
  const letters = [];
  const now = () => keys.now + seconds;
  const schemas = new Schemas(OPENAPI, "wallet", "hardened");
  const security = new Security(config, schemas, now);
  const store = new Store(join(mkdtempSync(join(tmpdir(), "wallet-hardened-")), "journal"));
  const payment = { keys: { keys: [{ use: "enc", x5c: [keys.parties.payment.opens[0].certificate] }] } };
  const peers = {
    knows: () => true,
    discover: async () => payment,
    sealingKey: (party) => security.sealingKey(payment, party),
    deliver: ({ body }) => letters.push(JSON.parse(Buffer.from(body.split(".")[1], "base64url"))),
  };
  const wallet = new Wallet({ config, security, store, peers, log, now });
  await wallet.start();
  if (user) {
    await wallet.setUp({
      user_ref: user,
      relay: "relay",
      display_name: "Wallet One",
      instruments: ["card ending 47"],
      brands: ["example-pay"],
      auth_info: read("AuthInfo").valid,
    });
  }
  const take = async (message) => {
    const count = letters.length;
    await wallet.receive(message);
    return letters.slice(count);
  };
  return { take, stop: () => wallet.stop() };
}

test("forged payment information is not payable", async () => {
  const { take, stop } = await aWallet();
  const message = messageOf("ForwardedPaymentInfo");
  for (const { name, jws } of forgeries("PaymentInfo")) {
    const [answer] = await take({ ...message, relay_txn: `${name.padEnd(22, "-")}`, payment_info: { jws } });
    assert.deepEqual([answer.message, answer.reason], ["WalletReject", "NOT_PAYABLE"], name);
  }
  assert.equal((await take(message))[0].message, "ConfirmInfoMessage");
  await stop();
});

test("a purchase", async () => {
  const { take, stop } = await aWallet();
  const info = messageOf("ForwardedPaymentInfo");
  const [confirmation] = await take(info);
  const [again] = await take(info);
  assert.deepEqual(again, confirmation);
  const claims = JSON.parse(Buffer.from(confirmation.confirm_info.jws.split(".")[1], "base64url"));
  assert.equal(claims.content.info_digest, digest(info.payment_info));
  const [request] = await take(messageOf("ForwardedPaymentProcessingRequest"));
  assert.equal(request.message, "PaymentRequest");
  const key = createPrivateKey({ key: keys.parties.payment.opens[0].jwk, format: "jwk" });
  const opened = await compactDecrypt(request.instruction.jwe, key);
  assert.deepEqual(Object.keys(opened.protectedHeader).sort(), ["alg", "enc", "epk", "kid", "typ"]);
  const instruction = JSON.parse(Buffer.from(opened.plaintext));
  assert.deepEqual([instruction.aud, instruction.exp - instruction.iat], ["payment", 900]);
  assert.equal(instruction.content.order_info_hash, digest(request.order_info));
  const dual = JSON.parse(Buffer.from(request.dual_signature.jws.split(".")[1], "base64url"));
  assert.equal(dual.content.instruction_hash, digest(request.instruction));
  assert.deepEqual(dual.aud, ["shop", "role:payment"]);
  const response = messageOf("PaymentResponse");
  for (const { name, jws } of forgeries("Receipt"))
    assert.deepEqual(await take({ ...response, receipt: { jws } }), [], name);
  assert.deepEqual(
    (await take(response)).map(({ message }) => message),
    ["ResultInfo"],
  );
  await stop();
});

test("consent that is not the user's, or comes too late", async () => {
  const message = messageOf("ForwardedPaymentProcessingRequest");
  const others = [undefined, ...forgeries("user_auth").map(({ jwe }) => ({ jwe }))];
  for (const user_auth of others) {
    const { take, stop } = await aWallet();
    await take(messageOf("ForwardedPaymentInfo"));
    const consent = { shown: message.consent.shown, ...(user_auth && { user_auth }) };
    const answers = await take({ ...message, consent });
    assert.deepEqual(
      answers.map(({ message: name, outcome }) => [name, outcome]),
      [
        ["WalletRefusal", "failed"],
        ["ProcedureAbort", undefined],
      ],
    );
    await stop();
  }
});

test("authentication information is stored for whom it was asked for, once", async () => {
  const { take, stop } = await aWallet({ user: null });
  const message = messageOf("ForwardedAuthenticationInfo");
  const refusal = async (other) => (await take({ ...message, ...other }))[0].refusal;
  for (const { name, jws } of forgeries("AuthInfo")) {
    const reg_id = name.padEnd(22, "-");
    const reason = name === "wrong_content" ? "MALFORMED" : "NOT_SIGNED"; // the first that holds
    assert.equal(await refusal({ reg_id, auth_info: { jws } }), reason, name);
  }
  assert.equal(await refusal({}), "OTHER_ENROLMENT"); // its nonce was offered by another
  await stop();
});
