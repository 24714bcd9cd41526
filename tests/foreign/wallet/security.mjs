// Below the seam (§ 8): certificates, signed and sealed objects, digests. The machines never see bytes; they see terms:
// who signed a content, or nobody, and whether it has expired. Below security hardened objects are in clear, and these
// functions let them pass, so that nothing above asks for the level again.

import { X509Certificate, createHash, createPrivateKey, randomBytes, sign, verify } from "node:crypto";
import { CompactEncrypt, compactDecrypt } from "jose";
import { Refusal, canonical, equal, join, parse } from "./strict_json.mjs";

/** Of the table of § 8.2: who signs, how long it holds, and to which roles it may come. */
const SIGNED = {
  PaymentInfo: { purpose: "shop", seconds: 900 },
  ConfirmInfo: { purpose: "wallet", seconds: 900, comesTo: ["relay"] },
  DualSignature: { purpose: "user", seconds: 900, comesTo: ["payment", "shop"] },
  Receipt: { purpose: "payment" },
  AuthInfo: { purpose: "authority", seconds: 3600 },
};
const SEALED = { PaymentInstruction: { seconds: 900 }, user_auth: {}, secret: {} };

const AHEAD = 60; // seconds that another party's clock may be ahead (W-SEC-05)
const KEY_AGREEMENT = { alg: "ECDH-ES+A256KW", enc: "A256GCM" };

/** Whoever signed, where nothing is signed: at the levels below hardened the content is taken as its sender says. */
const ANYBODY = Symbol("anybody");

export const roleOf = (party) => party.replace(/-[^-]*$/, "");
export const freshIdentifier = () => randomBytes(18).toString("base64url");
export const thumbprint = (der) => createHash("sha256").update(der).digest("base64url");
/** Whether a term is signed by this very party. */
export const isSignedBy = (term, party) => term.by === ANYBODY || (party !== undefined && term.by === party);
export const isSigned = (term) => term.by !== null;
/** SIGNED and its messages have their types in kebab-case. */
const typeName = (name) =>
  `payrelay-${name
    .replaceAll("_", "-")
    .replace(/(?<=[a-z])(?=[A-Z])/g, "-")
    .toLowerCase()}`;

/** W-BODY-08: of the compact serialization, or of the canonical JSON. */
export function digest(artefact) {
  const bytes = artefact.jws ?? artefact.jwe ?? canonical(artefact);
  return createHash("sha256").update(bytes).digest("base64url");
}

export class Security {
  #party;
  #hardened;
  #schemas;
  #now;
  #roots;
  #signing = {};
  #opening;

