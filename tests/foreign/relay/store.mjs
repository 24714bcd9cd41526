// The journal: one JSON document a line, appended and synced before anything that it says leaves the server (W-HTTP-04,
// -16). It is read at the start, and then written anew with only what still counts.

import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

export class Journal {
  #path;
  #file;
  #size = 0;
  #broken = false;

  constructor(path) {
    this.#path = path;
  }

  /** What is in it. A last line that a crash cut short was never acknowledged, and is passed over. */
  read() {
    if (!existsSync(this.#path)) return [];
    const lines = readFileSync(this.#path, "utf8").split("\n");
    lines.pop();
    return lines.map((line) => JSON.parse(line));
  }

  /** Begins anew with these entries, in one step: either the old file is there, or the whole new one. */
  rewrite(entries) {
    const next = `${this.#path}.next`;
    this.close();
    this.#file = openSync(next, "w", 0o600);
    this.#size = 0;
    this.#write(entries);
    fsyncSync(this.#file);
    renameSync(next, this.#path);
    const directory = openSync(dirname(this.#path), "r");
    fsyncSync(directory);
    closeSync(directory);
  }

  /** All of the entries are durable when this returns; if it throws, none of them is kept. */
  append(entries) {
    if (entries.length === 0) return;
    if (this.#broken) throw new Error("the journal cannot be written");
    const before = this.#size;
    try {
      this.#write(entries);
      fdatasyncSync(this.#file);
    } catch (error) {
      // What may be half written must not be read back: cut it off, or take nothing more.
      try {
        ftruncateSync(this.#file, before);
        fdatasyncSync(this.#file);
        this.#size = before;
      } catch {
        this.#broken = true;
      }
      throw error;
    }
  }

  #write(entries) {
    const bytes = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    for (let written = 0; written < bytes.length;)
      written += writeSync(this.#file, bytes, written, bytes.length - written, this.#size + written);
    this.#size += bytes.length;
  }

  close() {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
