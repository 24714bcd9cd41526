// Checks the vectors as another implementation would: node check_vectors.mjs FOLDER JOSE
// Reads whatever is valid, and refuses whatever is spoiled, for the reason that is told. Exits with 1 where it does not.
import { createHash, X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

const [folder, library] = process.argv.slice(2);
const { compactDecrypt, compactVerify, importJWK } = await import(library);
const load = (name) => JSON.parse(readFileSync(`${folder}/${name}`, "utf8"));
const keys = load("keys.json");
const roots = Object.fromEntries(Object.entries(keys.roots).map(
  ([purpose, all]) => [purpose, all.map((one) => new X509Certificate(Buffer.from(one, "base64")))]));
const canonical = (value) => JSON.stringify(value, (_, one) => one && typeof one === "object" && !Array.isArray(one)
  ? Object.fromEntries(Object.keys(one).sort().map((name) => [name, one[name]])) : one);
const sha256 = (data) => createHash("sha256").update(data).digest("base64url");
const roleOf = (party) => party.replace(/-[0-9]+$/, "");
const headerOf = (token) => JSON.parse(Buffer.from(token.split(".")[0], "base64url"));
const demand = (holds, reason) => { if (!holds) throw new Error(reason); };
const members = (value, ...names) => canonical(Object.keys(value).sort()) === canonical(names.sort());
const strict = (token) => token.split(".").every((part) => Buffer.from(part, "base64url").toString("base64url") === part);

async function verified(token, type) { // who has signed it, and what it says
  const header = headerOf(token);
  demand(strict(token) && members(header, "alg", "typ", "kid", "x5c") && header.typ === type, "bad_signature");
  const certificate = new X509Certificate(Buffer.from(header.x5c[0], "base64"));
  const [, purpose, party] = certificate.subjectAltName.replace("URI:", "").split(":");
  demand(roots[purpose].some((root) => certificate.verify(root.publicKey)), "bad_signature");
  demand(sha256(certificate.raw) === header.kid, "bad_signature");
  demand(Date.parse(certificate.validFrom) <= keys.now * 1e3 && keys.now * 1e3 < Date.parse(certificate.validTo), "ended");
  const { payload } = await compactVerify(token, certificate.publicKey, { algorithms: ["Ed25519"] });
  return { purpose, party, payload };
}
function checkTimes({ iat, exp = Infinity }) { demand(iat <= keys.now + 60 && keys.now < exp, "it has run out"); }
async function readObject(vector, token) { // one of the files of signed and sealed objects
  const wanted = Object.keys(vector.claims);
  if (vector.valid.jws) {
    const { purpose, party, payload } = await verified(token, vector.type), claims = JSON.parse(Buffer.from(payload));
    demand(members(claims, ...wanted) && purpose === vector.signed_as && party === claims.iss, "it is somebody else's");
    demand(claims.aud.some((one) => vector.claims.aud.includes(one)), "it is for somebody else");
    demand(members(claims.content, ...Object.keys(vector.claims.content)), "its content is another");
    return checkTimes(claims), claims;
  }
  const header = headerOf(token), [party, kid] = header.kid.split("/");
  demand(members(header, "alg", "enc", "typ", "kid", "epk") && header.typ === vector.type && strict(token), "its header");
  const { jwk } = keys.parties[vector.sealed_for].opens.find(({ thumbprint }) => thumbprint === kid);
  const opened = await compactDecrypt(token, await importJWK(jwk, header.alg));
  const claims = JSON.parse(Buffer.from(opened.plaintext));
  demand(members(claims, ...wanted) && claims.aud === party && party === vector.sealed_for, "it is for somebody else");
  demand(!vector.beside || claims.beside === sha256(canonical(vector.beside)), "it stood beside something else");
  return checkTimes(claims), claims;
}
async function refusal(bytes, set, name, valid) { // why bytes are not this message; nothing, if they are
  if (bytes.length > 65536) return "too_large";
  let text;
  try { text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes); } catch { return "not_utf8"; }
  if (text.startsWith("\ufeff")) return "not_utf8";
  if (set.media_type === "application/jose") {
    if (text.startsWith("{")) return "not_signed";
    const type = `payrelay-${name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}`;
    try {
      const { purpose, party, payload } = await verified(text, type);
      demand(purpose === roleOf(party), "bad_signature");
      text = Buffer.from(payload).toString();
      if (party !== JSON.parse(text).sender) return "wrong_sender";
    } catch { return "bad_signature"; }
  }
  if (/\[{24}/.test(text)) return "too_deep";
  let value;
  try { value = JSON.parse(text); } catch { return "not_json"; }
  if (text !== canonical(value)) return "duplicate_member";
  return difference(valid, value, "");
}
function difference(valid, value, name) { // what a value cannot be, where another is valid
  if (value === null || typeof value !== typeof valid || Array.isArray(value) !== Array.isArray(valid)) return "wrong_type";
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 && value < 1e15 ? null : "not_whole";
  if (typeof value === "object") {
    const [more] = Object.keys(value).filter((one) => !(one in valid)), [less] = Object.keys(valid).filter((one) => !(one in value));
    if (more || less) return more ? "unknown_member" : "missing_member";
    return Object.keys(value).map((one) => difference(valid[one], value[one], one)).find(Boolean) ?? null;
  }
  if (value === valid || typeof value === "boolean") return null;
  if (["message", "receiver", "sender"].includes(name)) return name === "message" ? "unknown_message" : `wrong_${name}`;
  if (value !== value.normalize("NFKC") || /[\p{Cc}\p{Cf}]/u.test(value)) return "not_text";
  if (name === "currency" || /^[\w-]{43}$/.test(valid)) return "not_a_value";
  return "not_an_identifier";
}
function edited(valid, edit, body) {
  const bytes = Buffer.from(valid);
  if (edit.cut) return bytes.subarray(0, -edit.cut);
  if (edit.append_blanks) return Buffer.concat([bytes, Buffer.alloc(edit.append_blanks, " ")]);
  if (edit.insert_hex) return Buffer.concat([bytes.subarray(0, edit.offset), Buffer.from(edit.insert_hex, "hex"), bytes.subarray(edit.offset)]);
  if (edit.flip) {
    const parts = valid.split("."), part = Buffer.from(parts[edit.flip.part], "base64url");
    part[edit.flip.byte] ^= edit.flip.mask;
    parts[edit.flip.part] = part.toString("base64url");
    return Buffer.from(parts.join("."));
  }
  const whole = structuredClone(body), path = (edit.set ?? edit.remove).split("/").slice(1), last = path.pop();
  const owner = path.reduce((inner, one) => inner[one], whole);
  if (edit.remove) delete owner[last]; else owner[last] = edit.value;
  return Buffer.from(canonical(whole));
}

function readsPage({ media, slots, page }) { // whether every slot is found where it should be
  const meant = (text) => text.replace(/&(lt|gt|quot|#39|amp);/g, (_, one) => ({ lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" })[one]);
  if (media === "text/plain") return slots.every(([, , contents]) => page.split("\n").some((line) => line.endsWith(contents)));
  const tag = (name) => new RegExp(`<[^>]*data-payrelay-slot="${name}"[^>]*>([^<]*)`).exec(page);
  return slots.every(([name, , contents]) => tag(name) && [meant(tag(name)[1]), ...[...tag(name)[0].matchAll(/="([^"]*)"/g)]
    .map(([, value]) => meant(value).replace(/^answer[.]/, ""))].includes(contents));
}

const counts = { valid: 0, refused: 0 }, failures = [];
const told = (where, found, wanted) => found === wanted ? counts[wanted ? "refused" : "valid"]++ : failures.push(`${where}: ${found}, not ${wanted}`);
for (const name of readdirSync(folder).filter((one) => one !== "keys.json" && one.endsWith(".json"))) {
  const vector = load(name);
  if (vector.kind === "object") {
    const token = vector.valid.jws ?? vector.valid.jwe;
    told(name, canonical(await readObject(vector, token).catch(String)) === canonical(vector.claims) ? null : "unread", null);
    for (const one of vector.spoiled) {
      const spoiled = one.jws ?? one.jwe ?? edited(token, one.edit).toString();
      told(`${name} ${one.name}`, await readObject(vector, spoiled).then(() => "accepted", () => "refused"), "refused");
    }
    continue;
  }
  for (const one of vector.pages ?? []) told(`${name} ${one.template_id}`, readsPage(one) ? null : "unread", null);
  for (const set of vector.sets ?? []) {
    const json = set.media_type === "application/jose" ? Buffer.from(set.valid.split(".")[1], "base64url") : set.valid;
    const body = JSON.parse(json);
    told(`${name} ${set.security}`, await refusal(Buffer.from(set.valid), set, vector.message, body), null);
    for (const one of set.spoiled.filter(({ peer }) => !peer)) {
      const bytes = one.bytes ? Buffer.from(one.bytes) : edited(set.valid, one.edit, body);
      told(`${name} ${set.security} ${one.name} ${one.at}`, await refusal(bytes, set, vector.message, body), one.refused);
    }
  }
}
console.log(JSON.stringify({ ...counts, failures }));
process.exitCode = failures.length ? 1 : 0;
