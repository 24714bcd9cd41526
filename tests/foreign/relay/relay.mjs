// The relay: its directory (protocol.md, "Relay: directory"), which opens procedures and registrations and finds them
// again, and the step in which a machine takes something: draft, journal, commit, and only then messages and pages.

import { createHmac, randomBytes } from "node:crypto";
import { openingOf } from "./forms.mjs";
import { BEGIN_ANOTHER, NoRow, PASSED_OVER } from "./machine.mjs";
import { roleOf } from "./messages.mjs";
import { convert } from "./pages.mjs";
import { newProcedure, PROCEDURE } from "./purchase.mjs";
import { newRegistration, REGISTRATION } from "./registration.mjs";
import { canonical, equal } from "./strict_json.mjs";
import { Problem } from "./problems.mjs";

/** Seconds, of the table in protocol.md section 1.7. */
const TIMES = {
  hold_time: 10,
  shop_time: 10,
  offer_time: 3,
  wallet_time: 10,
  user_time: 300,
  authority_time: 10,
  retry_time: 15,
  doubt_time: 600,
};

const DEFINITIONS = { procedure: PROCEDURE, registration: REGISTRATION };
const OPENERS = {
  ProcedureRequest: { subject: ({ session, order_ref }) => canonical([session, order_ref]), begin: newProcedure },
  RegistrationRequest: {
    subject: ({ session, authority, wallet }) => canonical([session, authority, wallet]),
    begin: newRegistration,
  },
};

/** What a terminal is taken for of which nothing is known (W-PAGE-01). */
const UNKNOWN_TERMINAL = {
  media: "text/plain",
  max_bytes: 2048,
  columns: 40,
  rows: 48,
  charset: "utf-8",
  max_options: 9,
};

/** Of how many terminals of a session a machine remembers the capabilities. */
const MOST_TERMINALS = 32;
/** Inquiries about one procedure that may come at once; then one in `wait_hint` seconds (W-SEC-17). */
const INQUIRIES = 5;

const snake = (name) => name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
export const fresh = () => randomBytes(18).toString("base64url");

export class Relay {
  #sessions = new Map(); // session -> what was set up
  #users = new Map(); // user -> {wallets, known_as}
  #machines = new Map(); // handle -> machine
  #subjects = new Map(); // subject -> handle of the current machine
  #keys = new Map(); // key of a message -> handle
  #held = new Map(); // handle -> terminal -> {nonce, sender, reply}
  #terminals = new Map(); // terminal with a held request -> handle
  #alarms = new Map(); // handle -> timer
  #allowance = new Map(); // handle -> {left, at}
  #stopped = false;

  /**
   * `deliver(sending)` posts a message to a peer and forgets it: what is lost is sent again by the machine's own
   * timers.
   */
  constructor({ config, security, journal, deliver, log, now = () => Date.now() / 1000 }) {
    this.security = security;
    this.party = config.party;
    this.peers = config.peers;
    this.times = { ...TIMES, ...config.timers };
    this.asksPaymentServer = config.relay_asks_payment_server === true;
    this.waitHint = Math.max(1, Math.round(this.times.hold_time));
    this.journal = journal;
    this.deliver = deliver;
    this.log = log;
    this.now = now;
  }

  // ---- what a crash leaves

  /** Goes on where the journal ends. Machines that had promised nothing are forgotten (protocol.md section 0.5). */
  load() {
    const opened = new Map();
    const kept = new Map();
    const lasting = [];
    for (const entry of this.journal.read()) {
      if (entry.kept !== undefined) kept.set(entry.handle, entry.kept);
      else {
        lasting.push(entry);
        if (entry.secret) this.secret = entry.secret;
        if (entry.setup) this.#rememberSession(entry.setup);
        if (entry.enrolled) this.#enrol(entry.user, entry.enrolled);
        if (entry.opened) opened.set(entry.opened.handle, entry.opened);
      }
    }
    if (!this.secret) {
      this.secret = randomBytes(32).toString("hex");
      lasting.push({ secret: this.secret });
    }
    this.journal.rewrite([
      ...lasting,
      ...[...kept].filter(([, state]) => state).map(([handle, state]) => ({ handle, kept: state })),
    ]);
    for (const [handle, core] of opened) {
      const definition = DEFINITIONS[core.kind];
      const machine = definition.restart(core, kept.get(handle), this.times, this.now());
      this.#commit(machine, definition);
      this.#subjects.set(core.subject, handle);
    }
  }

