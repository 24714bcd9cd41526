// What a body must be, out of the OpenAPI document of the role: only the keywords that these documents use. The
// documents speak of security hardened, where a signed or sealed object is {jws} or {jwe}; below it the object stands
// there itself (W-SEC-14), which is what `x-payrelay-content` describes.

import { readFileSync } from "node:fs";
import { join as path } from "node:path";
import { MAX_WHOLE, NotWhole, Refusal, join } from "./strict_json.mjs";

const IDENTIFIER = /\{22,256\}\$$/; // how the documents write the pattern of an identifier

export class Schemas {
  #document;
  #security;
  #order;
  #patterns = new Map();

  /** `order` says in which order the members of an object are looked at. */
  constructor(folder, role, security, order = (names) => names) {
    this.#document = JSON.parse(readFileSync(path(folder, `${role}.json`), "utf8"));
    this.#security = security;
    this.#order = order;
  }

  /** The role's endpoints of messages: path, link, name, role of the sender, schema. */
  endpoints() {
    return Object.entries(this.#document.paths)
      .filter(([, item]) => item.post?.["x-payrelay-sender"])
      .map(([at, { post }]) => {
        const schema = this.#resolve(Object.values(post.requestBody.content)[0].schema.contentSchema);
        return { path: at, link: at.split("/")[3], name: schema.title, senderRole: post["x-payrelay-sender"], schema };
      });
  }

  /** The schema of what is set up at this path. */
  setup(at) {
    return this.#document.paths[at].post.requestBody.content["application/json"].schema;
  }

  /** The schema of an object of § 4.2. */
  object(name) {
    return this.#document.components.schemas[name];
  }

  /** A message: what is wrong with its name and its parties has reasons of its own. */
  checkMessage({ schema, name }, value, receiver) {
    if (isObject(value)) {
      const { message, sender, receiver: named } = value;
      if (typeof message === "string" && message !== name) throw new Refusal("unknown_message", "/message");
      if (typeof named === "string" && named !== receiver) throw new Refusal("wrong_receiver", "/receiver");
      if (typeof sender === "string" && !this.#pattern(schema.properties.sender.pattern).test(sender)) {
        throw new Refusal("unknown_message", "/sender");
      }
    }
    this.check(schema, value);
  }

  /** Throws a Refusal, unless the value is what the schema says. */
  check(schema, value, pointer = "") {
    schema = this.#atLevel(this.#resolve(schema));
    if (schema.anyOf) this.#checkAny(schema.anyOf, value, pointer);
    switch (schema.type ?? typeOf(schema)) {
      case "object":
        return this.#checkObject(schema, value, pointer);
      case "array":
        if (!Array.isArray(value)) throw new Refusal("wrong_type", pointer);
        if (value.length > (schema.maxItems ?? Infinity)) throw new Refusal("not_a_value", pointer, "too many items");
        return value.forEach((item, index) => this.check(schema.items, item, join(pointer, index)));
      case "integer":
        if (value instanceof NotWhole) throw new Refusal("not_whole", pointer);
        if (typeof value !== "number") throw new Refusal("wrong_type", pointer);
        if (value < (schema.minimum ?? 0) || value > (schema.maximum ?? MAX_WHOLE))
          throw new Refusal("not_whole", pointer);
        return undefined;
      case "boolean":
        if (typeof value !== "boolean") throw new Refusal("wrong_type", pointer);
        return undefined;
      case "string":
        return this.#checkString(schema, value, pointer);
      default:
        return undefined; // nothing but anyOf
    }
  }

  #checkObject(schema, value, pointer) {
    if (!isObject(value)) throw new Refusal("wrong_type", pointer);
    for (const name of this.#order(schema.required ?? [])) {
      if (!Object.hasOwn(value, name)) throw new Refusal("missing_member", join(pointer, name));
    }
    for (const name of this.#order(Object.keys(value))) {
      const member = Object.hasOwn(schema.properties, name) && schema.properties[name];
      if (!member) throw new Refusal("unknown_member", join(pointer, name));
      this.check(member, value[name], join(pointer, name));
    }
  }

  #checkString(schema, value, pointer) {
    if (typeof value !== "string") throw new Refusal("wrong_type", pointer);
    if (schema.const !== undefined && value !== schema.const) throw new Refusal("not_a_value", pointer);
    if (schema.enum && !schema.enum.includes(value)) throw new Refusal("not_a_value", pointer);
    if (schema.format === "payrelay-text" && !isText(value)) throw new Refusal("not_text", pointer);
    const length = [...value].length;
    if (length < (schema.minLength ?? 0) || length > (schema.maxLength ?? Infinity))
      throw new Refusal("not_text", pointer);
    if (schema.pattern && !this.#pattern(schema.pattern).test(value)) {
      throw new Refusal(IDENTIFIER.test(schema.pattern) ? "not_an_identifier" : "not_a_value", pointer);
    }
  }

  #checkAny(schemas, value, pointer) {
    let refusal;
    for (const schema of schemas) {
      try {
        return this.check(schema, value, pointer);
      } catch (error) {
        refusal = error; // the last is the general case, so its reason says most
      }
    }
    throw refusal;
  }

  #resolve(schema) {
    const name = schema.$ref?.split("/").at(-1);
    return name ? this.#document.components.schemas[name] : schema;
  }

  #atLevel(schema) {
    if (this.#security === "hardened") return schema;
    const artefact = schema.properties?.jws ?? schema.properties?.jwe;
    return artefact?.["x-payrelay-content"] ? this.#resolve(artefact["x-payrelay-content"]) : schema;
  }

  #pattern(source) {
    if (!this.#patterns.has(source)) this.#patterns.set(source, new RegExp(source, "u"));
    return this.#patterns.get(source);
  }
}

const isObject = (value) =>
  value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof NotWhole);

/** Constants and enumerations are all of strings, and so is what has a format and nothing else. */
const typeOf = (schema) => (schema.const !== undefined || schema.enum || schema.format ? "string" : undefined);

/** W-BODY-05. Its length is the schema's affair. */
export function isText(value) {
  return (
    value.length > 0 &&
    value === value.normalize("NFKC") &&
    value === value.trim() &&
    !/^\p{M}/u.test(value) &&
    !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(value)
  );
}
