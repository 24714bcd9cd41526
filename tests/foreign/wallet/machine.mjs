// What the two state tables of the wallet (protocol.md § 1.6) have in common. A row is a function of the machine's
// state, the event and the wallet's craft (which writes, signs and seals). It says what comes of it:
//
//   next   the state afterwards, if it is another one
//   send   letters that leave once that is durable
//   seen   a ProcKey that no other transaction may use from now on
//
// PASSED_OVER changes nothing; a pair of state and event that has no row is a protocol error (§ 1.5).

export const PASSED_OVER = Object.freeze({});

export class ProtocolError extends Error {}

/** Makes a step function of a table: rows by state and event. */
export const machine = (table) => async (state, event, craft) => {
  const row = table[state.state]?.[event.name];
  if (!row) throw new ProtocolError(`no ${event.name} in ${state.state}`);
  return row(state, event, craft);
};
