import { deepEqual } from "node:assert/strict";
import { suggestFor } from "../../../../lib/tui/panels/completions.ts";
import type { Place } from "../../../../lib/app/conversations/model.ts";
import type { TalkFacts } from "../../../../lib/app/conversations/talk.ts";
import { accountId } from "../../client/profile_kit.ts";
import { listed } from "../../../kit/scenes.ts";
import { roomHandle } from "../../../../lib/base/ids.ts";

const BOB = accountId("bob");
const ROOM = roomHandle(256);
const PEERS = [listed(BOB), listed(ROOM, { name: "#ops", presence: "room" })];
const NO_COMMANDS = {} as TalkFacts;

function inserted(before: string, open: Place): readonly string[] {
  return suggestFor(before, NO_COMMANDS, { open, peers: PEERS }).found.map(({ insert }) => insert);
}

Deno.test("U1: tab makes a name a mention in a room, and elsewhere an address at the start of a text", () => {
  for (const typed of ["b", "@b", "and b", "and @B"]) deepEqual(inserted(typed, ROOM), ["@bob "]);
  for (const place of [undefined, BOB]) {
    deepEqual(inserted("b", place), ["bob: "]);
    deepEqual(inserted("and @b", place), ["bob "]);
  }
  deepEqual(inserted("see #o", ROOM), ["#ops "]);
});
