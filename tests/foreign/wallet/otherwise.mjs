// What the documents leave free, taken as this wallet usually takes it, or at random: with `otherwise` in CONFIG.json, a
// seed, it does whatever it may do instead. What was chosen once by the seed stays so over a restart, as others may have
// learnt it; everything else is drawn anew each time.

import http from "node:http";
import https from "node:https";

/** Milliseconds that something may wait, far below what others wait for (§ 1.7, W-HTTP-09). */
const MOST_PAUSES = { turn: 100, letter: 500, answer: 300 };
/** An idle connection is left long before its other end may close it: a letter would be lost with it. */
const IDLE = { keepAlive: true, timeout: 1000 };

/** As usual. */
export class AsUsual {
  /** How the wallet is called where nobody has said it, of characters that any terminal can show. */
  name(usual) {
    return usual;
  }

  /** A text that the wallet's operator chooses; `others` would do as well. */
  text(usual, _others) {
    return usual;
  }

  /** Things of which the order does not matter. */
  order(things) {
    return things;
  }

  /** An object to whose members others may be added that nobody knows. */
  document(value) {
    return value;
  }

  /** The bytes of a message. */
  spelled(text) {
    return text;
  }

  /** Before a message has its `turn`, a `letter` leaves, or an `answer` is given. */
  async pause(_before) {}

  /** After how many seconds what should be said again after so many is said again. */
  retry(seconds) {
    return seconds;
  }

  /** Sends a request: `options` are those of http.request. */
  ask(url, options, body, onAnswer) {
    const { request: make } = url.startsWith("https:") ? https : http;
    return make(url, { ...options, agent: false }, onAnswer).end(body);
  }

  /** Answers a request. */
  answer(response, status, headers, body) {
    response.writeHead(status, headers);
    response.end(body);
  }
}

/** Whatever is free, at random. */
export class Otherwise extends AsUsual {
  #seed;
  #random;
  #name;
  #accepted;
  #agents = { "http:": new http.Agent(IDLE), "https:": new https.Agent(IDLE) };

