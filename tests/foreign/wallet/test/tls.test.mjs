// Security channel over mutual TLS: who sends is who the certificate names, and so is who is sent to.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { OPENAPI } from "./documents.mjs";

const PORT = Number(process.env.TEST_PORT ?? 9600) + 10;
const SERVER = fileURLToPath(new URL("../server.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wallet-tls-"));
const id = () => randomBytes(18).toString("base64url");
const sleep = (milliseconds) =>
  new Promise((done) => {
    setTimeout(done, milliseconds);
  });
const openssl = (...args) => execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
const read = (name) => readFileSync(join(folder, name), "utf8");

function root(name) {
  openssl(
    "req",
    "-x509",
    "-newkey",
    "ed25519",
    "-nodes",
    "-keyout",
    `${name}.key`,
    "-out",
    `${name}.pem`,
    "-subj",
    `/CN=${name}`,
    "-days",
    "2",
  );
}

function certify(name, uri, by = "root") {
  writeFileSync(join(folder, `${name}.ext`), `subjectAltName=URI:${uri}\nkeyUsage=critical,digitalSignature\n`);
  openssl(
    "req",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-keyout",
    `${name}.key`,
    "-out",
    `${name}.csr`,
    "-subj",
    `/CN=${name}`,
  );
  openssl(
    "x509",
    "-req",
    "-in",
    `${name}.csr`,
    "-CA",
    `${by}.pem`,
    "-CAkey",
    `${by}.key`,
    "-CAcreateserial",
    "-days",
    "1",
    "-extfile",
    `${name}.ext`,
    "-out",
    `${name}.pem`,
  );
}

const pair = (name) => ({ key: read(`${name}.key`), cert: read(`${name}.pem`) });
const got = [];
let child;
let relay;

function request(method, path, body, identity) {
  return new Promise((resolve, reject) => {
    const options = {
      method,
      port: PORT,
      host: "127.0.0.1",
      path,
      agent: false,
      rejectUnauthorized: false,
      ...(identity && pair(identity)),
      headers: body ? { "content-type": "application/json" } : {},
    };
    const outgoing = https.request(options, async (response) => {
      const parts = [];
      for await (const part of response) parts.push(part);
      resolve({ status: response.statusCode, body: parts.length ? JSON.parse(Buffer.concat(parts)) : undefined });
    });
    outgoing.on("error", reject);
    outgoing.end(body && JSON.stringify(body));
  });
}

const query = (sender = "relay") => ({
  message: "WalletQuery",
  sender,
  receiver: "wallet-1",
  wallet_txn: id(),
  user_ref: id(),
  brands: ["payrelay"],
  currency: "JPY",
});
const ask = (identity, sender) => request("POST", "/payrelay/v1/relay_wallet/wallet_query", query(sender), identity);

before(async () => {
  root("root");
  root("stranger");
  certify("wallet", "payrelay:wallet:wallet-1");
  certify("relay", "payrelay:relay:relay");
  certify("relay-2", "payrelay:relay:relay-2");
  certify("shop", "payrelay:shop:shop");
  certify("forged", "payrelay:relay:relay", "stranger");
  const url = `https://127.0.0.1:${PORT + 1}`;
  relay = https.createServer(
    {
      requestCert: true,
      rejectUnauthorized: true,
      ca: read("root.pem"),
      ...pair("relay"),
    },
    async (incoming, response) => {
      const parts = [];
      for await (const part of incoming) parts.push(part);
      if (incoming.method === "POST") {
        got.push({ from: incoming.socket.getPeerCertificate().subjectaltname, ...JSON.parse(Buffer.concat(parts)) });
        response.writeHead(202).end();
      } else {
        response.end(
          JSON.stringify({
            party: "relay",
            role: "relay",
            versions: ["v1"],
            security: "channel",
            links: { relay_wallet: url },
            keys: { keys: [] },
          }),
        );
      }
    },
  );
  await new Promise((done) => {
    relay.listen(PORT + 1, "127.0.0.1", done);
  });
  const roots = Object.fromEntries(["relay", "shop", "wallet", "payment"].map((role) => [role, [read("root.pem")]]));
  writeFileSync(
    join(folder, "config.json"),
    JSON.stringify({
      party: "wallet-1",
      security: "channel",
      listen: { servers: `https://127.0.0.1:${PORT}` },
      brands: [],
      roots,
      openapi: OPENAPI,
      peers: { relay: url, "relay-2": url, shop: url },
      tls: { key: read("wallet.key"), certificate: read("wallet.pem"), roots: [read("root.pem")] },
    }),
  );
  child = spawn(process.execPath, [SERVER, join(folder, "config.json")], { stdio: ["ignore", "ignore", "pipe"] });
  child.stderr.resume();
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await request("GET", "/health").catch(() => undefined))?.status === 200) return;
    await sleep(50);
  }
});

after(() => {
  child.kill();
  relay.close();
});

test("a discovery document takes no certificate, and set-up is off", async () => {
  const { body } = await request("GET", "/.well-known/payrelay");
  assert.deepEqual(body.links, { relay_wallet: `https://127.0.0.1:${PORT}`, wallet_shop: `https://127.0.0.1:${PORT}` });
  assert.equal(body.setup, null);
  assert.equal((await request("POST", "/payrelay/v1/setup/enrolments", {})).status, 404);
});

test("the sender is whom the certificate names", async () => {
  assert.equal((await ask("relay")).status, 202);
  await sleep(200);
  assert.equal(got.at(-1).message, "WalletOffer");
  assert.equal(got.at(-1).from, "URI:payrelay:wallet:wallet-1");
  assert.equal((await ask()).status, 401);
  assert.equal((await ask("forged")).status, 401);
  assert.equal((await ask("shop")).status, 401); // trusted, and no relay
  const other = await ask("relay-2");
  assert.deepEqual([other.status, other.body.reason], [403, "wrong_sender"]);
});

test("nothing is sent to whom the certificate does not name", async () => {
  const count = got.length;
  assert.equal((await ask("relay-2", "relay-2")).status, 202); // its URL is served by the relay
  await sleep(300);
  assert.equal(got.length, count);
});
