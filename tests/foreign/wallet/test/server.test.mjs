// The server, at security plain, between a relay and a shop that the test plays: every row of the two state tables,
// what is passed over, what is refused, and what a kill -9 leaves.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { OPENAPI } from "./documents.mjs";

const PORT = Number(process.env.TEST_PORT ?? 9600);
const SERVER = fileURLToPath(new URL("../server.mjs", import.meta.url));
const id = () => randomBytes(18).toString("base64url");
const sleep = (milliseconds) =>
  new Promise((done) => {
    setTimeout(done, milliseconds);
  });
const folder = mkdtempSync(join(tmpdir(), "wallet-test-"));
const base = `http://127.0.0.1:${PORT}`;
const TOKEN = id();
const USER = id();
const AUTH = {
  account: "4000 1234",
  certificate: id(),
  reg_id: id(),
  secret: "sample secret",
  subject: "user",
  wallet: "wallet-1",
};
const ENROLMENT = {
  user_ref: USER,
  relay: "relay",
  display_name: "Wallet 1",
  instruments: ["account ending 1234"],
  brands: ["payrelay"],
  auth_info: AUTH,
};
const got = { relay: [], shop: [] };
let child;
const servers = [];

function play(party, port, links) {
  const server = http.createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    if (request.method === "GET") {
      const url = `http://127.0.0.1:${port}`;
      response.end(
        JSON.stringify({
          schema_version: 1,
          kind: "discovery",
          party,
          role: party,
          versions: ["v1"],
          security: "plain",
          links: Object.fromEntries(links.map((link) => [link, `${url}/${link}-base/`])),
          keys: { keys: [] },
          limits: {},
          setup: null,
        }),
      );
      return;
    }
    const bytes = Buffer.concat(parts).toString();
    got[party].push({ path: request.url, type: request.headers["content-type"], bytes, ...JSON.parse(bytes) });
    response.writeHead(202).end();
  });
  servers.push(server);
  return new Promise((done) => {
    server.listen(port, "127.0.0.1", done);
  });
}

async function start() {
  child = spawn(process.execPath, [SERVER, join(folder, "config.json")], { stdio: ["ignore", "ignore", "pipe"] });
  child.stderr.resume();
  for (let tries = 0; tries < 100; tries += 1) {
    const health = await fetch(`${base}/health`)
      .then((response) => response.json())
      .catch(() => undefined);
    if (health?.status === "ready") return;
    await sleep(50);
  }
  throw new Error("it does not start");
}

async function stop(signal = "SIGKILL") {
  const ended = new Promise((done) => {
    child.once("exit", (code) => done(code));
  });
  child.kill(signal);
  return ended;
}

