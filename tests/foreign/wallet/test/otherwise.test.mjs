// What is done otherwise is the same in all that counts, and another in all that does not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AsUsual, Otherwise } from "../otherwise.mjs";
import { canonical, parse } from "../strict_json.mjs";

const message = { b: [1, { d: 'x "quoted" \\ y', c: "" }], a: "Käse & <b>", z: { n: 999_999_999_999_999, m: true } };
const seeds = Array.from({ length: 50 }, (_, seed) => seed);

test("JSON is spelled otherwise, says the same, and is the same bytes each time", () => {
  const written = canonical(message);
  const spelled = seeds.map((seed) => new Otherwise(seed).spelled(written));
  for (const [seed, text] of spelled.entries()) {
    assert.deepEqual(parse(Buffer.from(text)), message);
    assert.equal(new Otherwise(seed).spelled(written), text);
  }
  assert.ok(new Set(spelled).size > 40);
  assert.equal(new Otherwise(1).spelled("e30.e30.AA"), "e30.e30.AA");
  assert.equal(new AsUsual().spelled(written), written);
});

test("what others keep is drawn once by the seed", () => {
  const name = (seed) => new Otherwise(seed).name("usual");
  for (const seed of seeds) assert.equal(name(seed), name(seed));
  assert.ok(new Set(seeds.map(name)).size > 2);
});

test("order, texts and periods are drawn each time, within what is free", () => {
  const otherwise = new Otherwise(7);
  const drawn = seeds.map(() => otherwise.order(["a", "b", "c"]));
  for (const order of drawn) assert.deepEqual([...order].sort(), ["a", "b", "c"]);
  assert.equal(new Set(drawn.map(String)).size, 6);
  for (const _ of seeds) {
    const seconds = otherwise.retry(10);
    assert.ok(seconds >= 3 && seconds < 20);
    const { note, "x-numbers": numbers, _: nothing, ...known } = otherwise.document(message);
    assert.deepEqual(known, message);
  }
});
