import assert from "node:assert/strict";
import { type Bytes, utf8 } from "../../../lib/base/bytes.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { BusOpener, BusSealer, INSTANCE_BYTES } from "../../../lib/crypto/sealing/bus_seal.ts";

const SECRET = utf8("a secret of all nodes, and of nobody else");
const sealer = (secret: Bytes = SECRET) =>
  new BusSealer(secret, systemRandom.bytes(INSTANCE_BYTES));
const plainOf = (opener: BusOpener, subject: string, sealed: Uint8Array) => {
  const opened = opener.open(subject, sealed);
  return opened && new TextDecoder().decode(opened.plain);
};

Deno.test("what a node seals opens at another one, once, under its subject, in any order", () => {
  const [one, two, opener] = [sealer(), sealer(), new BusOpener(SECRET)];
  const said = [
    one.seal("a", utf8("first")),
    two.seal("a", utf8("second")),
    one.seal("a", utf8("third")),
  ];
  assert.equal(plainOf(opener, "b", said[0]), undefined);
  assert.deepEqual([...said].reverse().map((sealed) => plainOf(opener, "a", sealed)), [
    "third",
    "second",
    "first",
  ]);
  assert.deepEqual(said.map((sealed) => plainOf(opener, "a", sealed)), [
    undefined,
    undefined,
    undefined,
  ]);
  const [first, second] = [one, two].map((each) =>
    opener.open("a", each.seal("a", utf8("")))?.instance
  );
  assert.notEqual(first, second);
});

Deno.test("what another server sealed, or anybody changed or cut, does not open", () => {
  const opener = new BusOpener(SECRET);
  assert.equal(plainOf(opener, "a", sealer(utf8("another")).seal("a", utf8("text"))), undefined);
  const sealed = sealer().seal("a", utf8("text"));
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed.slice();
    changed[at] ^= 1;
    assert.equal(plainOf(opener, "a", changed), undefined, `byte ${at}`);
    assert.equal(plainOf(opener, "a", sealed.subarray(0, at)), undefined, `${at} bytes`);
  }
  assert.equal(plainOf(opener, "a", sealed), "text", "none of that spoils the real one");
});

Deno.test("what comes after thousands of others of its node counts as lost", () => {
  const [node, opener] = [sealer(), new BusOpener(SECRET)];
  const late = node.seal("a", utf8("late"));
  const next = node.seal("a", utf8("next"));
  for (let i = 0; i < 4095; i++) assert.equal(plainOf(opener, "a", node.seal("a", utf8("x"))), "x");
  assert.equal(plainOf(opener, "a", late), undefined);
  assert.equal(plainOf(opener, "a", next), "next");
});
