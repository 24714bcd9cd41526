// HTTP, both ways (wire.md section 1): the two listeners, one for terminals and one for servers, and the posts to
// peers.

import http from "node:http";
import https from "node:https";
import { createHash, timingSafeEqual } from "node:crypto";
import { BROWSER, htmlPage, PAGE_HEADERS, present, readForm, startPage } from "./forms.mjs";
import { checkMessage, readMessage, roleOf } from "./messages.mjs";
import { Problem } from "./problems.mjs";
import { fresh } from "./relay.mjs";
import { namedBy } from "./security.mjs";
import { canonical, MAX_BODY, parseStrict, Refusal } from "./strict_json.mjs";

const VERSION = "v1";
const SETUP = "/payrelay/v1/setup/sessions";
const START = "/payrelay/v1/terminal_edge/start";
/** Tells which messages belong together, for logs of tests (W-HTTP-18): with what it came, that leaves with it, too. */
const RUN = "payrelay-procedure";
/** Messages of one peer that may come at once, and in a second (W-SEC-17). */
const PEER_BURST = 2000;
const PEER_RATE = 500;

export class HttpServer {
  #relay;
  #security;
  #schemas;
  #config;
  #log;
  #servers = [];
  #pace = new Map();
  isReady = false;

  constructor({ relay, security, schemas, config, log }) {
    this.#relay = relay;
    this.#security = security;
    this.#schemas = schemas;
    this.#config = config;
    this.#log = log;
    const { terminals, servers } = config.listen;
    const links = { terminal_edge: terminals };
    for (const { link } of schemas.endpoints.values()) links[link] ??= servers;
    this.discovery = canonical({
      schema_version: 1,
      kind: "discovery",
      party: config.party,
      role: security.role,
      versions: [VERSION],
      security: config.security,
      links,
      keys: { keys: security.jwks },
      limits: { max_body: MAX_BODY },
      setup: config.setup_token ? servers : null,
    });
  }

  async listen() {
    for (const section of ["terminals", "servers"]) {
      const url = new URL(this.#config.listen[section]);
      const handler = (request, response) => this.#handle(section, request, response);
      const server =
        url.protocol === "https:"
          ? https.createServer(tlsOptions(this.#config, section === "servers"), handler)
          : http.createServer(handler);
      server.on("clientError", (_error, socket) => socket.destroy());
      await new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(
          Number(url.port || (url.protocol === "https:" ? 443 : 80)),
          url.hostname.replace(/^\[|\]$/g, ""),
          resolve,
        );
      });
      this.#servers.push(server);
    }
  }

  async close() {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    setTimeout(() => this.#servers.forEach((server) => server.closeAllConnections()), 500).unref();
    await Promise.all(closed);
  }

  async #handle(section, request, response) {
    try {
      if (!this.isReady && !request.url.startsWith("/health"))
        throw new Problem("unavailable", { headers: { "retry-after": "1" } });
      await this.#route(section, request, response);
    } catch (error) {
      const problem = Problem.of(error);
      if (!problem) this.#log(`${request.method} ${request.url.split("?")[0]}: ${error.stack}`);
      writeProblem(request, response, problem ?? new Problem("internal-error"), section);
    }
  }

  async #route(section, request, response) {
    const [path] = request.url.split("?");
    const version = /^\/payrelay\/(v[^/]*)(?:\/|$)/.exec(path)?.[1];
    if (version !== undefined && version !== VERSION)
      throw new Problem("unsupported-version", { members: { versions: [VERSION] } });
    if (path === "/health") return this.#get(request, response, { status: "ok" });
    if (path === "/.well-known/payrelay") return this.#get(request, response, this.discovery);
    if (section === "terminals" && path === START) return this.#start(request, response);
    if (section === "servers" && path === SETUP && this.#config.setup_token) return this.#setUp(request, response);
    const endpoint = this.#schemas.endpoints.get(path);
    if (!endpoint || (endpoint.link === "terminal_edge") !== (section === "terminals")) throw new Problem("not-found");
    onlyMethods(request, "POST");
    return section === "terminals"
      ? this.#takeOfTerminal(endpoint, request, response)
      : this.#takeOfServer(endpoint, request, response);
  }

  #get(request, response, document) {
    onlyMethods(request, "GET", "HEAD");
    write(
      response,
      200,
      { "content-type": "application/json" },
      typeof document === "string" ? document : canonical(document),
    );
  }

  // ---- servers

  async #takeOfServer(endpoint, request, response) {
    const peer = this.#peerOf(request, endpoint.sender);
    onlyMedia(request, this.#security.hardened ? "application/jose" : "application/json");
    const bytes = await readBytes(request);
    const { message, object } = readMessage(bytes, endpoint, {
      security: this.#security,
      schemas: this.#schemas,
      now: this.#relay.now(),
      peer,
    });
    this.#admit(message.sender);
    this.#relay.receive(message, object, request.headers[RUN]);
    write(response, 202, {}, "");
  }