  stop() {
    this.#stopped = true;
    for (const alarm of this.#alarms.values()) clearTimeout(alarm);
    for (const waiting of this.#held.values())
      for (const { reply } of waiting.values()) reply.refuse(new Problem("unavailable"));
  }

  // ---- sessions and users

  /** Set-up (section 6.2). The same again changes nothing; anything else under that name is a conflict. */
  setUpSession(setup) {
    const before = this.#sessions.get(setup.session);
    if (before) {
      if (!equal(before, setup)) throw new Problem("protocol-error");
      return;
    }
    const known = this.#users.get(setup.user)?.known_as ?? {};
    for (const { receiver, user_ref } of setup.known_as) {
      const isOthers = [...this.#users].some(
        ([user, { known_as }]) => user !== setup.user && known_as[receiver] === user_ref,
      );
      if (isOthers || (known[receiver] ?? user_ref) !== user_ref) throw new Problem("protocol-error");
    }
    this.#journal([{ setup }]);
    this.#rememberSession(setup);
  }

  #rememberSession(setup) {
    this.#sessions.set(setup.session, setup);
    for (const { wallet, brands } of setup.wallets) {
      const enrolled = this.#users.get(setup.user)?.wallets.some((one) => one.wallet === wallet);
      if (!enrolled) this.#enrol(setup.user, { wallet, brands });
    }
    const { known_as } = this.#userOf(setup.user);
    for (const { receiver, user_ref } of setup.known_as) known_as[receiver] = user_ref;
  }

  #userOf(user) {
    if (!this.#users.has(user)) this.#users.set(user, { wallets: [], known_as: {} });
    return this.#users.get(user);
  }

  #enrol(user, { wallet, brands }) {
    const { wallets } = this.#userOf(user);
    const before = wallets.find((one) => one.wallet === wallet);
    if (before) before.brands = brands;
    else wallets.push({ wallet, brands });
  }

  hasSession(session) {
    return session !== undefined && this.#sessions.has(session);
  }

