// The other parties: where they are, with which keys things are sealed for them, and how letters get there. Which party
// is where comes from the configuration (W-DISC-04); everything else from the party's discovery document, and of that
// the keys only by their certificates.

import { AsUsual } from "./otherwise.mjs";
import { roleOf } from "./security.mjs";

const SECONDS_TO_ANSWER = 5; // W-HTTP-09
const SECONDS_TO_DISCOVER = 3;
const FRESH_FOR = 300_000; // milliseconds after which a document is fetched again

export class Peers {
  #config;
  #security;
  #tls;
  #otherwise;
  #log;
  #documents = new Map();
  #underway = new Set();

  constructor({ config, security, tls, otherwise = new AsUsual(), log }) {
    this.#config = config;
    this.#security = security;
    this.#tls = tls;
    this.#otherwise = otherwise;
    this.#log = log;
  }

  knows(party) {
    return party !== undefined && Object.hasOwn(this.#config.peers, party);
  }

  /** Sends a letter once. Whatever becomes of it, nothing follows but a line in the log (W-HTTP-07). */
  deliver({ to, link, name, body }) {
    const sending = (async () => {
      try {
        await this.#otherwise.pause("letter");
        const base = (await this.discover(to)).links?.[link];
        if (typeof base !== "string") throw new Error(`${to} has no ${link}`);
        const path = `/payrelay/v1/${link}/${name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase()}`;
        const type = this.#security.hardened ? "application/jose" : "application/json";
        const { status } = await this.#request(
          to,
          "POST",
          base.replace(/\/+$/, "") + path,
          SECONDS_TO_ANSWER,
          body,
          type,
        );
        if (status !== 202) this.#log(`${name} to ${to}: answered by ${status}`);
      } catch (error) {
        if (this.#documents.has(to)) this.#documents.get(to).at = 0; // perhaps it is elsewhere by now: ask again
        this.#log(`${name} to ${to}: lost, ${error.message}`);
      }
    })();
    this.#underway.add(sending);
    sending.finally(() => this.#underway.delete(sending));
  }

  /** When what is on its way has been answered, or lost. */
  async settle() {
    await Promise.all(this.#underway);
  }

  /**
   * The key to seal things with for this party, of the document that was discovered last; undefined if there is none.
   */
  sealingKey(party) {
    const known = this.#documents.get(party);
    return known && this.#security.sealingKey(known.document, party);
  }

  /** The party's discovery document. One that was good is so while its party cannot be asked. */
  async discover(party) {
    if (!this.knows(party)) throw new Error(`${party} is not configured`);
    const known = this.#documents.get(party);
    if (known && Date.now() - known.at < FRESH_FOR) return known.document;
    try {
      const url = `${this.#config.peers[party].replace(/\/+$/, "")}/.well-known/payrelay`;
      const { status, text } = await this.#request(party, "GET", url, SECONDS_TO_DISCOVER);
      const document = JSON.parse(text);
      const isIts =
        status === 200 &&
        document.party === party &&
        document.role === roleOf(party) &&
        document.security === this.#config.security &&
        document.versions?.includes("v1");
      if (!isIts) throw new Error(`this is no discovery document of ${party} at security ${this.#config.security}`);
      this.#documents.set(party, { document, at: Date.now() });
      return document;
    } catch (error) {
      if (known) return known.document;
      throw error;
    }
  }

  /** One request; as usual on a connection of its own: one that is kept could be closed while a letter is put into it. */
  #request(party, method, url, seconds, body = undefined, type = undefined) {
    return new Promise((resolve, reject) => {
      const isSecure = url.startsWith("https:");
      const options = {
        method,
        signal: AbortSignal.timeout(seconds * 1000),
        headers: body === undefined ? {} : { "content-type": type, "content-length": Buffer.byteLength(body) },
      };
      if (isSecure) {
        Object.assign(options, this.#tls, {
          minVersion: "TLSv1.2",
          // Whatever its address, it is to be the party that is meant (§ 8.1).
          checkServerIdentity: (host, certificate) =>
            this.#security.partyOf(certificate.raw, roleOf(party)) === party ? undefined : new Error(`not ${party}`),
        });
      }
      const request = this.#otherwise.ask(url, options, body, (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode, text: Buffer.concat(parts).toString() }));
      });
      request.on("error", reject);
    });
  }
}
