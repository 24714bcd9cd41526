// The wallet: finds the machine that a message belongs to, makes terms of what is signed and sealed in it, lets the
// machine take its step, makes durable what comes of that, and only then answers and sends. One step at a time.

import { idle, stepProcedure } from "./procedure.mjs";
import { empty, stepEnrolment } from "./enrolment.mjs";
import { PASSED_OVER, ProtocolError } from "./machine.mjs";
import { AsUsual } from "./otherwise.mjs";
import { isSigned } from "./security.mjs";
import { volatile } from "./store.mjs";
import { Refusal, canonical, equal } from "./strict_json.mjs";

const ENROLMENT_MESSAGES = ["WalletQuery", "EnrolmentKeyRequest", "ForwardedAuthenticationInfo"];
const LONGEST_NAME = 32; // what a page has room for (W-BODY-11)

/** Something that a step needs is not to be had now: the same bytes may be taken later. */
export class Unavailable extends Error {}

export class Wallet {
  #party;
  #config;
  #security;
  #store;
  #peers;
  #otherwise;
  #log;
  #now;
  #timers = new Map();
  #last = Promise.resolve();
  #waiting = 0;
  #isStopped = false;
  isReady = false;

  constructor({ config, security, store, peers, otherwise = new AsUsual(), log, now = () => Date.now() / 1000 }) {
    this.#party = config.party;
    const { brands = [], willing = true, display_name = nameOf(config.party), timers = {} } = config;
    this.#config = { brands, willing, display_name, retry_time: 15, info_expiry: 900, ...timers };
    this.#security = security;
    this.#store = store;
    this.#peers = peers;
    this.#otherwise = otherwise;
    this.#log = log;
    this.#now = now;
  }

