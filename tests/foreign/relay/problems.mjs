// Problem documents (wire.md section 5). They tell nothing of a payment, nor of the inside of the server.

import { Refusal } from "./strict_json.mjs";

const PROBLEMS = {
  malformed: [400, "The body is no such message"],
  unauthenticated: [401, "It is not known who asks"],
  forbidden: [403, "Not from this party"],
  "wrong-inquiry-token": [403, "Not the token of this procedure"],
  "not-found": [404, "No such endpoint"],
  "unsupported-version": [404, "No such version"],
  "method-not-allowed": [405, "Not this method"],
  "protocol-error": [409, "Not in this state"],
  superseded: [409, "A newer request took its place"],
  "too-large": [413, "Too large"],
  "unsupported-media-type": [415, "Not this media type"],
  misdirected: [421, "Not this party"],
  "slow-down": [429, "Too many requests"],
  "internal-error": [500, "A fault of this server"],
  unavailable: [503, "Not now"],
};

/** What a user can do, for those who read problems in a browser (W-HTTP-19). */
const HELP = {
  unauthenticated: "Please log in, and begin again.",
  superseded: "The answer comes in the window in which you asked last.",
  "slow-down": "Please wait a little, and ask again.",
  unavailable: "Please try again in a moment.",
  "internal-error": "Please try again in a moment.",
};

const BY_REASON = {
  too_large: "too-large",
  not_signed: "unauthenticated",
  bad_signature: "forbidden",
  wrong_sender: "forbidden",
  wrong_receiver: "misdirected",
};

export class Problem extends Error {
  constructor(name, { members = {}, headers = {} } = {}) {
    super(name);
    this.name = name;
    [this.status, this.title] = PROBLEMS[name];
    this.members = members;
    this.headers = headers;
  }

  /** The problem of whatever was thrown; undefined for what nobody foresaw. */
  static of(error) {
    if (error instanceof Problem) return error;
    if (!(error instanceof Refusal)) return undefined;
    const { reason, pointer } = error;
    return new Problem(BY_REASON[reason] ?? "malformed", { members: { reason, pointer } });
  }

  get document() {
    return {
      type: `https://payrelay.example/problems/${this.name}`,
      title: this.title,
      status: this.status,
      ...this.members,
    };
  }

  get help() {
    return HELP[this.name] ?? "Please go back, and begin again.";
  }
}
