// The three levels of security (wire.md section 8): messages between servers as compact JWS, signed objects in them,
// and certificates. A relay seals and opens nothing: what is sealed passes it by (section 8.3). Below hardened there is
// nothing to verify, and objects are believed as they came.

import { createPrivateKey, sign, verify, X509Certificate } from "node:crypto";
import { canonical, parseStrict, Refusal, sha256 } from "./strict_json.mjs";

/** Table of section 8.2: purpose under which an object is signed, and whether it runs out. */
const SIGNED = {
  PaymentInfo: { purpose: "shop", type: "payrelay-payment-info", expires: true },
  ConfirmInfo: { purpose: "wallet", type: "payrelay-confirm-info", expires: true },
  Receipt: { purpose: "payment", type: "payrelay-receipt", expires: false },
  Form: { purpose: "authority", type: "payrelay-form", expires: true },
  AuthInfo: { purpose: "authority", type: "payrelay-auth-info", expires: true },
};

/** How far ahead of our clock another's may be, in seconds. */
const AHEAD = 60;

export const kebab = (name) => name.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

/** Base64url that decodes and encodes to itself: no padding, and no bits that mean nothing. */
function decode(part) {
  const bytes = Buffer.from(part, "base64url");
  if (bytes.toString("base64url") !== part) throw new Error("not base64url");
  return bytes;
}

/**
 * The bits of the extension keyUsage, which Node does not show: OID 2.5.29.15, perhaps critical, a BIT STRING in it.
 */
function hasDigitalSignature(certificate) {
  const raw = certificate.raw;
  const at = raw.indexOf(Buffer.from("0603551d0f", "hex"));
  if (at < 0) return false;
  let next = at + 5;
  if (raw[next] === 0x01) next += 3;
  return raw[next] === 0x04 && raw[next + 2] === 0x03 && (raw[next + 5] & 0x80) !== 0;
}

/** Purpose and party of the one URI by which a certificate names them (W-SEC-06), or undefined. */
export function namedBy(subjectAltName) {
  const names = (subjectAltName ?? "").split(", ").filter((name) => name.startsWith("URI:payrelay:"));
  const match = names.length === 1 && /^URI:payrelay:([a-z]+):([a-z0-9][a-z0-9._-]*)$/.exec(names[0]);
  return match ? { purpose: match[1], party: match[2] } : undefined;
}

const pemOf = (entry) => (entry.includes("-----BEGIN") ? entry : Buffer.from(entry, "base64"));

export class Security {
  #certificates = new Map();

  constructor({ party, security, signing = {}, opening = [], roots = {} }, schemas) {
    this.party = party;
    this.role = party.split("-")[0];
    this.hardened = security === "hardened";
    this.schemas = schemas;
    this.roots = Object.fromEntries(
      Object.entries(roots).map(([purpose, list]) => [purpose, list.map((root) => new X509Certificate(pemOf(root)))]),
    );
    const own = signing[this.role];
    if (this.hardened && !own) throw new Error("hardened, and no key to sign with");
    this.jwks = [];
    if (own) {
      this.key = createPrivateKey(own.key);
      this.header = this.#publish(own.certificate, "sig");
    }
    for (const { certificate } of opening) this.#publish(certificate, "enc");
  }

