// node server.mjs CONFIG.json: a wallet of the payrelay protocol. Its journal stands beside its configuration.
//
// CONFIG.json has `party`, `security`, `listen.servers`, `peers` (URLs by party), `brands`; hardened `signing`, `opening`
// and `roots` (PEM); perhaps `setup_token`, which turns the set-up interface on, `openapi` (a folder), `public.servers`
// (the URL that others see), `display_name`, `timers` ({retry_time, info_expiry}, in seconds), `willing` (false: no new
// users), `otherwise` (a seed, with which it does whatever else it may: otherwise.mjs), and where a URL is https `tls`
// ({key, certificate, roots}; else the key that signs serves, too).

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { HttpServer } from "./http.mjs";
import { AsUsual, Otherwise } from "./otherwise.mjs";
import { Peers } from "./peers.mjs";
import { Schemas } from "./schema.mjs";
import { Security, roleOf } from "./security.mjs";
import { Store } from "./store.mjs";
import { Wallet } from "./wallet.mjs";

const [, , configPath] = process.argv;
if (!configPath) {
  console.error("usage: node server.mjs CONFIG.json");
  process.exit(2);
}

const folder = dirname(resolve(configPath));
const config = JSON.parse(readFileSync(configPath, "utf8"));
if (roleOf(config.party) !== "wallet") throw new Error(`${config.party} is no wallet`);
if (!["plain", "channel", "hardened"].includes(config.security))
  throw new Error("security: plain, channel or hardened");

/** No line has a body, a header or a member of a message but names: secrets are in no log (W-SEC-16). */
const log = (line) => console.error(`${new Date().toISOString()} ${line}`);

function tlsOf({ tls, signing, roots }) {
  const own = tls ?? signing?.wallet;
  if (!own) return {};
  return { key: own.key, cert: own.certificate, ca: tls?.roots ?? Object.values(roots ?? {}).flat() };
}

/** What is free is taken as usual, or otherwise. */
const otherwise = config.otherwise === undefined ? new AsUsual() : new Otherwise(config.otherwise);
const schemas = new Schemas(
  config.openapi ? resolve(folder, config.openapi) : fileURLToPath(new URL("../../../docs/openapi", import.meta.url)),
  "wallet",
  config.security,
  (names) => otherwise.order(names),
);
const security = new Security(config, schemas);
const tls = tlsOf(config);
const peers = new Peers({ config, security, tls, otherwise, log });
const store = new Store(join(folder, `${config.party}.journal`));
const wallet = new Wallet({ config, security, store, peers, otherwise, log });
const server = new HttpServer({ config, wallet, security, schemas, tls, otherwise, log });

// The address first: it is taken by one process only, and so is the journal.
await server.listen();
await wallet.start();
log(`${config.party} at ${config.listen.servers}, ${config.security}`);

let isEnding = false;
async function end() {
  if (isEnding) return;
  isEnding = true;
  const closed = server.close();
  await wallet.stop();
  await peers.settle();
  await Promise.race([
    closed,
    new Promise((done) => {
      setTimeout(done, 1000).unref();
    }),
  ]);
  log("ended");
  process.exit(0);
}
process.on("SIGTERM", end);
process.on("SIGINT", end);
