import { deepEqual, equal } from "node:assert/strict";
import { RoomModel } from "../../kit/node_faults/room_model.ts";

/** Bob is in from 1, seen to be from 2; he is put out between 5 and 7, and invited again at 10. Alice is in all the time. */
function story(): RoomModel {
  const model = new RoomModel();
  model.invite("alice", 0);
  model.invite("bob", 1);
  Object.assign(model.stintsOf("bob")[0], { enteredAt: 2, endingAt: 5, endedAt: 7 });
  model.invite("bob", 10);
  Object.assign(model.stintsOf("bob")[1], { offeredAt: 11 });
  return model;
}

function say(model: RoomModel, saidAt: number, acknowledgedAt: number | undefined) {
  const addressed = new Set(["bob"]);
  model.texts.push({ author: "alice", text: `at ${saidAt}`, saidAt, addressed, acknowledgedAt });
}

/** Without the moments. */
function judged(model: RoomModel, account: string, read: ReadonlySet<string>): string[] {
  return model.judge(account, read).map((one) => one.slice(0, one.indexOf(",")));
}

Deno.test("nobody may have read what was said after they were out and was with the server before they came back", () => {
  const model = story();
  // Before the order, while it was under way, while he was out, and sent when he was back.
  for (const [saidAt, acknowledgedAt] of [[3, 4], [6, 8], [8, 9], [8, 11]]) {
    say(model, saidAt, acknowledgedAt);
  }
  const all = new Set(model.texts.map(({ text }) => text));
  deepEqual(judged(model, "bob", all), ['read while out: "at 8" with bob']);
});

Deno.test("who stayed must have read what is acknowledged, told again too, and nobody else", () => {
  const model = story();
  say(model, 3, 4);
  say(model, 10, 11);
  say(model, 12, 13);
  say(model, 14, undefined);
  deepEqual(judged(model, "bob", new Set()), ['lost: "at 12" with bob']);
  deepEqual(model.judge("alice", new Set()), [], "the author");
  // He was not seen to be in, and who said it is gone.
  Object.assign(model.stintsOf("alice")[0], { endingAt: 15 });
  deepEqual(model.judge("bob", new Set()), []);
});

Deno.test("an account is in, on its way out, and out", () => {
  const model = story();
  deepEqual(model.inside, ["alice", "bob"]);
  Object.assign(model.stintsOf("bob")[1], { endingAt: 11 });
  deepEqual([model.inside, model.isOut("bob")], [["alice"], false]);
  Object.assign(model.stintsOf("bob")[1], { endedAt: 12 });
  equal(model.isOut("bob"), true);
  equal(model.isOut("carol"), true, "who was never in");
});