  /** Goes on where it was: what was requested is requested again when its time comes. */
  async start() {
    await this.#store.open();
    for (const [, procedure] of this.#store.entries("procedures")) this.#setTimer(procedure);
    this.isReady = true;
  }

  async stop() {
    this.#isStopped = true;
    this.isReady = false;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await this.#last;
    await this.#store.close();
  }

  get waiting() {
    return this.#waiting;
  }

  /** Steps in the order in which they are asked for; each sees all that came of those before. */
  #inOrder(step) {
    this.#waiting += 1;
    const result = this.#last.then(step).finally(() => {
      this.#waiting -= 1;
    });
    this.#last = result.catch(() => {});
    return result;
  }

  /** Takes a message. When this returns, it is durable; ProtocolError and Unavailable change nothing. */
  async receive(message) {
    await this.#prepare(message);
    await this.#otherwise.pause("turn");
    return this.#inOrder(async () => {
      const take = ENROLMENT_MESSAGES.includes(message.message) ? this.#takeForUser : this.#takeForProcedure;
      const what = await take.call(this, message);
      this.#log(`${message.message} from ${message.sender}: ${what}`);
    });
  }

  /** A consent will need the payment server's key. It is asked for here, where nobody waits for it but this message. */
  async #prepare({ message, relay_txn }) {
    const procedure = message === "ForwardedPaymentProcessingRequest" && this.#store.get("procedures", relay_txn);
    if (this.#security.hardened && procedure?.info)
      await this.#peers.discover(procedure.info.payment_server).catch(() => {});
  }

  // Procedures

  async #takeForProcedure(message) {
    const procedure = this.#find(message);
    // Who may say what (§ 1.5): what comes from another party than the one that the machine is bound to is passed over.
    if (!procedure) return "passed over";
    const event = { name: message.message, message };
    if (message.message === "ForwardedPaymentInfo") Object.assign(event, await this.#paymentTerms(message));
    if (message.message === "ForwardedPaymentProcessingRequest") {
      event.userAuth = await this.#security.opened("user_auth", message.consent, ["user_auth"]);
    }
    if (message.message === "PaymentResponse") event.receipt = this.#security.readSigned("Receipt", message.receipt);
    return this.#stepProcedure(procedure, event);
  }

  #find(message) {
    if (message.message === "PaymentResponse") {
      const { proc_key, sender } = message;
      const procedure = this.#store.get("procedures", this.#store.get("seen", canonical(proc_key))?.relay_txn);
      return procedure?.proc_key && equal(procedure.proc_key, proc_key) && sender === proc_key.shop
        ? procedure
        : undefined;
    }
    const procedure = this.#store.get("procedures", message.relay_txn) ?? idle(message.sender, message.relay_txn);
    return procedure.relay === message.sender ? procedure : undefined;
  }

  /** What the message does not carry: the clock's word, the user's enrolment, and whether the key is new. */
  async #paymentTerms({ sender, relay_txn, user_ref, payment_info }) {
    const info = this.#security.readSigned("PaymentInfo", payment_info, { takesExpired: true });
    const enrolment = this.#store.get("users", userKey(sender, user_ref));
    const { proc_key, payment_server } = info.content ?? {};
    if (this.#security.hardened && payment_server) this.#peers.discover(payment_server).catch(() => {}); // for later
    return {
      info,
      enrolment,
      isUnseen: proc_key !== undefined && this.#isUnusedElsewhere(proc_key, relay_txn),
      knowsShop: this.#peers.knows(proc_key?.shop),
      knowsPaymentServer: !this.#security.hardened || this.#peers.knows(payment_server),
    };
  }

  #isUnusedElsewhere(proc_key, relay_txn) {
    const seen = this.#store.get("seen", canonical(proc_key));
    return seen === undefined || seen.relay_txn === relay_txn;
  }

  async #stepProcedure(procedure, event) {
    const { next, send = [], seen } = await stepProcedure(procedure, event, this.#craft);
    const changes = [];
    if (next) changes.push(["procedures", procedure.relay_txn, next]);
    changes.push(...this.#keySeen(seen ?? next?.proc_key, procedure.relay_txn, next));
    await this.#store.commit(changes);
    if (next) this.#setTimer(next);
    this.#post(send);
    return `${procedure.state} -> ${next?.state ?? "same"}${told(send)}`;
  }

  /** Whose a key is. It is used from when something lasting was said of it: until then a restart forgets it, too. */
  #keySeen(key, relay_txn, next) {
    const known = key && this.#store.get("seen", canonical(key));
    const isUsedNow = known?.isVolatile && known.relay_txn === relay_txn && !next.isVolatile;
    if (!key || (known && !isUsedNow)) return [];
    return [["seen", canonical(key), next.isVolatile ? volatile({ relay_txn }) : { relay_txn }]];
  }

  /** Timers belong to states (§ 1.7): a change of state ends the one that ran. */
  #setTimer(procedure) {
    const { state, relay_txn, since, expires } = procedure;
    clearTimeout(this.#timers.get(relay_txn));
    this.#timers.delete(relay_txn);
    const now = this.#now();
    if (state === "requested") {
      const period = this.#config.retry_time; // counted from the first request, also after a restart
      const seconds = period - (Math.max(0, now - since) % period);
      this.#runTimer(relay_txn, "retry_time", this.#otherwise.retry(seconds));
    }
    if (state === "await_consent") {
      const end = Math.min(since + this.#config.info_expiry, expires ?? Infinity);
      this.#runTimer(relay_txn, "info_expiry", end - now);
    }
  }

  #runTimer(relay_txn, name, seconds) {
    const ring = () =>
      this.#inOrder(async () => {
        const procedure = this.#store.get("procedures", relay_txn);
        const isOn = procedure.state === (name === "retry_time" ? "requested" : "await_consent");
        if (this.#isStopped || !isOn) return; // the state was left while this waited for its turn
        const what = await this.#stepProcedure(procedure, { name });
        this.#log(`${name}: ${what}`);
        if (name === "retry_time") this.#setTimer(procedure);
      }).catch((error) => {
        this.#log(`${name}: ${error.message}`);
        if (!this.#isStopped) this.#runTimer(relay_txn, name, 1);
      });
    this.#timers.set(relay_txn, setTimeout(ring, Math.max(0, seconds) * 1000));
  }

  // Users

  async #takeForUser(message) {
    const { sender: relay, user_ref } = message;
    const user = this.#store.get("users", userKey(relay, user_ref)) ?? empty(relay, user_ref);
    const event = { name: message.message, message };
    if (message.message === "EnrolmentKeyRequest") event.offered = this.#store.get("offers", message.reg_txn);
    if (message.message === "ForwardedAuthenticationInfo") Object.assign(event, await this.#authTerms(message));
    const step = await stepEnrolment(user, event, this.#craft);
    const { next, send = [], offered, answered } = step;
    const changes = [];
    if (next) changes.push(["users", userKey(relay, user_ref), next]);
    if (offered) {
      changes.push(["offers", message.reg_txn, offered]);
      changes.push(["nonces", offered.enrolment_nonce, { user: userKey(relay, user_ref), isUsed: false }]);
    }
    if (answered) changes.push(["answers", message.reg_id, answered]);
    if (next && event.nonce) changes.push(["nonces", event.nonce, { user: userKey(relay, user_ref), isUsed: true }]);
    await this.#store.commit(changes);
    this.#post(send);
    return step === PASSED_OVER ? "passed over" : `${user.state} -> ${next?.state ?? "same"}${told(send)}`;
  }

  async #authTerms({ sender, user_ref, reg_id, auth_info }) {
    const auth = this.#security.readSigned("AuthInfo", auth_info);
    const nonce = auth.content?.enrolment_nonce;
    const offer = nonce && this.#store.get("nonces", nonce);
    return {
      auth,
      opened: isSigned(auth) ? await this.#open(auth.content) : {},
      nonce: offer && nonce,
      isOwnNonce: offer?.user === userKey(sender, user_ref) && !offer.isUsed,
      answered: this.#store.get("answers", reg_id),
    };
  }

  async #open(authInfo) {
    const sealable = ["secret", "user_auth"];
    const [secret, user_auth] = await Promise.all(
      sealable.map((name) => this.#security.opened(name, authInfo, sealable)),
    );
    return { secret, user_auth };
  }

  /** As if a registration had ended well (§ 6.2). */
  setUp(body) {
    return this.#inOrder(async () => {
      const { relay, user_ref, display_name, instruments, brands, auth_info } = body;
      if ([...display_name].length > LONGEST_NAME) throw new Refusal("not_text", "/display_name");
      const key = userKey(relay, user_ref);
      const before = this.#store.get("setups", key);
      if (before && equal(before, body)) return;
      if (before || this.#store.get("users", key)) throw new ProtocolError("this user was enrolled otherwise");
      // An operator may set up what was issued long ago: its time to be stored has passed, but it would have been.
      const auth = this.#security.readSigned("AuthInfo", auth_info, { takesExpired: true });
      const opened = isSigned(auth) ? await this.#open(auth.content) : {};
      const isGood =
        opened.secret !== undefined &&
        auth.content.wallet === this.#party &&
        (auth.content.user_auth === undefined || opened.user_auth !== undefined);
      if (!isGood) throw new Refusal("not_a_value", "/auth_info");
      const user = {
        state: "enrolled",
        relay,
        user_ref,
        display_name,
        instruments,
        brands,
        auth: { ...auth.content, ...opened },
        auth_info,
      };
      await this.#store.commit([
        ["setups", key, body],
        ["users", key, user],
      ]);
      this.#log("set up: a user is enrolled");
    });
  }

  // What the machines can do besides comparing

  #post(letters) {
    for (const letter of this.#otherwise.order(letters)) this.#peers.deliver(letter); // lost is lost: machines repeat, not this
  }

  get #craft() {
    const { brands, willing, display_name } = this.#config;
    return {
      brands,
      willing,
      displayName: this.#otherwise.name(display_name),
      text: (usual, others) => this.#otherwise.text(usual, others),
      hardened: this.#security.hardened,
      now: this.#now,
      signed: (name, content, receiver) => this.#security.signed(name, content, receiver),
      sealed: (name, content, party) =>
        this.#security.sealed(name, content, party, this.#security.hardened ? this.#sealingKey(party) : undefined),
      letter: (to, link, name, fields) => ({
        to,
        link,
        name,
        body: this.#otherwise.spelled(
          this.#security.writeMessage({ message: name, sender: this.#party, receiver: to, ...fields }),
        ),
      }),
    };
  }

  #sealingKey(party) {
    const key = this.#peers.sealingKey(party);
    if (!key) throw new Unavailable(`no key of ${party} to seal with`);
    return key;
  }
}

const userKey = (relay, user_ref) => `${relay} ${user_ref}`;
const told = (send) => (send.length ? `, ${send.map(({ name, to }) => `${name} to ${to}`).join(", ")}` : "");
/** wallet-1 is Wallet 1, unless its operator calls it otherwise. */
const nameOf = (party) => (party[0].toUpperCase() + party.slice(1).replace("-", " ")).slice(0, LONGEST_NAME);
