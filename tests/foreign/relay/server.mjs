// node server.mjs CONFIG.json: a relay of the payrelay protocol. Its journal stands beside its configuration.
//
// CONFIG.json has `party`, `security`, `listen` ({terminals, servers}), `peers` (URLs by party); hardened `signing`,
// `opening` and `roots` (PEM); perhaps `setup_token`, which turns the set-up interface on, `openapi` (a folder), `timers`
// (in seconds), `relay_asks_payment_server`, and where a URL is https `tls` ({key, certificate, roots}).

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { HttpServer, Peers } from "./http.mjs";
import { Relay } from "./relay.mjs";
import { Schemas } from "./schema.mjs";
import { Security } from "./security.mjs";
import { Journal } from "./store.mjs";

const log = (line) => process.stderr.write(`${new Date().toISOString()} ${line}\n`);

const file = process.argv[2];
if (!file) {
  process.stderr.write("usage: node server.mjs CONFIG.json\n");
  process.exit(2);
}
const config = JSON.parse(readFileSync(file, "utf8"));
const home = dirname(resolve(file));
const openapi = config.openapi
  ? resolve(home, config.openapi)
  : fileURLToPath(new URL("../../../docs/openapi", import.meta.url));

const schemas = new Schemas(openapi, "relay", config.security);
const security = new Security(config, schemas);
const journal = new Journal(join(home, `${config.party}.journal`));
const peers = new Peers({ config, log });
const relay = new Relay({ config, security, journal, deliver: (sending) => void peers.deliver(sending), log });
const server = new HttpServer({ relay, security, schemas, config, log });

let ending = false;
async function end(signal) {
  if (ending) return;
  ending = true;
  log(`ends: ${signal}`);
  server.isReady = false;
  relay.stop();
  await server.close();
  peers.close();
  journal.close();
  process.exit(0);
}
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => void end(signal));

// The ports first: two servers never write one journal. Until it is read, everything is answered by 503.
await server.listen();
relay.load();
server.isReady = true;
log(
  `${config.party} (${config.security}): terminals at ${config.listen.terminals}, servers at ${config.listen.servers}`,
);
