// HTTP: which path takes what, and which answer says what (§ 1, 5, 6). A message is answered by 202 and nothing else,
// a request that is not taken by a problem document that tells nothing of a payment.

import http from "node:http";
import https from "node:https";
import { timingSafeEqual, createHash } from "node:crypto";
import { Refusal, parse } from "./strict_json.mjs";
import { ProtocolError } from "./machine.mjs";
import { AsUsual } from "./otherwise.mjs";
import { roleOf } from "./security.mjs";
import { Unavailable } from "./wallet.mjs";

const MAX_BODY = 65_536;
const MAX_WAITING = 256; // messages that wait for their turn; who sends more is told to slow down (W-SEC-17)

const PROBLEMS = {
  malformed: [400, "The body is no such message"],
  unauthenticated: [401, "It is not known who asks"],
  forbidden: [403, "Not from this party"],
  "not-found": [404, "No such endpoint"],
  "unsupported-version": [404, "No such version"],
  "method-not-allowed": [405, "Not this method"],
  "protocol-error": [409, "Not in this state"],
  "too-large": [413, "The body is too large"],
  "unsupported-media-type": [415, "Not this media type"],
  misdirected: [421, "Not for this party"],
  "slow-down": [429, "Too fast"],
  "internal-error": [500, "Something unforeseen"],
  unavailable: [503, "Not now"],
};
const PROBLEM_OF_REASON = {
  too_large: "too-large",
  not_signed: "unauthenticated",
  bad_signature: "forbidden",
  wrong_sender: "forbidden",
  wrong_receiver: "misdirected",
};

class Problem extends Error {
  constructor(name, members = {}, headers = {}) {
    super(name);
    Object.assign(this, { name, members, headers });
  }
}

export class HttpServer {
  #config;
  #wallet;
  #security;
  #schemas;
  #otherwise;
  #log;
  #endpoints;
  #server;

  constructor({ config, wallet, security, schemas, tls, otherwise = new AsUsual(), log }) {
    this.#config = config;
    this.#wallet = wallet;
    this.#security = security;
    this.#schemas = schemas;
    this.#otherwise = otherwise;
    this.#log = log;
    this.#endpoints = new Map(schemas.endpoints().map((endpoint) => [endpoint.path, endpoint]));
    const answer = (request, response) => this.#answer(request, response);
    const timeouts = { requestTimeout: 15_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 };
    this.#server =
      new URL(config.listen.servers).protocol === "https:"
        ? // A certificate is asked for, and looked at when a message comes: who only discovers or sets up has none.
          https.createServer(
            { ...tls, ...timeouts, requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.2" },
            answer,
          )
        : http.createServer(timeouts, answer);
  }

  listen() {
    const { hostname, port } = new URL(this.#config.listen.servers);
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(Number(port) || 443, hostname.replace(/^\[|\]$/g, ""), resolve);
    });
  }

