import { deepEqual, equal } from "node:assert/strict";
import { readPayload } from "../../../../lib/client/store/inbound.ts";
import { FEATURES } from "../../../../lib/client/sync/families.ts";
import { PEER_FORMAT } from "../../../../lib/protocol/peer/payload.ts";
import { encodePacket } from "../../../../lib/protocol/packet.ts";

const ID = "0123456789abcdef".repeat(2);

const read = (fields: object) =>
  readPayload(
    FEATURES.families,
    encodePacket({
      ...{ kind: "chat.delete", v: PEER_FORMAT, id: ID, number: 7, previous: "" },
      ...{ sentAtMs: 1, target: ID, ...fields },
    }),
    ID,
  );

Deno.test("a payload has the place in its chain that it says", () => {
  const { result, place } = read({ restart: true });
  deepEqual([result, place], [
    "message",
    { number: 7, previous: new Uint8Array(0), restart: true },
  ]);
});

Deno.test("SR-25: a payload that says no place in its chain is malformed, and has none", () => {
  for (const number of [undefined, null, "7", -1, 1.5, 2 ** 53]) {
    deepEqual(read({ number }), { result: "malformed", place: undefined }, `number ${number}`);
  }
  for (const previous of [7, "no base64"]) {
    deepEqual(read({ previous }), { result: "malformed", place: undefined });
  }
});

Deno.test("a payload of a newer program is told apart by its number, and keeps its place", () => {
  const newer = read({ v: PEER_FORMAT + 1 });
  deepEqual([newer.result, newer.place?.number], ["newer", 7]);
  equal(read({ v: PEER_FORMAT }).result, "message");
  // What is no number says nothing of programs.
  equal(read({ v: `${PEER_FORMAT + 1}` }).result, "malformed");
  equal(read({ kind: "chat.unheard-of" }).result, "newer");
});

Deno.test("the id inside a seal is the one outside", () => {
  equal(read({ id: "f".repeat(32) }).result, "malformed");
});
