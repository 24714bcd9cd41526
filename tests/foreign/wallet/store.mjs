// What the wallet must not forget: tables of values, in memory, and a journal of their changes. A change is made in two
// steps: its line is on the disk, then it is in the tables. So whatever anybody is told is durable (W-HTTP-04), and
// what could not be written has not happened (W-HTTP-16). What the protocol lets a restart forget is in the tables
// only.

import { existsSync, readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** A value that is forgotten in a restart. */
export const volatile = (value) => ({ ...value, isVolatile: true });

export class Store {
  #path;
  #file;
  #length = 0;
  #isBroken = false;
  #tables = new Map();

  constructor(path) {
    this.#path = path;
  }

  async open() {
    let lines = 0;
    if (existsSync(this.#path)) {
      const bytes = readFileSync(this.#path);
      this.#length = bytes.lastIndexOf(0x0a) + 1; // a line that is cut off was told to nobody
      for (const line of bytes.toString("utf8", 0, this.#length).split("\n").slice(0, -1)) {
        this.#apply(JSON.parse(line));
        lines += 1;
      }
    }
    const entries = [...this.#tables.values()].reduce((sum, table) => sum + table.size, 0);
    if (lines > 100 && lines > 4 * entries) await this.#compact();
    this.#file = await open(this.#path, existsSync(this.#path) ? "r+" : "w+", 0o600);
    await this.#file.truncate(this.#length);
    await this.#file.sync();
    await syncFolder(this.#path);
  }

  /** The journal, written anew with what it comes to. */
  async #compact() {
    const changes = [...this.#tables].flatMap(([name, table]) => [...table].map(([key, value]) => [name, key, value]));
    const text = changes.map((change) => `${JSON.stringify([change])}\n`).join("");
    const file = await open(`${this.#path}.new`, "w", 0o600);
    await file.writeFile(text);
    await file.sync();
    await file.close();
    await rename(`${this.#path}.new`, this.#path);
    this.#length = Buffer.byteLength(text);
  }

  get(table, key) {
    return this.#tables.get(table)?.get(key);
  }

  entries(table) {
    return [...(this.#tables.get(table) ?? [])];
  }

  /** Makes changes, `[table, key, value]`, all or none: durable when this returns. One at a time. */
  async commit(changes) {
    const lasting = changes.filter(([, , value]) => !value.isVolatile);
    if (lasting.length) await this.#append(`${JSON.stringify(lasting)}\n`);
    this.#apply(changes);
  }

  async #append(line) {
    if (this.#isBroken) throw new Error("the journal cannot be written");
    const bytes = Buffer.from(line);
    try {
      for (let done = 0; done < bytes.length;) {
        done += (await this.#file.write(bytes, done, bytes.length - done, this.#length + done)).bytesWritten;
      }
      await this.#file.datasync();
      this.#length += bytes.length;
    } catch (error) {
      // Whether the line is there is not known, so it must not be: or a restart would find what was refused.
      this.#isBroken = true;
      await this.#file.truncate(this.#length);
      await this.#file.datasync();
      this.#isBroken = false;
      throw error;
    }
  }

  #apply(changes) {
    for (const [name, key, value] of changes) {
      if (!this.#tables.has(name)) this.#tables.set(name, new Map());
      this.#tables.get(name).set(key, value);
    }
  }

  async close() {
    await this.#file?.close();
  }
}

async function syncFolder(path) {
  const folder = await open(dirname(path), "r");
  await folder.sync();
  await folder.close();
}