  #publish(pem, use) {
    const certificate = new X509Certificate(pemOf(pem));
    const kid = sha256(certificate.raw);
    const x5c = [certificate.raw.toString("base64")];
    this.jwks.push({ ...certificate.publicKey.export({ format: "jwk" }), use, kid, x5c });
    return { alg: "Ed25519", kid, x5c };
  }

  /** The bytes of a message to another server. */
  write(message) {
    const json = canonical(message);
    if (!this.hardened) return Buffer.from(json);
    const header = { ...this.header, typ: `payrelay-${kebab(message.message)}` };
    const input = `${Buffer.from(canonical(header)).toString("base64url")}.${Buffer.from(json).toString("base64url")}`;
    return Buffer.from(`${input}.${sign(null, Buffer.from(input), this.key).toString("base64url")}`);
  }

  /** The JSON of a message from another server, and by whom it is signed; refused as section 5 says. */
  readMessage(bytes, name, role, now) {
    if (!this.hardened) return { value: parseStrict(bytes) };
    const compact = bytes.toString("latin1");
    if (!/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/.test(compact)) throw new Refusal("not_signed", "");
    let signed;
    try {
      signed = this.#verify(compact, `payrelay-${kebab(name)}`, role, now);
    } catch {
      throw new Refusal("bad_signature", "");
    }
    const value = parseStrict(signed.payload);
    if (canonical(value) !== signed.payload.toString()) throw new Refusal("not_json", "");
    return { value, signer: signed.party };
  }

  /**
   * A signed object as the guards see it: `by` is whose signature it bears, undefined if it does not verify (W-SEC-07);
   * `expired` is told of objects that verify and have run out. Below hardened there are no signatures to look at.
   */
  open(kind, raw, now) {
    if (!this.hardened) return { content: raw, raw, isBy: () => true, expired: false };
    const unverified = { raw, isBy: () => false, expired: false };
    const { purpose, type, expires } = SIGNED[kind];
    try {
      const { payload, party } = this.#verify(raw.jws, type, purpose, now);
      const claims = parseStrict(payload);
      if (canonical(claims) !== payload.toString()) return unverified;
      const names = ["aud", "content", ...(expires ? ["exp"] : []), "iat", "iss"];
      if (Object.keys(claims).sort().join() !== names.join()) return unverified;
      const { aud, content, exp, iat, iss } = claims;
      if (iss !== party || !Array.isArray(aud) || !(aud.includes(this.party) || aud.includes(`role:${this.role}`)))
        return unverified;
      if (typeof iat !== "number" || iat > now + AHEAD || (expires && typeof exp !== "number")) return unverified;
      this.schemas.check(kind, content);
      return { content, raw, isBy: (who) => who === party, expired: expires && exp <= now, expires: exp };
    } catch {
      return unverified;
    }
  }

  /** Whether a certificate of TLS comes from a root for this purpose. Its key may be of any kind (section 8.1). */
  isIssuedFor(purpose, raw) {
    const certificate = new X509Certificate(raw);
    const roots = this.roots[purpose] ?? [];
    return roots.some((root) => certificate.checkIssued(root) && certificate.verify(root.publicKey));
  }

  /**
   * Payload of a compact JWS and the party of its certificate, for this type and purpose; throws if it does not verify.
   */
  #verify(compact, type, purpose, now) {
    const [head, body, signature] = compact.split(".");
    const header = parseStrict(decode(head));
    if (Object.keys(header).sort().join() !== "alg,kid,typ,x5c") throw new Error("header");
    if (header.alg !== "Ed25519" || header.typ !== type || !Array.isArray(header.x5c) || header.x5c.length !== 1)
      throw new Error("header");
    const { key, party } = this.#certificate(header.x5c[0], header.kid, purpose, now);
    if (!verify(null, Buffer.from(`${head}.${body}`), key, decode(signature))) throw new Error("signature");
    return { payload: decode(body), party };
  }

  /** The key and party of a certificate that is good for this purpose. What does not depend on the time is kept. */
  #certificate(base64, kid, purpose, now) {
    const id = `${purpose} ${kid} ${base64}`;
    let known = this.#certificates.get(id);
    if (!known) {
      const raw = Buffer.from(base64, "base64");
      if (raw.toString("base64") !== base64 || sha256(raw) !== kid) throw new Error("kid");
      const certificate = new X509Certificate(raw);
      const named = namedBy(certificate.subjectAltName);
      const key = certificate.publicKey;
      if (named?.purpose !== purpose || key.asymmetricKeyType !== "ed25519" || !hasDigitalSignature(certificate))
        throw new Error("certificate");
      const root = (this.roots[purpose] ?? []).find(
        (one) => certificate.checkIssued(one) && certificate.verify(one.publicKey),
      );
      if (!root) throw new Error("root");
      known = {
        key,
        party: named.party,
        spans: [certificate, root].map((one) => [Date.parse(one.validFrom), Date.parse(one.validTo)]),
      };
      if (this.#certificates.size > 1000) this.#certificates.clear();
      this.#certificates.set(id, known);
    }
    if (known.spans.some(([from, to]) => now * 1000 < from || now * 1000 >= to)) throw new Error("not in force");
    return known;
  }
}