  /** The party whom the channel shows: the client certificate's, where there is TLS; else nobody. */
  #peerOf(request, role) {
    if (!request.socket.encrypted) return undefined;
    if (!request.socket.authorized) throw new Problem("unauthenticated");
    const { subjectaltname, raw } = request.socket.getPeerCertificate();
    const named = namedBy(subjectaltname);
    const isTrusted =
      named &&
      named.purpose === roleOf(named.party) &&
      (this.#config.tls?.roots || this.#security.isIssuedFor(named.purpose, raw));
    if (!isTrusted) throw new Problem("unauthenticated");
    if (named.purpose !== role) throw new Problem("forbidden");
    return named.party;
  }

  #admit(peer) {
    const now = this.#relay.now();
    const { left, at } = this.#pace.get(peer) ?? { left: PEER_BURST, at: now };
    const allowed = Math.min(PEER_BURST, left + (now - at) * PEER_RATE);
    if (allowed < 1) throw new Problem("slow-down", { headers: { "retry-after": "1" } });
    if (this.#pace.size > 1000) this.#pace.clear();
    this.#pace.set(peer, { left: allowed - 1, at: now });
  }

  // ---- set-up

  async #setUp(request, response) {
    onlyMethods(request, "POST");
    const token = (text) => createHash("sha256").update(text).digest();
    if (!timingSafeEqual(token(request.headers.authorization ?? ""), token(`Bearer ${this.#config.setup_token}`)))
      throw new Problem("unauthenticated", { headers: { "www-authenticate": "Bearer" } });
    onlyMedia(request, "application/json");
    const setup = parseStrict(await readBytes(request));
    this.#schemas.checkSetup(setup);
    this.#relay.setUpSession(setup);
    write(response, 204, {}, "");
  }

  // ---- terminals

  async #takeOfTerminal(endpoint, request, response) {
    const isForm = onlyMedia(request, "application/json", "application/x-www-form-urlencoded") !== "application/json";
    const bytes = await readBytes(request);
    let message;
    if (isForm) {
      const session = this.#cookie(request);
      if (!this.#relay.hasSession(session)) throw new Problem("unauthenticated");
      const posted = readForm(bytes, session, this.#security.hardened);
      const named = [...this.#schemas.endpoints.values()].find((one) => one.message === posted.message);
      message = checkMessage(posted, named, { security: this.#security, schemas: this.#schemas });
    } else ({ message } = readMessage(bytes, endpoint, { security: this.#security, schemas: this.#schemas }));
    const reply = {
      answer: (answer, capabilities, opening) => {
        const { headers, body } = present(answer, capabilities, opening, fresh);
        write(response, 200, headers, body);
      },
      refuse: (problem) => writeProblem(request, response, problem, "terminals"),
    };
    response.on("close", () => response.writableFinished || this.#relay.forget(reply));
    this.#relay.request(message, reply);
  }

  /**
   * Where a browser comes to from a shop (W-TERM-18). How its user logs in is this operator's affair: here, by set-up.
   */
  #start(request, response) {
    onlyMethods(request, "GET", "HEAD");
    const query = new URLSearchParams(request.url.split("?")[1] ?? "");
    const order_ref = { shop: query.get("shop") ?? "", order: query.get("order") ?? "" };
    this.#schemas.check("OrderRef", order_ref);
    if (roleOf(order_ref.shop) !== "shop") throw new Refusal("not_a_value", "/shop");
    if (!this.#relay.hasSession(this.#cookie(request))) throw new Problem("unauthenticated");
    write(
      response,
      200,
      { ...PAGE_HEADERS, "content-type": "text/html; charset=utf-8" },
      startPage(this.#security.party, order_ref, BROWSER, fresh),
    );
  }

  #cookie(request) {
    const name = this.#config.security === "plain" ? "payrelay_session" : "__Host-payrelay_session";
    const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim().split("="));
    return pairs.find(([own]) => own === name)?.[1];
  }
}

// ---- requests and responses

function onlyMethods(request, ...methods) {
  if (!methods.includes(request.method))
    throw new Problem("method-not-allowed", { headers: { allow: methods.join(", ") } });
}

/** The media type of a body, if it is one of these, in UTF-8 and not encoded further. */
function onlyMedia(request, ...types) {
  const [type, ...parameters] = (request.headers["content-type"] ?? "")
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const charset = parameters
    .find((one) => one.startsWith("charset="))
    ?.slice("charset=".length)
    .replaceAll('"', "");
  const isForm = type === "application/x-www-form-urlencoded"; // its charset is that of its envelope
  if (
    !types.includes(type) ||
    (!isForm && charset !== undefined && charset !== "utf-8") ||
    request.headers["content-encoding"]
  )
    throw new Problem("unsupported-media-type");
  return type;
}

async function readBytes(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY)
      throw new Problem("too-large", {
        members: { reason: "too_large", pointer: "" },
        headers: { connection: "close" },
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function write(response, status, headers, body) {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...headers, ...(status === 204 ? {} : { "content-length": Buffer.byteLength(body) }) });
  response.end(response.req.method === "HEAD" ? "" : body);
}

function writeProblem(request, response, problem, section) {
  if (section === "terminals" && (request.headers.accept ?? "").includes("text/html")) {
    const body = htmlPage(problem.title, `<p>${problem.help}</p>`);
    return write(
      response,
      problem.status,
      { ...PAGE_HEADERS, "content-type": "text/html; charset=utf-8", ...problem.headers },
      body,
    );
  }
  write(
    response,
    problem.status,
    { "content-type": "application/problem+json", "cache-control": "no-store", ...problem.headers },
    JSON.stringify(problem.document),
  );
}

/**
 * Keys for TLS: the configuration's `tls`, or those by which this party signs (section 8.1: the same form serves both).
 */
function tlsOptions({ tls, signing, roots, party }, asksForCertificate) {
  const { key, certificate } = tls ?? signing[roleOf(party)];
  const ca = tls?.roots ?? [
    ...new Set(
      Object.entries(roots)
        .filter(([purpose]) => purpose !== "user")
        .flatMap(([, list]) => list),
    ),
  ];
  return {
    key,
    cert: certificate,
    ca,
    minVersion: "TLSv1.2",
    requestCert: asksForCertificate,
    rejectUnauthorized: false,
  };
}

// ---- posts to peers

const PATIENCE = 5000;
const DISCOVERY_HOLDS = 60000;
/** An idle connection is left before the peer may close it, as a message that crosses its closing would be lost. */
const IDLE = { keepAlive: true, maxSockets: 64, timeout: 1500 };

export class Peers {
  #config;
  #log;
  #discovered = new Map();
  #agents = { "http:": new http.Agent(IDLE), "https:": new https.Agent(IDLE) };

  constructor({ config, log }) {
    this.#config = config;
    this.#log = log;
  }

  /**
   * Posts a message once. Whatever is not a 202 is a lost message; the machine's timers repeat it, not we (W-HTTP-08).
   */
  async deliver({ party, link, name, body, run }) {
    try {
      const links = await this.#linksOf(party);
      const media = this.#config.security === "hardened" ? "application/jose" : "application/json";
      const { status } = await this.#ask(
        party,
        "POST",
        `${links[link]}/payrelay/${VERSION}/${link}/${name}`,
        { "content-type": media, ...(run && { [RUN]: run }) },
        body,
      );
      if (status !== 202) throw new Error(`answered by ${status}`);
    } catch (error) {
      this.#discovered.delete(party); // perhaps it is elsewhere now
      this.#log(`${name} to ${party}: ${error.message}`);
    }
  }

  /** The links of a party's discovery document, which stands where our configuration says. */
  async #linksOf(party) {
    const known = this.#discovered.get(party);
    if (known && known.until > Date.now()) return known.links;
    const { status, body } = await this.#ask(
      party,
      "GET",
      `${this.#config.peers[party].replace(/\/$/, "")}/.well-known/payrelay`,
      {},
      undefined,
    );
    if (status !== 200) throw new Error(`discovery document: ${status}`);
    const document = JSON.parse(body);
    if (
      document.party !== party ||
      document.security !== this.#config.security ||
      !document.versions?.includes(VERSION)
    )
      throw new Error("its discovery document is not that of this party, level and version");
    const links = Object.fromEntries(
      Object.entries(document.links).map(([link, url]) => [link, url.replace(/\/$/, "")]),
    );
    this.#discovered.set(party, { links, until: Date.now() + DISCOVERY_HOLDS });
    return links;
  }

  #ask(party, method, address, headers, body) {
    const url = new URL(address);
    const options = {
      method,
      agent: this.#agents[url.protocol],
      headers: { ...headers, ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }) },
      signal: AbortSignal.timeout(PATIENCE),
    };
    if (url.protocol === "https:") {
      // We go on only with the party that we mean, whatever its address.
      const { key, cert, ca } = tlsOptions(this.#config, false);
      const checkServerIdentity = (_host, certificate) => {
        const named = namedBy(certificate.subjectaltname);
        return named?.party === party && named.purpose === roleOf(party)
          ? undefined
          : new Error(`the certificate is not that of ${party}`);
      };
      Object.assign(options, { key, cert, ca, checkServerIdentity, minVersion: "TLSv1.2" });
    }
    return new Promise((resolve, reject) => {
      const request = (url.protocol === "https:" ? https : http).request(url, options, (response) => {
        const chunks = [];
        let size = 0;
        response.on("data", (chunk) => {
          size += chunk.length;
          if (size > 4 * MAX_BODY) response.destroy(new Error("too long an answer"));
          else chunks.push(chunk);
        });
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() }));
      });
      request.on("error", reject);
      request.end(body);
    });
  }

  close() {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }
}
