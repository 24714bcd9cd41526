// The machine of one user at the wallet: holds the user's authentication information. All of it is durable.
//
// A user is who a relay calls so: `user_ref` is that relay's pseudonym, so the same word of another relay is another
// user. What is said again, by `reg_txn` the enrolment key and by `reg_id` whether it was stored, is in tables of the
// store; the wallet hands the machine what it finds there.

import { PASSED_OVER, machine } from "./machine.mjs";
import { freshIdentifier, isSigned } from "./security.mjs";

export const empty = (relay, user_ref) => ({ state: "empty", relay, user_ref });

function answerQuery({ relay, state, display_name, instruments, brands }, { message }, craft) {
  const isOffered = state === "enrolled" && message.brands.some((brand) => brands.includes(brand));
  const offer = {
    wallet_txn: message.wallet_txn,
    display_name: display_name ?? craft.displayName,
    instruments: isOffered ? instruments : [],
  };
  return { send: [craft.letter(relay, "relay_wallet", "WalletOffer", offer)] };
}

/**
 * A fresh key and nonce for each registration. Only a relay at security hardened asks, and only there the nonce is held
 * against the authentication information; who asks all the same is answered.
 */
function offerKey({ relay, user_ref }, { message: { reg_txn }, offered }, craft) {
  if (offered) {
    return offered.relay === relay && offered.user_ref === user_ref ? { send: [offered.answer] } : PASSED_OVER;
  }
  const [enrolment_key, enrolment_nonce] = [freshIdentifier(), freshIdentifier()];
  const answer = craft.letter(relay, "relay_wallet", "EnrolmentKeyResponse", {
    reg_txn,
    enrolment_key,
    enrolment_nonce,
  });
  return { send: [answer], offered: { relay, user_ref, enrolment_nonce, answer } };
}

function takeAuthInfo(enrolment, event, craft) {
  const { relay } = enrolment;
  const {
    message: { reg_id, user_ref, auth_info },
    auth,
    opened,
    answered,
  } = event;
  if (answered) {
    // is_answered: by this key, whatever it holds now
    return answered.relay === relay && answered.user_ref === user_ref ? { send: [answered.answer] } : PASSED_OVER;
  }
  const reason = whyNotStored(event, craft);
  const brands = reason ? [] : craft.brands;
  const answer = craft.letter(relay, "relay_wallet", "AuthInfoStored", { reg_id, refusal: reason, brands });
  const next = reason
    ? undefined
    : {
        state: "enrolled",
        relay,
        user_ref,
        display_name: craft.displayName,
        instruments: [masked(auth.content.account, craft)],
        brands,
        auth: { ...auth.content, ...opened },
        auth_info,
      };
  return { next, send: [answer], answered: { relay, user_ref, answer } };
}

/** The guard is_refused, told as the reason; the empty text if it is storable. */
function whyNotStored({ message, auth, opened, isOwnNonce }, craft) {
  const { content, isReadable = true } = auth;
  if (!isReadable) return "MALFORMED";
  if (content !== undefined && content.reg_id !== message.reg_id) return "MALFORMED";
  if (!isSigned(auth)) return "NOT_SIGNED";
  if (content.wallet !== message.receiver) return "OTHER_WALLET_OR_USER";
  if (craft.hardened && !isOwnNonce) return "OTHER_ENROLMENT";
  // What was sealed must open: `secret` is always there, `user_auth` perhaps.
  if (opened.secret === undefined || (content.user_auth !== undefined && opened.user_auth === undefined))
    return "MALFORMED";
  return craft.willing ? "" : "UNWILLING";
}

/** How an account is called where others see it: by its last characters, and never by more than half of them. */
function masked(account, craft) {
  const characters = [...account.replace(/[^\p{L}\p{N}]/gu, "")];
  const shown = Math.min(4, Math.floor(characters.length / 2));
  if (!shown) return "account";
  const end = characters.slice(-shown).join("");
  return craft.text(`account ending ${end}`, [`**** ${end}`, `Card & account "${end}"`, `<${end}>`]);
}

const rows = { WalletQuery: answerQuery, EnrolmentKeyRequest: offerKey, ForwardedAuthenticationInfo: takeAuthInfo };

export const stepEnrolment = machine({ empty: rows, enrolled: rows });