  /** `now` tells the seconds since 1970. */
  constructor({ party, security, signing = {}, opening = [], roots = {} }, schemas, now = () => Date.now() / 1000) {
    this.#party = party;
    this.#hardened = security === "hardened";
    this.#schemas = schemas;
    this.#now = () => Math.floor(now());
    this.#roots = Object.fromEntries(
      Object.entries(roots).map(([purpose, pems]) => [purpose, pems.map((pem) => new X509Certificate(pem))]),
    );
    for (const [purpose, pair] of Object.entries(signing)) this.#signing[purpose] = keyPair(pair);
    this.#opening = opening.map(keyPair);
    if (this.#hardened && !(this.#signing.wallet && this.#signing.user && this.#opening.length)) {
      throw new Error("security hardened takes signing.wallet, signing.user and a key in opening");
    }
  }

  get hardened() {
    return this.#hardened;
  }

  /** The party's public keys, as a discovery document has them. */
  jwks() {
    const jwk =
      (use) =>
      ({ der, kid, certificate }) => {
        const { kty, crv, x } = certificate.publicKey.export({ format: "jwk" });
        return { kty, crv, use, kid, x, x5c: [der.toString("base64")] };
      };
    return [...Object.values(this.#signing).map(jwk("sig")), ...this.#opening.map(jwk("enc"))];
  }

  // Certificates

  /** The party that a certificate names, if it is one for this purpose (W-SEC-06); else undefined. */
  partyOf(der, purpose, kind = undefined) {
    try {
      const certificate = new X509Certificate(der);
      if (!certificate.raw.equals(der)) return undefined; // something stands behind it
      const { version, uris, usage } = readCertificate(der);
      const named = /^payrelay:([a-z]+):([a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?)$/.exec(uris[0] ?? "");
      const now = this.#now() * 1000;
      const isGood =
        version === 3 &&
        uris.length === 1 &&
        named?.[1] === purpose &&
        isInForce(certificate, now) &&
        (kind === undefined || (certificate.publicKey.asymmetricKeyType === kind.key && usage.has(kind.usage))) &&
        (this.#roots[purpose] ?? []).some(
          (root) =>
            isInForce(root, now) && root.ca && certificate.checkIssued(root) && certificate.verify(root.publicKey),
        );
      return isGood ? named[2] : undefined;
    } catch {
      return undefined;
    }
  }

  /** The key of a discovery document that things are sealed with for this party (W-DISC-03); else undefined. */
  sealingKey(document, party) {
    for (const jwk of document.keys?.keys ?? []) {
      if (jwk?.use !== "enc" || typeof jwk.x5c?.[0] !== "string") continue;
      const der = Buffer.from(jwk.x5c[0], "base64");
      if (this.partyOf(der, roleOf(party), AGREES) !== party) continue;
      return { kid: `${party}/${thumbprint(der)}`, publicKey: new X509Certificate(der).publicKey };
    }
    return undefined;
  }

  // Signed

  /** Compact JWS over this text, with the key for the purpose. Ed25519 makes of the same the same bytes. */
  #sign(purpose, typ, payload) {
    const { privateKey, der, kid } = this.#signing[purpose];
    const header = canonical({ alg: "Ed25519", kid, typ, x5c: [der.toString("base64")] });
    const signed = `${base64url(header)}.${base64url(payload)}`;
    return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`;
  }

  /** Who signed, and what; undefined if nobody did who is trusted for that purpose (W-SEC-04). */
  #verify(jws, purpose, typ) {
    const parts = compactParts(jws, 3);
    if (!parts) return undefined;
    try {
      const header = parse(parts[0]);
      const encoded = header.x5c?.[0];
      const der = Buffer.from(encoded, "base64");
      const expected = { alg: "Ed25519", kid: thumbprint(der), typ, x5c: [der.toString("base64")] };
      if (!equal(header, expected)) return undefined;
      const by = this.partyOf(der, purpose, SIGNS);
      const signed = Buffer.from(jws.slice(0, jws.lastIndexOf(".")));
      if (!by || !verify(null, signed, new X509Certificate(der).publicKey, parts[2])) return undefined;
      return { by, payload: parts[1] };
    } catch {
      return undefined;
    }
  }

  /** A message as it travels (W-SEC-02). */
  writeMessage(message) {
    const text = canonical(message);
    return this.#hardened ? this.#sign("wallet", typeName(message.message), text) : text;
  }

  /** A message that came to this endpoint, and who signed it: a Refusal if it is none (W-SEC-03). */
  readMessage(bytes, endpoint) {
    let by;
    let text = bytes;
    if (this.#hardened) {
      const jws = bytes.toString("latin1");
      if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(jws)) throw new Refusal("not_signed");
      const verified = this.#verify(jws, endpoint.senderRole, typeName(endpoint.name));
      if (!verified) throw new Refusal("bad_signature");
      ({ by, payload: text } = verified);
    }
    const message = parse(text);
    if (by !== undefined && typeof message?.sender === "string" && message.sender !== by)
      throw new Refusal("wrong_sender", "/sender");
    this.#schemas.checkMessage(endpoint, message, this.#party);
    if (this.#hardened && canonical(message) !== text.toString()) {
      throw new Refusal("bad_signature", "", "what is signed is not canonical JSON");
    }
    return message;
  }

  /** An object of this party's, signed for `receiver` and whoever else it may come to. */
  signed(name, content, receiver) {
    if (!this.#hardened) return content;
    const { purpose, seconds, comesTo } = SIGNED[name];
    const iat = this.#now();
    const others = comesTo.filter((role) => role !== roleOf(receiver)).map((role) => `role:${role}`);
    const claims = { iss: this.#party, aud: [receiver, ...others], iat, exp: iat + seconds, content };
    return { jws: this.#sign(purpose, typeName(name), canonical(claims)) };
  }

  /**
   * A signed object as a term: `by` is null if it does not verify, and it is then its bare content, or nothing at all
   * (W-SEC-07). `expires` is when it runs out, `isExpired` whether it has; `takesExpired` is for places with validity.
   */
  readSigned(name, artefact, { takesExpired = false } = {}) {
    if (!this.#hardened) return { by: ANYBODY, content: artefact, expires: null, isExpired: false };
    const { purpose, seconds } = SIGNED[name];
    const unverified = { by: null, content: undefined, expires: null, isExpired: false };
    const verified = this.#verify(artefact.jws, purpose, typeName(name));
    if (!verified) return unverified;
    let isReadable = true;
    try {
      const claims = this.#claims(verified.payload, ["iss", "aud", "iat", "content", ...(seconds ? ["exp"] : [])]);
      isReadable = false;
      this.#schemas.check(this.#schemas.object(name), claims.content, "/content");
      isReadable = true;
      const isForMe =
        Array.isArray(claims.aud) &&
        (claims.aud.includes(this.#party) || claims.aud.includes(`role:${roleOf(this.#party)}`));
      const isExpired = claims.exp !== undefined && claims.exp <= this.#now();
      if (!isForMe || claims.iss !== verified.by || (isExpired && !takesExpired)) return unverified;
      return { by: verified.by, content: claims.content, expires: claims.exp ?? null, isExpired };
    } catch {
      return { ...unverified, isReadable };
    }
  }

  /** Canonical JSON with just these members, made at a time that may be. */
  #claims(payload, names) {
    const claims = parse(payload);
    const isGood =
      canonical(claims) === payload.toString() &&
      equal(Object.keys(claims).sort(), [...names].sort()) &&
      Number.isInteger(claims.iat) &&
      claims.iat <= this.#now() + AHEAD &&
      (!names.includes("exp") || Number.isInteger(claims.exp));
    if (!isGood) throw new Refusal("not_a_value");
    return claims;
  }

  // Sealed

  /** An object sealed for the party whose key (`sealingKey`) this is. */
  async sealed(name, content, party, key) {
    if (!this.#hardened) return content;
    const iat = this.#now();
    const { seconds } = SEALED[name];
    const claims = { aud: party, iat, content, ...(seconds && { exp: iat + seconds }) };
    const jwe = await new CompactEncrypt(Buffer.from(canonical(claims)))
      .setProtectedHeader({ ...KEY_AGREEMENT, typ: typeName(name), kid: key.kid })
      .encrypt(key.publicKey);
    return { jwe };
  }

  /**
   * What is sealed as the member `name` of `object`, and was sealed beside the other members of it that are in clear
   * (W-SEC-09). Undefined if it is not there, or cannot be opened.
   */
  async opened(name, object, sealable) {
    const artefact = object[name];
    if (artefact === undefined || !this.#hardened) return artefact;
    try {
      const parts = compactParts(artefact.jwe, 5);
      const header = parse(parts[0]);
      const key = this.#opening.find(({ kid }) => header.kid === `${this.#party}/${kid}`);
      const { kty, crv, x } = header.epk;
      const expected = {
        ...KEY_AGREEMENT,
        typ: typeName(name),
        kid: header.kid,
        epk: { kty: "OKP", crv: "X25519", x },
      };
      if (!key || !equal(header, expected) || kty !== "OKP" || crv !== "X25519") return undefined;
      const { plaintext } = await compactDecrypt(artefact.jwe, key.privateKey, {
        keyManagementAlgorithms: [KEY_AGREEMENT.alg],
        contentEncryptionAlgorithms: [KEY_AGREEMENT.enc],
      });
      const claims = this.#claims(Buffer.from(plaintext), ["aud", "iat", "content", "beside"]);
      const beside = Object.fromEntries(Object.entries(object).filter(([member]) => !sealable.includes(member)));
      if (claims.aud !== this.#party || claims.beside !== digest(beside)) return undefined;
      const { jwe } = this.#schemas.object(sealable.includes("secret") ? "AuthInfo" : "Consent").properties[name]
        .properties;
      this.#schemas.check(jwe["x-payrelay-content"], claims.content, join("", name));
      return claims.content;
    } catch {
      return undefined;
    }
  }
}

const base64url = (text) => Buffer.from(text).toString("base64url");
const SIGNS = { key: "ed25519", usage: "digitalSignature" };
const AGREES = { key: "x25519", usage: "keyAgreement" };

function keyPair({ key, certificate: pem }) {
  const certificate = new X509Certificate(pem);
  return { privateKey: createPrivateKey(key), certificate, der: certificate.raw, kid: thumbprint(certificate.raw) };
}

const isInForce = (certificate, now) =>
  Date.parse(certificate.validFrom) <= now && now < Date.parse(certificate.validTo);

/** The parts of a compact object, decoded; undefined if there are others, or bits in them that mean nothing. */
function compactParts(compact, count) {
  const parts = compact.split(".");
  const decoded = parts.map((part) => Buffer.from(part, "base64url"));
  return parts.length === count && parts.every((part, index) => decoded[index].toString("base64url") === part)
    ? decoded
    : undefined;
}

// Node tells of a certificate's extensions neither the version nor the key usage, so they are read here, in DER.

const USAGES = ["digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement"];
const KEY_USAGE = "551d0f";
const SUBJECT_ALTERNATIVE_NAMES = "551d11";

function readCertificate(der) {
  const [tbs] = elements(elements(der)[0].body);
  const fields = elements(tbs.body);
  const version = fields[0].tag === 0xa0 ? elements(fields[0].body)[0].body[0] + 1 : 1;
  const usage = new Set();
  let uris = [];
  const list = fields.find(({ tag }) => tag === 0xa3);
  for (const extension of list ? elements(elements(list.body)[0].body) : []) {
    const parts = elements(extension.body);
    const [value] = elements(parts.at(-1).body);
    const name = parts[0].body.toString("hex");
    if (name === SUBJECT_ALTERNATIVE_NAMES) {
      uris = elements(value.body)
        .filter(({ tag }) => tag === 0x86)
        .map(({ body }) => body.toString("latin1"));
    }
    if (name === KEY_USAGE) {
      USAGES.forEach((word, bit) => (value.body[1] ?? 0) & (0x80 >> bit) && usage.add(word));
    }
  }
  return { version, uris, usage };
}

function elements(der) {
  const found = [];
  for (let at = 0; at < der.length;) {
    const tag = der[at];
    let length = der[at + 1];
    at += 2;
    if (length > 0x80) {
      const octets = length - 0x80;
      length = der.readUIntBE(at, octets);
      at += octets;
    }
    if (at + length > der.length) throw new RangeError("not DER");
    found.push({ tag, body: der.subarray(at, at + length) });
    at += length;
  }
  return found;
}
