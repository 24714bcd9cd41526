// From the bytes of a request to the message in it (wire.md sections 1 and 4), or a refusal with the reason of section
// 5.

import { parseStrict, Refusal } from "./strict_json.mjs";

/** Which member of a message is a signed object, and of what kind. */
const OBJECTS = {
  PaymentInfoMessage: ["payment_info", "PaymentInfo"],
  ConfirmInfoMessage: ["confirm_info", "ConfirmInfo"],
  ResultInfo: ["receipt", "Receipt"],
  SettlementStatus: ["receipt", "Receipt"],
  RegistrationForm: ["form", "Form"],
  AuthenticationInfo: ["auth_info", "AuthInfo"],
};

export const roleOf = (party) => party.split("-")[0];

/**
 * The message of an endpoint's request. `peer` is the party that the channel shows, if it shows one; a terminal's user
 * is who its session says, so nothing is compared there.
 */
export function readMessage(bytes, endpoint, { security, schemas, now, peer }) {
  if (endpoint.sender === "terminal")
    return { message: checkMessage(parseStrict(bytes), endpoint, { security, schemas }) };
  const { value, signer } = security.readMessage(bytes, endpoint.message, endpoint.sender, now);
  const message = checkMessage(value, endpoint, { security, schemas, shown: [peer, signer] });
  const [member, kind] = OBJECTS[endpoint.message] ?? [];
  const object = message[member] === undefined ? undefined : security.open(kind, message[member], now);
  return { message, object };
}

/** Whether a value is the message that the endpoint names, from its sender and for this party. */
export function checkMessage(value, endpoint, { security, schemas, shown = [] }) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Refusal("wrong_type", "");
  for (const name of ["message", "sender", "receiver"]) {
    if (!(name in value)) throw new Refusal("missing_member", `/${name}`);
    if (typeof value[name] !== "string") throw new Refusal("wrong_type", `/${name}`);
  }
  if (value.message !== endpoint.message) throw new Refusal("unknown_message", "/message");
  if (value.receiver !== security.party) throw new Refusal("wrong_receiver", "/receiver");
  if (shown.some((party) => party !== undefined && party !== value.sender))
    throw new Refusal("wrong_sender", "/sender");
  if (roleOf(value.sender) !== endpoint.sender) throw new Refusal("unknown_message", "/sender");
  schemas.check(endpoint.message, value);
  return value;
}
