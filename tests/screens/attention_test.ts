import { equal, ok } from "node:assert/strict";
import { addItem, takeEvent } from "../../lib/app/conversations/update.ts";
import { openPlace } from "../../lib/app/conversations/moving.ts";
import { pageOf } from "../../lib/app/conversations/model.ts";
import { seenBy } from "../../lib/app/conversations/seen_by.ts";
import type { SeenMark } from "../../lib/client/store/attention.ts";
import type { AccountId } from "../../lib/base/ids.ts";
import { ScreenUser } from "../kit/screen_user.ts";
import { at, BOB, busyModel, CAROL, OPS, said, sceneOf, show } from "../kit/scenes.ts";
import { openTalk } from "../kit/test_client.ts";

const DAVE = "dave" as AccountId;

/** In #ops alice has said three things; bob saw the last, dave too, carol the first. */
function roomSeen() {
  const own = (text: string) => said("alice", text, { peer: OPS, own: true, atMs: at(19, 1) });
  const texts = [own("first"), own("second"), said("carol", "me too", { peer: OPS })];
  let model = openPlace(busyModel(), OPS);
  for (const text of texts) model = addItem(model, OPS, text);
  const mark = (account: AccountId, i: number): SeenMark => ({
    ...{ peer: OPS, account, id: texts[i].entry.id, atMs: at(19, 2) },
  });
  const marks = [mark(BOB, 2), mark(CAROL, 0), mark(DAVE, 1)];
  return { model: takeEvent(model, { type: "seen", marks }), texts };
}

Deno.test("in a room the last own text that each has seen says how many, and who where the cursor is", async () => {
  const { model, texts } = roomSeen();
  equal(seenBy(model, OPS).get(texts[1].key)?.join(), "bob,dave");
  const scene = sceneOf(model, 80, 24);
  const rows = (await show(scene)).map((row) => row.slice(19).trim());
  equal(rows[rows.findIndex((row) => row.endsWith("first")) + 1], "seen by 1");
  ok(rows.includes("seen by 2"), rows.join("\n"));
  const look = { ...scene.look, selected: texts[1].key };
  const picked = (await show({ ...scene, look })).join("\n");
  ok(picked.includes("seen by bob, dave"), picked);
  // What is not on the page is older than all of it.
  const old = { peer: OPS, account: BOB, id: "an older one", atMs: 0 };
  equal(seenBy(takeEvent(model, { type: "seen", marks: [old] }), OPS).size, 0);
});

Deno.test("title says who types, until they have said it or their time is over", async () => {
  const titleOf = async (model: ReturnType<typeof busyModel>) =>
    (await show(sceneOf(model, 80, 24)))[0];
  let model = takeEvent(busyModel(), { type: "typing", now: [{ peer: BOB, account: BOB }] });
  ok((await titleOf(model)).includes("typing… · ✓ verified"));
  const text = said("bob", "here it is");
  model = takeEvent(model, { type: "entry", ...text, target: undefined, wasShown: false });
  ok((await titleOf(model)).includes("online · ✓ verified"));
  const now = [BOB, CAROL].map((account) => ({ peer: OPS, account }));
  const room = (types: typeof now) =>
    titleOf(openPlace(takeEvent(busyModel(), { type: "typing", now: types }), OPS));
  ok((await room(now)).includes("2 are typing…"));
  ok((await room(now.slice(1))).includes("carol is typing…"));
  ok(!(await room([])).includes("typing"));
  equal(pageOf(model, BOB).items.at(-1)?.kind, "entry");
});

Deno.test("settings name both directions, are off, and what is typed is told only when they are on", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  for (const kind of ["seen", "typing"] as const) bob.messenger.attention.set(kind, true);
  await using user = await ScreenUser.open(alice);
  await user.see(/● online/);
  user.type("\x1b[1;3B");
  await user.see(/hello alice/);
  user.type("h");
  await user.see(/bob> h/);
  equal(alice.messenger.attention.told(bob.account, "typing"), undefined);
  user.type("\x03/set typing on\r");
  await user.see(/typing is on from now on: contacts and/);
  user.type("/set seen\r");
  await user.see(/▸ seen +‹ false ›/);
  await user.see(/On: contacts and rooms see how far you have read, and you/);
  await user.see(/Off: nobody sees/);
  user.type(" ");
  await user.see(/▸ seen +‹ true ›/);
  user.type("\x1b[27u");
  user.type("hello");
  while (alice.messenger.attention.told(bob.account, "typing") === undefined) {
    await user.wait(Promise.resolve());
  }
  user.type("\x03");
  await user.leave();
});