  close() {
    return new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeIdleConnections();
    });
  }

  async #answer(request, response) {
    try {
      const { status, body, type } = await this.#route(request);
      const headers = {
        "cache-control": "no-store",
        ...(status !== 204 && { "content-length": Buffer.byteLength(body ?? "") }),
        ...(type && { "content-type": type }),
      };
      await this.#otherwise.pause("answer");
      this.#otherwise.answer(response, status, headers, request.method === "HEAD" ? undefined : body);
    } catch (error) {
      this.#answerProblem(request, response, problemOf(error) ?? this.#unforeseen(error));
    }
  }

  #unforeseen(error) {
    this.#log(`unforeseen: ${error.stack}`);
    return new Problem("internal-error");
  }

  #answerProblem(request, response, { name, members, headers }) {
    const [status, title] = PROBLEMS[name];
    this.#log(
      `${request.method} ${request.url.split("?")[0].slice(0, 120)}: ${status} ${name} ${members.reason ?? ""} ${members.pointer ?? ""}`,
    );
    const told = { type: `https://payrelay.example/problems/${name}`, title: this.#title(title), status, ...members };
    const body = JSON.stringify(this.#otherwise.document(told));
    const all = {
      "cache-control": "no-store",
      "content-type": "application/problem+json",
      "content-length": Buffer.byteLength(body),
      ...headers,
      ...(request.complete ? {} : { connection: "close" }), // the rest of its body is not read
    };
    this.#otherwise.answer(response, status, all, body);
  }

  #title(usual) {
    return this.#otherwise.text(usual, ["No", "It is refused, and this is why", usual.toUpperCase()]);
  }

  async #route(request) {
    const path = request.url.split("?")[0];
    if (path === "/health") {
      allow(request, "GET", "HEAD");
      return json({ party: this.#config.party, status: this.#wallet.isReady ? "ready" : "starting" });
    }
    if (path === "/.well-known/payrelay") {
      allow(request, "GET", "HEAD");
      return json(this.#discovery());
    }
    if (path === "/payrelay/v1/setup/enrolments" && this.#config.setup_token) return this.#setUp(request, path);
    if (this.#endpoints.has(path)) return this.#takeMessage(request, this.#endpoints.get(path));
    const version = /^\/payrelay\/(v[0-9]+)(?:\/|$)/.exec(path)?.[1];
    if (version && version !== "v1") throw new Problem("unsupported-version", { versions: ["v1"] });
    throw new Problem("not-found");
  }

  #discovery() {
    const url = (this.#config.public?.servers ?? this.#config.listen.servers).replace(/\/+$/, "");
    const links = Object.fromEntries([...this.#endpoints.values()].map(({ link }) => [link, url]));
    return this.#otherwise.document({
      schema_version: 1,
      kind: "discovery",
      party: this.#config.party,
      role: roleOf(this.#config.party),
      versions: ["v1"],
      security: this.#config.security,
      links,
      keys: { keys: this.#otherwise.order(this.#security.jwks()) },
      limits: { max_body: MAX_BODY },
      setup: this.#config.setup_token ? url : null,
    });
  }

  async #takeMessage(request, endpoint) {
    allow(request, "POST");
    const peer = this.#channelPeer(request, endpoint.senderRole);
    this.#takeNoMoreThanFits();
    checkMediaType(request, this.#security.hardened ? "application/jose" : "application/json");
    const message = this.#security.readMessage(await readBody(request), endpoint);
    if (peer !== undefined && peer !== message.sender) throw new Refusal("wrong_sender", "/sender");
    await this.#wallet.receive(message);
    return { status: 202 };
  }

  /** Whom the client's certificate names; undefined where the channel shows nobody (http, on loopback). */
  #channelPeer(request, role) {
    if (!request.socket.encrypted || this.#config.security === "plain") return undefined;
    const { raw } = request.socket.getPeerCertificate();
    const peer = raw && this.#security.partyOf(raw, role);
    if (!peer) throw new Problem("unauthenticated");
    return peer;
  }

  async #setUp(request, path) {
    allow(request, "POST");
    const [scheme, token] = (request.headers.authorization ?? "").split(" ");
    if (scheme.toLowerCase() !== "bearer" || !isSame(token ?? "", this.#config.setup_token)) {
      throw new Problem("unauthenticated", {}, { "www-authenticate": "Bearer" });
    }
    this.#takeNoMoreThanFits();
    checkMediaType(request, "application/json");
    const body = parse(await readBody(request));
    this.#schemas.check(this.#schemas.setup(path), body);
    await this.#wallet.setUp(body);
    return { status: 204 };
  }

  #takeNoMoreThanFits() {
    if (!this.#wallet.isReady) throw new Problem("unavailable", {}, { "retry-after": "1" });
    if (this.#wallet.waiting >= MAX_WAITING) throw new Problem("slow-down", {}, { "retry-after": "1" });
  }
}

function problemOf(error) {
  if (error instanceof Problem) return error;
  if (error instanceof ProtocolError) return new Problem("protocol-error");
  if (error instanceof Unavailable || ["EIO", "ENOSPC", "EROFS", "EDQUOT", "EFBIG", "EBADF"].includes(error.code)) {
    return new Problem("unavailable", {}, { "retry-after": "5" });
  }
  if (error instanceof Refusal) {
    const { reason, pointer } = error;
    return new Problem(PROBLEM_OF_REASON[reason] ?? "malformed", { reason, pointer });
  }
  return undefined;
}

const json = (value) => ({ status: 200, body: JSON.stringify(value), type: "application/json" });

function allow(request, ...methods) {
  if (!methods.includes(request.method)) throw new Problem("method-not-allowed", {}, { allow: methods.join(", ") });
}

function checkMediaType(request, expected) {
  const [type, ...parameters] = (request.headers["content-type"] ?? "")
    .split(";")
    .map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((parameter) => parameter.startsWith("charset="))
    ?.slice("charset=".length)
    .replaceAll('"', "");
  if (
    type !== expected ||
    !["utf-8", undefined].includes(charset) ||
    !["identity", undefined].includes(request.headers["content-encoding"])
  ) {
    throw new Problem("unsupported-media-type");
  }
}

/** The body. What is too much of it is read and dropped, within reason, so that its sender hears why. */
async function readBody(request) {
  const parts = [];
  let length = 0;
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    length += part.length;
    if (length <= MAX_BODY) parts.push(part);
    else if (length > 16 * MAX_BODY) break;
  }
  if (length > MAX_BODY) throw new Refusal("too_large");
  return Buffer.concat(parts);
}

const hash = (text) => createHash("sha256").update(text).digest();
const isSame = (one, other) => timingSafeEqual(hash(one), hash(other));
