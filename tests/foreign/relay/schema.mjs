// Checks of bodies (wire.md section 4), from the OpenAPI document of the role. That describes security hardened; at the
// other levels objects stand in clear (W-SEC-14), so each signed or sealed member is replaced by its content.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NOT_WHOLE, Refusal } from "./strict_json.mjs";

const escape = (name) => name.replaceAll("~", "~0").replaceAll("/", "~1");

/** Text of W-BODY-05, its length apart. */
export function isText(text) {
  return (
    text.length > 0 &&
    text.normalize("NFKC") === text &&
    !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text) &&
    !/^(?:\p{White_Space}|\p{M})|\p{White_Space}$/u.test(text)
  );
}

export class Schemas {
  #schemas;
  #hardened;

  constructor(directory, role, security) {
    const document = JSON.parse(readFileSync(join(directory, `${role}.json`), "utf8"));
    this.#schemas = document.components.schemas;
    this.#hardened = security === "hardened";
    this.endpoints = new Map();
    for (const [path, { post }] of Object.entries(document.paths)) {
      if (!post) continue;
      const { "application/json": json, "application/jose": jose } = post.requestBody.content;
      const schema = json?.schema ?? jose.schema.contentSchema;
      if (post["x-payrelay-sender"])
        this.endpoints.set(path, {
          link: path.split("/")[3],
          sender: post["x-payrelay-sender"],
          message: schema.$ref.split("/").at(-1),
        });
      else this.setupSession = schema;
    }
  }

  /** Refuses a value that is no message, or object, of this name. */
  check(name, value) {
    this.#check({ $ref: `#/components/schemas/${name}` }, value, "");
  }

  checkSetup(value) {
    this.#check(this.setupSession, value, "");
  }

  #resolve(schema) {
    while (schema.$ref) schema = this.#schemas[schema.$ref.split("/").at(-1)];
    if (this.#hardened) return schema;
    const compact = schema.properties?.jws ?? schema.properties?.jwe;
    if (compact?.["x-payrelay-content"]) return this.#resolve(compact["x-payrelay-content"]);
    return schema;
  }

  #check(unresolved, value, pointer) {
    const schema = this.#resolve(unresolved);
    const refuse = (reason, where = pointer) => {
      throw new Refusal(reason, where);
    };
    if ("const" in schema && value !== schema.const)
      refuse(typeof value === typeof schema.const ? "not_a_value" : "wrong_type");
    if (schema.oneOf) return this.#checkOneOf(schema.oneOf, value, pointer);
    if (schema.enum && !schema.enum.includes(value))
      refuse(typeof value === typeof schema.enum[0] ? "not_a_value" : "wrong_type");
    switch (schema.type) {
      case "object": {
        if (value === null || typeof value !== "object" || Array.isArray(value)) refuse("wrong_type");
        for (const name of schema.required ?? [])
          if (!Object.hasOwn(value, name)) refuse("missing_member", `${pointer}/${escape(name)}`);
        for (const name of Object.keys(value)) {
          const member = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
          if (!member) refuse("unknown_member", `${pointer}/${escape(name)}`);
          this.#check(member, value[name], `${pointer}/${escape(name)}`);
        }
        return;
      }
      case "array":
        if (!Array.isArray(value)) refuse("wrong_type");
        if (value.length > (schema.maxItems ?? 64)) refuse("not_a_value");
        value.forEach((item, index) =>
          this.#check(schema.prefixItems?.[index] ?? schema.items, item, `${pointer}/${index}`),
        );
        return;
      case "integer":
        if (value !== NOT_WHOLE && typeof value !== "number") refuse("wrong_type");
        if (value === NOT_WHOLE || value < (schema.minimum ?? 0) || value > schema.maximum) refuse("not_whole");
        return;
      case "boolean":
        if (typeof value !== "boolean") refuse("wrong_type");
        return;
      case "string": {
        if (typeof value !== "string") refuse("wrong_type");
        if (schema.pattern && !new RegExp(schema.pattern, "u").test(value))
          refuse(schema.pattern.includes("{22,256}") ? "not_an_identifier" : "not_a_value");
        const length = schema.minLength || schema.maxLength ? [...value].length : 0;
        const text = schema.format === "payrelay-text" || (schema.anyOf && value !== "");
        if (length < (schema.minLength ?? 0) || length > (schema.maxLength ?? Infinity) || (text && !isText(value)))
          refuse("not_text");
        return;
      }
    }
  }

  /** Of the alternatives (text, or sealed text) the one of the value's JSON type has to fit. */
  #checkOneOf(alternatives, value, pointer) {
    const type = typeof value === "string" ? "string" : "object";
    const fitting = alternatives.map((one) => this.#resolve(one)).find((one) => one.type === type);
    if (!fitting) throw new Refusal("wrong_type", pointer);
    this.#check(fitting, value, pointer);
  }
}
