// What the relay's two machines share: a table of rows, states that owe a page, and what of a machine is durable.

/** The machine has no row for this input, and does not pass it over: problem `protocol-error`. */
export class NoRow extends Error {}

export const PASSED_OVER = "passed over";
export const BEGIN_ANOTHER = "begin another";

/** Keep the state. A request that waits is answered with its page, or is held if the state owes one. */
export const stay = () => {};

/** Rows for each of some states: `rows("a b", {event: row})`. */
export const rows = (states, table) => Object.fromEntries(states.split(" ").map((state) => [state, table]));

/** One table of several: the rows of a state may stand in more than one place, as in protocol.md. */
export function merge(...tables) {
  const whole = {};
  for (const table of tables)
    for (const [state, own] of Object.entries(table)) whole[state] = { ...whole[state], ...own };
  return whole;
}

/**
 * A machine's definition. `table` has the rows; `passed` what is passed over where no row applies, state by state;
 * `owing` the states in which requests wait; `durable` those that a crash leaves; `isBound(m, event)` whether the
 * sender is the party bound to the machine (protocol.md, section 1.5: what fails that is passed over).
 */
export class Definition {
  constructor({ table, passed, owing, durable, isBound, timers, keys, page }) {
    Object.assign(this, { table, passed, isBound, timers, keys, page });
    this.owing = new Set(owing.split(" "));
    this.durable = new Set(durable.split(" "));
  }

  /** Takes an event in a draft of the machine, which is changed. */
  step(m, event, context) {
    if (event.sender !== undefined && event.message !== undefined && !event.terminal && !this.isBound(m, event))
      return PASSED_OVER;
    const row = this.table[m.state]?.[event.type];
    const outcome = row ? row(m, event, context) : undefined;
    if (row && outcome !== PASSED_OVER) return outcome;
    if (this.passed[event.type]?.split(" ").some((state) => state === m.state || state === "*")) return PASSED_OVER;
    throw new NoRow();
  }

  owes(m) {
    return this.owing.has(m.state);
  }

  /**
   * What is kept of a machine: nothing in a state that a crash forgets. Timers of one run of the server are left out.
   */
  kept(m) {
    if (!this.durable.has(m.state)) return null;
    return { ...m, holdAt: undefined, retryAt: undefined };
  }

  /** The row `restart` of all states: a machine goes on as it was kept, without those who waited, or is forgotten. */
  restart(m, kept, times, now) {
    if (!kept) return { ...m, state: "forgotten", since: now };
    return { ...kept, retryAt: this.owes(kept) ? Math.max(now, kept.since + times.retry_time) : undefined };
  }
}

export function enter(m, state, context) {
  m.state = state;
  m.since = context.now;
}

/** Let the request wait; the period of claim 10 begins with the first that waits. */
export function holdForResult(m, _event, context) {
  if (context.waiting === 0 || m.holdAt === undefined) m.holdAt = context.now + context.times.hold_time;
}

/** Send a message that is sent again until it is answered: its bytes are kept with the state. */
export function sendUntilAnswered(m, context, party, link, message) {
  m.outstanding = context.send(party, link, message);
  m.retryAt = context.now + context.times.retry_time;
}

export function sendAgain(m, _event, context) {
  context.resend(m.outstanding);
  m.retryAt = context.now + context.times.retry_time;
}

/** Answer all that wait with how to ask again. */
export function showProgress(m, _event, context) {
  m.holdAt = undefined;
  context.showProgress = true;
}
