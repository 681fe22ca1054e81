import { equal } from "node:assert/strict";
import { ATTENTION_ROWS } from "../../../lib/app/commands/attention.ts";
import type { AccountId, Peer } from "../../../lib/base/ids.ts";

Deno.test("who has seen what and who types names the room, and nobody's own conversation", () => {
  const { seen, typing } = ATTENTION_ROWS.wording;
  const voice = { time: String, command: String, isDialogue: true };
  const bob = { peer: "bob" as AccountId, from: "bob", where: "bob" };
  const room = { peer: "#5" as Peer, from: "bob", where: "#ops" };
  const text = { id: "1", atMs: 0, text: "hello" };
  equal(typing.line(bob, voice), "bob is typing");
  equal(typing.line(room, voice), "bob is typing in #ops");
  equal(seen.line({ ...bob, ...text }, voice), 'bob has seen up to "hello"');
  equal(seen.line({ ...room, ...text }, voice), 'bob has seen #ops up to "hello"');
});
