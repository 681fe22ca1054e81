import { equal } from "node:assert/strict";
import { EVERYBODY, ReadMarks } from "../../../../lib/client/store/read_marks.ts";
import { accountId, TestStore } from "../profile_kit.ts";

const bob = accountId("bob");
const text = { id: "b", kind: "text", peer: bob, own: false, atMs: 1_000 };

Deno.test("what another device read covers what others said until then, and of that moment what it names", async () => {
  await using store = await TestStore.open();
  const marks = new ReadMarks(store.database());
  equal(marks.covers(text), false);
  equal(marks.take({ peer: bob, atMs: 1_000, ids: ["a"] }), true);
  equal(marks.covers({ ...text, atMs: 999 }), true);
  equal(marks.covers(text), false);
  equal(marks.covers({ ...text, id: "a" }), true);
  equal(marks.covers({ ...text, id: "a", atMs: 1_001 }), false);
  equal(marks.covers({ ...text, peer: accountId("carol"), atMs: 1 }), false);
});

Deno.test("own texts and notices are never read elsewhere; broadcasts are, whoever said them", async () => {
  await using store = await TestStore.open();
  const marks = new ReadMarks(store.database());
  marks.take({ peer: bob, atMs: 2_000, ids: [] });
  equal(marks.covers({ ...text, own: true }), false);
  equal(marks.covers({ ...text, kind: "notice" }), false);
  equal(marks.covers({ ...text, kind: "broadcast" }), false);
  marks.take({ peer: EVERYBODY, atMs: 2_000, ids: [] });
  equal(marks.covers({ ...text, kind: "broadcast" }), true);
});
