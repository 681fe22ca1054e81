import { deepEqual } from "node:assert/strict";
import { eventObject } from "../../../lib/app/event_object.ts";
import { moving } from "../../kit/cards.ts";
import { BOB, OPS } from "../../kit/scenes.ts";

const fieldsOf = (event: Parameters<typeof eventObject>[0]) => {
  const rooms = { labelOf: () => "#ops", nameOf: () => "ops" } as unknown;
  const object = eventObject(event, rooms as Parameters<typeof eventObject>[1]);
  return object && { type: object.type, ...object.fields };
};

Deno.test("programs are told who has seen what, and who types", () => {
  const mark = { peer: OPS, account: BOB, id: "a1", atMs: Date.UTC(2026, 10, 20) };
  deepEqual(fieldsOf({ type: "seen", marks: [mark] }), {
    type: "seen",
    seen: [{ conversation: OPS, from: BOB, id: "a1", at: "2026-11-20T00:00:00.000Z" }],
  });
  deepEqual(fieldsOf({ type: "typing", now: [{ peer: BOB, account: BOB }] }), {
    type: "typing",
    typing: [{ conversation: BOB, from: BOB }],
  });
});

Deno.test("programs are told of files that ended since", () => {
  const done = moving({ state: { state: "done" } });
  const fields = JSON.stringify(fieldsOf({ type: "transfers", active: [], ended: [done] }));
  const { transfers, ended } = JSON.parse(fields);
  deepEqual([transfers, ended.length, ended[0].state, ended[0].number], [[], 1, "done", 1]);
});