  /**
   * The pseudonym of a user towards a peer: as it was set up, or one of our own, which nobody else can tell from
   * chance.
   */
  #userRef(user, party) {
    return (
      this.#userOf(user).known_as[party] ??
      createHmac("sha256", this.secret)
        .update(canonical([user, party]))
        .digest("base64url")
    );
  }

  // ---- terminals

  /**
   * Takes a terminal's request. `reply` gets its answer, now or later, by `reply.answer(...)` or
   * `reply.refuse(problem)`.
   */
  request(message, reply) {
    const session = this.#sessions.get(message.session);
    if (!session) throw new Problem("unauthenticated");
    const opener = OPENERS[message.message];
    const subject = opener?.subject(message);
    const machine = this.#machines.get(opener ? this.#subjects.get(subject) : message.handle);
    const terminal = `${message.session} ${message.sender}`;
    const waiter = { terminal, sender: message.sender, nonce: message.request_nonce, reply };
    if (!opener && machine?.session !== message.session) {
      this.#supersede(terminal);
      return reply.answer(this.#unknownProcedure(waiter), UNKNOWN_TERMINAL);
    }
    if (message.message === "ProgressInquiry") this.#admit(machine, message);
    const begin = () => this.#begin(message, opener, subject, session.user);
    const event = { type: snake(message.message), message, sender: message.sender, terminal };
    this.#take(machine ?? begin(), event, { begin, isNew: !machine, waiter });
  }

  /** The connection of a held request is gone. */
  forget(reply) {
    for (const [handle, waiting] of this.#held)
      for (const [terminal, one] of waiting) if (one.reply === reply) this.#release(handle, terminal);
  }

  #begin(message, opener, subject, user) {
    return {
      ...opener.begin(message),
      handle: fresh(),
      token: fresh(),
      subject,
      session: message.session,
      user,
      capabilities: message.capabilities,
      terminals: {},
    };
  }

  /** An inquiry has the token of its procedure, and comes no faster than the page says. */
  #admit(machine, { inquiry_token }) {
    if (inquiry_token !== machine.token) throw new Problem("wrong-inquiry-token");
    const now = this.now();
    const { left, at } = this.#allowance.get(machine.handle) ?? { left: INQUIRIES, at: now };
    const allowed = Math.min(INQUIRIES, left + (now - at) / this.waitHint);
    if (allowed < 1)
      throw new Problem("slow-down", { headers: { "retry-after": String(Math.ceil((1 - allowed) * this.waitHint)) } });
    if (this.#allowance.size > 10000) this.#allowance.clear();
    this.#allowance.set(machine.handle, { left: allowed - 1, at: now });
  }

  #unknownProcedure({ sender, nonce }) {
    const code = "UNKNOWN_PROCEDURE";
    const summary = convert("error", { code }, [], undefined, UNKNOWN_TERMINAL, this.security.hardened);
    return { message: "ErrorSummary", sender: this.party, receiver: sender, request_nonce: nonce, summary, code };
  }

  // ---- servers

  /** Takes a message of a server. Nothing is returned: the 202 does not tell what became of it (W-HTTP-05). */
  receive(message, object, run) {
    const machine = this.#machines.get(this.#keys.get(keyOf(message)));
    if (!machine) return;
    this.#take(machine, { type: snake(message.message), message, sender: message.sender, object, run });
  }

  // ---- the step

  #take(machine, event, { begin, isNew = false, waiter } = {}) {
    const definition = DEFINITIONS[machine.kind];
    const draft = structuredClone(machine);
    if (event.terminal) event.capabilities = rememberTerminal(draft, event);
    if (event.run) draft.run = event.run;
    const context = this.#context(draft);
    let outcome;
    try {
      outcome = definition.step(draft, event, context);
    } catch (error) {
      throw error instanceof NoRow ? new Problem("protocol-error") : error;
    }
    if (outcome === PASSED_OVER) return;
    if (outcome === BEGIN_ANOTHER) return this.#take(begin(), event, { isNew: true, waiter });

    const entries = context.enrolments.map((enrolled) => ({ user: draft.user, enrolled }));
    if (isNew) entries.push({ opened: { ...machine, terminals: draft.terminals } });
    const kept = definition.kept(draft);
    const before = isNew ? null : definition.kept(machine);
    if (JSON.stringify(kept) !== JSON.stringify(before)) entries.push({ handle: draft.handle, kept });
    this.#journal(entries);

    for (const enrolled of context.enrolments) this.#enrol(draft.user, enrolled);
    if (isNew) this.#subjects.set(draft.subject, draft.handle);
    this.#commit(draft, definition);
    for (const sending of context.sendings) this.deliver(sending);
    if (waiter) this.#hold(draft.handle, waiter);
    if (!definition.owes(draft) || context.showProgress) this.#answerAll(draft, definition);
  }

  #journal(entries) {
    try {
      this.journal.append(entries);
    } catch (error) {
      this.log(`journal: ${error.message}`);
      throw new Problem("unavailable");
    }
  }

  #commit(machine, definition) {
    const { handle } = machine;
    this.#machines.set(handle, machine);
    for (const key of definition.keys(machine)) this.#keys.set(key, handle);
    this.#arm(machine, definition);
  }

  #context(draft) {
    const sendings = [];
    return {
      now: this.now(),
      times: this.times,
      hardened: this.security.hardened,
      asksPaymentServer: this.asksPaymentServer,
      waiting: this.#held.get(draft.handle)?.size ?? 0,
      user: this.#userOf(draft.user),
      sendings,
      enrolments: [],
      fresh,
      isPeer: (party, role) => Object.hasOwn(this.peers, party) && roleOf(party) === role,
      isTaken: (key) => (this.#keys.get(key) ?? draft.handle) !== draft.handle,
      userRef: (party) => this.#userRef(draft.user, party),
      enrol(wallet, brands) {
        this.enrolments.push({ wallet, brands });
      },
      send: (party, link, message) => {
        const body = this.security.write({ ...message, sender: this.party, receiver: party }).toString();
        const sending = { party, link, name: snake(message.message), body, run: draft.run };
        sendings.push(sending);
        return sending;
      },
      resend: (sending) => sendings.push(sending),
    };
  }

  // ---- held requests

  #hold(handle, waiter) {
    this.#supersede(waiter.terminal);
    if (!this.#held.has(handle)) this.#held.set(handle, new Map());
    this.#held.get(handle).set(waiter.terminal, waiter);
    this.#terminals.set(waiter.terminal, handle);
  }

  #release(handle, terminal) {
    const waiting = this.#held.get(handle);
    const waiter = waiting?.get(terminal);
    waiting?.delete(terminal);
    if (waiting?.size === 0) this.#held.delete(handle);
    this.#terminals.delete(terminal);
    return waiter;
  }

  /** A terminal has one request outstanding: the newer one gets the page. */
  #supersede(terminal) {
    if (this.#terminals.has(terminal))
      this.#release(this.#terminals.get(terminal), terminal).reply.refuse(new Problem("superseded"));
  }

  #answerAll(machine, definition) {
    for (const terminal of [...(this.#held.get(machine.handle)?.keys() ?? [])]) {
      const waiter = this.#release(machine.handle, terminal);
      try {
        this.#answer(machine, definition, waiter);
      } catch (error) {
        this.log(`page: ${error.stack}`);
        waiter.reply.refuse(new Problem("internal-error"));
      }
    }
  }

  #answer(machine, definition, { sender, nonce, reply }) {
    const capabilities = machine.terminals[sender]?.capabilities ?? machine.capabilities;
    const view = { hardened: this.security.hardened, waitHint: this.waitHint };
    let page = definition.page(machine, capabilities, view);
    if (!page.summary) {
      // This terminal cannot be shown the page; it is told so, whatever its limits are.
      const code = page.message === "ErrorSummary" ? page.code : "CAPABILITY";
      const unlimited = { ...capabilities, max_bytes: Infinity, columns: Infinity, rows: Infinity };
      page = {
        message: "ErrorSummary",
        summary: convert("error", { code }, page.code ? ["retry"] : [], undefined, unlimited, view.hardened),
        code,
      };
    }
    const { message, ...members } = page;
    const answer = {
      message,
      sender: this.party,
      receiver: sender,
      request_nonce: nonce,
      handle: machine.handle,
      ...members,
    };
    for (const name of Object.keys(answer)) if (answer[name] === undefined) delete answer[name];
    reply.answer(answer, capabilities, openingOf({ ...openerOf(machine), capabilities }));
  }

  // ---- timers

  #arm(machine, definition) {
    clearTimeout(this.#alarms.get(machine.handle));
    this.#alarms.delete(machine.handle);
    const due = Object.entries(definition.timers(machine, this.times)).filter(([, at]) => at !== undefined);
    if (due.length === 0 || this.#stopped) return;
    const [type, at] = due.reduce((one, other) => (other[1] < one[1] ? other : one));
    const wait = Math.min(Math.max(0, (at - this.now()) * 1000), 2 ** 31 - 1);
    this.#alarms.set(
      machine.handle,
      setTimeout(() => this.#ring(machine.handle, type, at), wait),
    );
  }

  #ring(handle, type, at) {
    const machine = this.#machines.get(handle);
    const definition = DEFINITIONS[machine.kind];
    if (at > this.now()) return this.#arm(machine, definition); // woken a little early
    try {
      this.#take(machine, { type });
    } catch (error) {
      this.log(`timer ${type}: ${error.message}`);
      this.#alarms.set(
        handle,
        setTimeout(() => this.#ring(handle, type, at), 1000),
      );
    }
  }
}

/** The key by which a message of a server finds its machine (section 2). */
function keyOf(message) {
  if (message.proc_key) return `proc_key ${message.proc_key.shop} ${message.proc_key.proc_id}`;
  const name = ["relay_txn", "wallet_txn", "reg_txn", "reg_id"].find((one) => one in message);
  return `${name} ${message[name]}`;
}

/** What a terminal said that it can show, or what the one could that opened the machine. */
function rememberTerminal(draft, { message, sender }) {
  if (message.capabilities) {
    delete draft.terminals[sender];
    draft.terminals[sender] = { capabilities: message.capabilities };
    const names = Object.keys(draft.terminals);
    if (names.length > MOST_TERMINALS) delete draft.terminals[names[0]];
  }
  return draft.terminals[sender]?.capabilities ?? draft.capabilities;
}

const openerOf = ({ order_ref, authority, wallet }) =>
  order_ref ? { message: "ProcedureRequest", order_ref } : { message: "RegistrationRequest", authority, wallet };