const post = (path, body, headers = {}) =>
  fetch(base + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

/** Sends as relay or shop, and returns the status and what came of it. */
async function send(name, fields, { sender = "relay", link = "relay_wallet" } = {}) {
  const count = { relay: got.relay.length, shop: got.shop.length };
  const path = `/payrelay/v1/${link}/${name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase()}`;
  const response = await post(path, { message: name, sender, receiver: "wallet-1", ...fields });
  const text = await response.text();
  await sleep(200); // what comes of it has come by then, and what must not has had the time to
  const of = (party) => got[party].slice(count[party]).map(({ message }) => message);
  return { status: response.status, text, relay: of("relay"), shop: of("shop") };
}

const last = (party) => got[party].at(-1);
const setUp = (body, token = TOKEN) =>
  post("/payrelay/v1/setup/enrolments", body, { authorization: `Bearer ${token}` });

function anOrder(more = {}) {
  const relay_txn = id();
  const payment_info = {
    proc_key: { shop: "shop", proc_id: id() },
    payee_name: "Bookshop",
    order_ref: { shop: "shop", order: id() },
    relay_txn,
    amount: { value: 150, currency: "JPY" },
    order_digest: "A".repeat(43),
    brands: ["payrelay"],
    payment_server: "payment",
    pay_url: "http://127.0.0.1:1/elsewhere",
    shop_nonce: id(),
    ...more,
  };
  const { proc_key, amount, payee_name } = payment_info;
  return {
    relay_txn,
    proc_key,
    payment_info,
    offer: (user_ref = USER) => send("ForwardedPaymentInfo", { relay_txn, user_ref, payment_info }),
    consent: (other = {}) =>
      send("ForwardedPaymentProcessingRequest", {
        relay_txn,
        consent: { shown: { proc_key, amount, payee_name, wallet: "wallet-1", ...other } },
      }),
    cancel: () => send("ForwardedCancel", { relay_txn, proc_key }),
    pay: (outcome = "approved", other = {}) =>
      send(
        "PaymentResponse",
        {
          proc_key,
          receipt: { proc_key, amount, outcome, code: "", ...other },
        },
        { sender: "shop", link: "wallet_shop" },
      ),
  };
}

const nothing = { status: 202, text: "", relay: [], shop: [] };

function configure(info_expiry) {
  writeFileSync(
    join(folder, "config.json"),
    JSON.stringify({
      party: "wallet-1",
      security: "plain",
      listen: { servers: base },
      openapi: OPENAPI,
      setup_token: TOKEN,
      brands: ["payrelay"],
      peers: {
        relay: `http://127.0.0.1:${PORT + 1}`,
        shop: `http://127.0.0.1:${PORT + 2}`,
        payment: "http://127.0.0.1:1",
      },
      timers: { retry_time: 3, info_expiry },
    }),
  );
}

before(async () => {
  await play("relay", PORT + 1, ["relay_wallet"]);
  await play("shop", PORT + 2, ["wallet_shop"]);
  configure(900);
  await start();
});

after(async () => {
  await stop();
  servers.forEach((server) => server.close());
});

test("set-up: a token, the same again, otherwise", async () => {
  assert.equal((await setUp(ENROLMENT, "wrong")).status, 401);
  assert.equal((await post("/payrelay/v1/setup/enrolments", ENROLMENT)).status, 401);
  assert.equal((await setUp(ENROLMENT)).status, 204);
  assert.equal((await setUp(ENROLMENT)).status, 204);
  const otherwise = await setUp({ ...ENROLMENT, brands: ["other"] });
  assert.equal(otherwise.status, 409);
  assert.equal((await otherwise.json()).type, "https://payrelay.example/problems/protocol-error");
  assert.equal((await setUp({ ...ENROLMENT, user_ref: id(), auth_info: { ...AUTH, wallet: "wallet-2" } })).status, 400);
});

test("HTTP: discovery, and what is refused", async () => {
  const discovery = await (await fetch(`${base}/.well-known/payrelay`)).json();
  assert.deepEqual(discovery, {
    schema_version: 1,
    kind: "discovery",
    party: "wallet-1",
    role: "wallet",
    versions: ["v1"],
    security: "plain",
    links: { relay_wallet: base, wallet_shop: base },
    keys: { keys: [] },
    limits: { max_body: 65536 },
    setup: base,
  });
  const at = "/payrelay/v1/relay_wallet/wallet_query";
  const query = {
    message: "WalletQuery",
    sender: "relay",
    receiver: "wallet-1",
    wallet_txn: id(),
    user_ref: USER,
    brands: [],
    currency: "JPY",
  };
  const problem = async (response) => {
    const { type, status, reason, pointer } = await response.json();
    assert.equal(response.status, status);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    return [status, type.split("/").at(-1), reason, pointer];
  };
  const cases = [
    [post(at, { ...query, receiver: "wallet-2" }), [421, "misdirected", "wrong_receiver", "/receiver"]],
    [post(at, { ...query, sender: "shop" }), [400, "malformed", "unknown_message", "/sender"]],
    [post(at, { ...query, message: "ForwardedCancel" }), [400, "malformed", "unknown_message", "/message"]],
    [post(at, { ...query, more: 1 }), [400, "malformed", "unknown_member", "/more"]],
    [post(at, { ...query, user_ref: "short" }), [400, "malformed", "not_an_identifier", "/user_ref"]],
    [post(at, { ...query, brands: [" padded"] }), [400, "malformed", "not_text", "/brands/0"]],
    [post(at, '{"a": 1'), [400, "malformed", "not_json", ""]],
    [post(at, `${JSON.stringify(query)}${" ".repeat(70_000)}`), [413, "too-large", "too_large", ""]],
    [post(at, query, { "content-type": "text/plain" }), [415, "unsupported-media-type", undefined, undefined]],
    [
      post(at, query, { "content-type": "application/json; charset=latin1" }),
      [415, "unsupported-media-type", undefined, undefined],
    ],
    [post("/payrelay/v1/relay_wallet/nonsense", query), [404, "not-found", undefined, undefined]],
    [post("/payrelay/v2/relay_wallet/wallet_query", query), [404, "unsupported-version", undefined, undefined]],
    [fetch(base + at), [405, "method-not-allowed", undefined, undefined]],
  ];
  for (const [response, expected] of cases) assert.deepEqual(await problem(await response), expected);
  assert.equal((await fetch(base + at)).headers.get("allow"), "POST");
  const taken = await post(`${at}?more=1`, query, {
    "content-type": 'Application/JSON; charset="UTF-8"',
    "x-more": "1",
  });
  assert.equal(taken.status, 202);
  await sleep(100); // its answer is not the next test's
});

test("a query is answered by an offer, or by none", async () => {
  const ask = (user_ref, brands) => send("WalletQuery", { wallet_txn: id(), user_ref, brands, currency: "JPY" });
  assert.deepEqual((await ask(USER, ["payrelay", "x"])).relay, ["WalletOffer"]);
  assert.deepEqual(last("relay").instruments, ["account ending 1234"]);
  assert.equal(last("relay").path, "/relay_wallet-base/payrelay/v1/relay_wallet/wallet_offer");
  await ask(USER, ["x"]);
  assert.deepEqual(last("relay").instruments, []);
  await ask(id(), ["payrelay"]);
  assert.deepEqual(last("relay").instruments, []);
});

test("a purchase, with everything twice", async () => {
  const order = anOrder();
  assert.deepEqual((await order.offer()).relay, ["ConfirmInfoMessage"]);
  const confirmation = last("relay").bytes;
  assert.deepEqual((await order.offer()).relay, ["ConfirmInfoMessage"]);
  assert.equal(last("relay").bytes, confirmation);
  assert.deepEqual(
    await send("ForwardedPaymentInfo", {
      relay_txn: order.relay_txn,
      user_ref: USER,
      payment_info: { ...order.payment_info, payee_name: "Other" },
    }),
    nothing,
  );
  assert.equal((await order.pay()).status, 409); // nothing was requested
  assert.deepEqual((await order.consent()).shop, ["PaymentRequest"]);
  const request = last("shop");
  assert.equal(request.instruction.account, "4000 1234");
  assert.equal(request.order_info.wallet_nonce, JSON.parse(confirmation).confirm_info.wallet_nonce);
  assert.deepEqual(await order.consent(), nothing);
  assert.deepEqual(await order.cancel(), nothing);
  assert.deepEqual(await order.offer(), nothing);
  await stop("SIGKILL");
  await start();
  await sleep(3200); // retry_time, after a restart as before
  assert.equal(last("shop").bytes, request.bytes);
  assert.deepEqual(await order.pay("nonsense"), nothing);
  assert.deepEqual(await order.pay("approved", { amount: { value: 1, currency: "JPY" } }), nothing);
  assert.deepEqual((await order.pay()).relay, ["ResultInfo"]);
  const result = last("relay").bytes;
  assert.deepEqual(await order.pay("declined"), nothing);
  assert.deepEqual(await order.offer(), nothing);
  await stop("SIGKILL");
  await start();
  assert.deepEqual((await order.consent()).relay, ["ResultInfo"]);
  assert.equal(last("relay").bytes, result);
  assert.deepEqual((await order.cancel()).relay, ["ResultInfo"]);
  const count = got.shop.length;
  await sleep(3200);
  assert.equal(got.shop.length, count); // the timer has ended with its state
});

test("who is not bound to a machine is passed over", async () => {
  const order = anOrder();
  await order.offer();
  assert.deepEqual(
    await send("ForwardedCancel", { relay_txn: order.relay_txn, proc_key: order.proc_key }, { sender: "relay-2" }),
    nothing,
  );
  await order.consent();
  const receipt = { proc_key: order.proc_key, amount: order.payment_info.amount, outcome: "declined", code: "" };
  assert.deepEqual(
    await send("PaymentResponse", { proc_key: order.proc_key, receipt }, { sender: "shop-2", link: "wallet_shop" }),
    nothing,
  );
  assert.deepEqual((await order.pay()).relay, ["ResultInfo"]);
});

test("what is not payable", async () => {
  const reasonOf = async (order, user) => {
    assert.deepEqual((await order.offer(user)).relay, ["WalletReject"]);
    return last("relay").reason;
  };
  assert.equal(await reasonOf(anOrder(), id()), "NOT_ENROLLED");
  assert.equal(await reasonOf(anOrder({ brands: ["other"] })), "NOT_PAYABLE");
  assert.equal(await reasonOf(anOrder({ relay_txn: id() })), "NOT_PAYABLE");
  assert.equal(await reasonOf(anOrder({ order_ref: { shop: "shop-2", order: id() } })), "NOT_PAYABLE");
  assert.equal(
    await reasonOf(
      anOrder({ proc_key: { shop: "shop-2", proc_id: id() }, order_ref: { shop: "shop-2", order: id() } }),
    ),
    "NOT_PAYABLE",
  );
  const seen = anOrder();
  await seen.offer();
  assert.equal(await reasonOf(anOrder({ proc_key: seen.proc_key })), "NOT_PAYABLE");
  const rejected = anOrder({ brands: ["other"] });
  await rejected.offer();
  assert.deepEqual((await rejected.offer()).relay, ["WalletReject"]);
  assert.deepEqual(await rejected.consent(), nothing);
  assert.deepEqual(await rejected.cancel(), nothing);
});

test("cancelled: by the user, before and after; and refused", async () => {
  const early = anOrder();
  assert.deepEqual(await early.cancel(), { ...nothing, relay: ["CancelAck"] });
  assert.deepEqual((await early.offer()).relay, ["WalletReject"]);
  assert.deepEqual((await early.cancel()).relay, ["CancelAck"]);
  assert.deepEqual(await early.pay(), nothing);
  assert.deepEqual((await anOrder({ proc_key: early.proc_key }).offer()).relay, ["WalletReject"]);
  assert.deepEqual(await early.consent(), nothing);

  const late = anOrder();
  await late.offer();
  assert.deepEqual(await late.cancel(), { ...nothing, relay: ["CancelAck"], shop: ["ProcedureAbort"] });
  assert.equal(last("shop").relay_txn, undefined);
  assert.deepEqual(last("shop").proc_key, late.proc_key);
  await stop("SIGKILL");
  await start();
  assert.deepEqual(await late.consent(), nothing);
  assert.deepEqual(await late.cancel(), { ...nothing, relay: ["CancelAck"] });

  const mistaken = anOrder();
  await mistaken.offer();
  assert.deepEqual(await mistaken.consent({ amount: { value: 1, currency: "JPY" } }), {
    ...nothing,
    relay: ["WalletRefusal"],
    shop: ["ProcedureAbort"],
  });
  assert.equal(last("relay").outcome, "failed");
  assert.deepEqual(await mistaken.consent(), { ...nothing, relay: ["WalletRefusal"] });
  assert.deepEqual(await mistaken.cancel(), { ...nothing, relay: ["WalletRefusal"] });

  await stop();
  configure(2);
  await start();
  const slow = anOrder();
  await slow.offer();
  const count = got.relay.length;
  await sleep(2200);
  assert.equal(last("shop").message, "ProcedureAbort");
  assert.equal(got.relay.length, count);
  assert.deepEqual(await slow.consent(), { ...nothing, relay: ["WalletRefusal"] });
  assert.equal(last("relay").outcome, "expired");
  configure(900);
});

test("a restart forgets what waits for consent, and nothing else", async () => {
  const order = anOrder();
  await order.offer();
  await stop("SIGKILL");
  await start();
  assert.deepEqual(await order.pay(), nothing); // it belongs to nothing that is known
  assert.deepEqual((await order.consent()).relay, ["WalletRefusal"]);
  assert.equal(last("relay").outcome, "failed");
  const again = anOrder();
  await again.offer();
  await stop("SIGTERM");
  await start();
  assert.deepEqual((await again.offer()).relay, ["ConfirmInfoMessage"]); // no key was used
});

test("a registration, and what is not stored", async () => {
  const user_ref = id();
  const store = (reg_id, auth_info) => send("ForwardedAuthenticationInfo", { reg_id, user_ref, auth_info });
  const answer = async (reg_id, auth_info) => {
    assert.deepEqual((await store(reg_id, auth_info)).relay, ["AuthInfoStored"]);
    return [last("relay").refusal, last("relay").brands];
  };
  const reg_id = id();
  const auth_info = { ...AUTH, reg_id, account: "77 5432" };
  assert.deepEqual(await answer(id(), auth_info), ["MALFORMED", []]); // it is of another registration
  assert.deepEqual(await answer(reg_id, auth_info), ["", ["payrelay"]]);
  await stop("SIGKILL");
  await start();
  assert.deepEqual(await answer(reg_id, auth_info), ["", ["payrelay"]]);
  const reg_txn = id();
  assert.deepEqual((await send("EnrolmentKeyRequest", { reg_txn, user_ref })).relay, ["EnrolmentKeyResponse"]);
  const key = last("relay").bytes;
  await send("EnrolmentKeyRequest", { reg_txn, user_ref });
  assert.equal(last("relay").bytes, key);
  const order = anOrder();
  await order.offer(user_ref);
  assert.equal(last("relay").confirm_info.instrument_label, "account ending 432");
});

test("a line that a crash has cut off is not there", async () => {
  await stop("SIGKILL");
  const path = join(folder, "wallet-1.journal");
  const whole = readFileSync(path);
  writeFileSync(path, Buffer.concat([whole, Buffer.from('[["procedures","x",{"st')]));
  await start();
  assert.equal(readFileSync(path).length, whole.length);
  assert.deepEqual((await anOrder().offer()).relay, ["ConfirmInfoMessage"]);
  assert.equal(await stop("SIGTERM"), 0);
  await start();
});