  constructor(seed) {
    super();
    this.#seed = seed;
    const once = randomOf(`${seed} once`);
    this.#name = once.one([undefined, "W", 'Tom & Jerry\'s "Wallet"', "<b>The best wallet there is</b>!?"]);
    // Nobody can tell by a 202 what became of a message (W-HTTP-05): all of them look alike.
    this.#accepted = {
      text: once.one(["Accepted", "Taken", "OK, later", ""]),
      headers: once.shuffled([
        [cased("content-length", once), "0"],
        [cased("cache-control", once), "no-store"],
      ]),
      isClosing: once.is(0.5),
    };
    this.#random = randomOf(`${seed} ${process.pid} ${Date.now()}`);
  }

  name(usual) {
    return this.#name ?? usual;
  }

  text(usual, others) {
    return this.#random.one([usual, ...others]);
  }

  order(things) {
    return this.#random.shuffled(things);
  }

  document(value) {
    const more = { note: "nobody knows this member", "x-numbers": [1, { two: 2.5 }], _: null };
    const members = Object.entries({ ...value, ...(this.#random.is(0.5) && more) });
    return Object.fromEntries(this.#random.shuffled(members));
  }

  /** JSON of the same value; a JWS stays as it was signed. The same message is the same bytes whenever it is written. */
  spelled(text) {
    return text.startsWith("{") ? spell(JSON.parse(text), randomOf(`${this.#seed} ${text}`)) : text;
  }

  pause(before) {
    const most = this.#random.is(0.3) ? MOST_PAUSES[before] : 20;
    return new Promise((done) => setTimeout(done, this.#random.number() * most));
  }

  retry(seconds) {
    return seconds * (0.3 + 1.7 * this.#random.number());
  }

  ask(url, options, body, onAnswer) {
    const random = this.#random;
    const headers = { ...options.headers };
    if (body !== undefined) {
      if (random.is(0.3))
        headers["content-type"] += random.one(["; charset=utf-8", ';charset="UTF-8"', " ; Charset=Utf-8"]);
      if (random.is(0.3)) headers["idempotency-key"] = `"${Math.floor(random.number() * 1e9)}"`;
    }
    if (random.is(0.3)) headers["x-nobody-knows"] = "this, too";
    if (random.is(0.3)) headers.accept = "*/*";
    if (random.is(0.3)) headers["user-agent"] = "otherwise/0.1 (a wallet)";
    const isChunked = body !== undefined && random.is(0.4);
    if (isChunked) {
      delete headers["content-length"];
      headers["transfer-encoding"] = "chunked";
    }
    const where =
      body !== undefined && random.is(0.3) ? `${url}?${random.one(["a=b", "trace", "x=%F0%9F%8C%80"])}` : url;
    const { protocol } = new URL(url);
    const { request: make } = protocol === "https:" ? https : http;
    const agent = random.is(0.5) ? this.#agents[protocol] : false;
    const request = make(where, { ...options, headers: this.#dressed(headers), agent }, onAnswer);
    if (!isChunked) return request.end(body);
    for (const piece of pieces(Buffer.from(body), random)) request.write(piece);
    return request.end();
  }

  answer(response, status, headers, body) {
    const random = this.#random;
    if (status === 202) {
      if (this.#accepted.isClosing) response.shouldKeepAlive = false;
      response.writeHead(202, this.#accepted.text, this.#accepted.headers.flat());
      response.end();
      return;
    }
    const dressed = { ...headers };
    const isChunked = Boolean(body) && random.is(0.4);
    if (isChunked) delete dressed["content-length"];
    if (random.is(0.3)) response.shouldKeepAlive = false;
    const words = random.one(["Well", "It is so", "", "Fine or not"]);
    response.writeHead(status, words, Object.entries(this.#dressed(dressed)).flat());
    if (isChunked) for (const piece of pieces(Buffer.from(body), random)) response.write(piece);
    response.end(isChunked ? undefined : body);
  }

  /** Headers in another order, and in other case. */
  #dressed(headers) {
    const random = this.#random;
    return Object.fromEntries(
      random.shuffled(Object.entries(headers)).map(([name, value]) => [cased(name, random), value]),
    );
  }
}

/** Random numbers of a text: those of mulberry32. */
function randomOf(text) {
  let state = [...text].reduce((hash, character) => Math.imul(hash ^ character.codePointAt(0), 0x01000193), 0x811c9dc5);
  const number = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const is = (chance) => number() < chance;
  const one = (things) => things[Math.floor(number() * things.length)];
  const shuffled = (things) =>
    things
      .map((thing) => [number(), thing])
      .sort(([a], [b]) => a - b)
      .map(([, thing]) => thing);
  return { number, is, one, shuffled };
}

const cased = (name, random) =>
  random.one([name, name.toUpperCase(), name.replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase())]);

function* pieces(bytes, random) {
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + Math.floor(random.number() * 400);
    yield bytes.subarray(at, end);
    at = end;
  }
}

/** JSON with its members in any order, blanks between, and characters written by their numbers. */
function spell(value, random) {
  const blank = () => (random.is(0.2) ? random.one([" ", "\n", "\t", "\r\n  "]) : "");
  const between = (open, items, close) =>
    `${blank()}${open}${blank()}${items.join(`${blank()},${blank()}`)}${blank()}${close}${blank()}`;
  const text = (string) =>
    JSON.stringify(string).replace(/(?<!\\)[A-Za-z]/g, (character) =>
      random.is(0.02) ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}` : character,
    );
  if (Array.isArray(value))
    return between(
      "[",
      value.map((item) => spell(item, random)),
      "]",
    );
  if (value === null || typeof value !== "object")
    return typeof value === "string" ? text(value) : JSON.stringify(value);
  const members = random.shuffled(Object.entries(value));
  return between(
    "{",
    members.map(([name, member]) => `${text(name)}${blank()}:${blank()}${spell(member, random)}`),
    "}",
  );
}
