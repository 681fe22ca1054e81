import { deepEqual } from "node:assert/strict";
import { suggestFor } from "../../../../lib/tui/panels/completions.ts";
import type { Model, Page, Place } from "../../../../lib/app/conversations/model.ts";
import type { TalkFacts } from "../../../../lib/app/conversations/talk.ts";
import { accountId } from "../../client/profile_kit.ts";
import { listed, said } from "../../../kit/scenes.ts";
import { roomHandle } from "../../../../lib/base/ids.ts";

const BOB = accountId("bob");
const ROOM = roomHandle(256);
const PEERS = [listed(BOB), listed(ROOM, { name: "#ops", presence: "room" })];
const NO_PAGES: Model["pages"] = new Map();
const NO_COMMANDS = {} as TalkFacts;

function inserted(before: string, open: Place): readonly string[] {
  return suggestFor(before, NO_COMMANDS, { open, peers: PEERS, pages: NO_PAGES }).found.map((
    { insert },
  ) => insert);
}

Deno.test("U1: tab makes a name a mention in a room, and elsewhere an address at the start of a text", () => {
  for (const typed of ["b", "@b", "and b", "and @B"]) deepEqual(inserted(typed, ROOM), ["@bob "]);
  for (const place of [undefined, BOB]) {
    deepEqual(inserted("b", place), ["bob: "]);
    deepEqual(inserted("and @b", place), ["bob "]);
  }
  deepEqual(inserted("see #o", ROOM), ["#ops "]);
});

Deno.test("tab names those first who spoke in the open conversation last, then by name", () => {
  const peers = ["bea", "ben", "bob"].map((name) => listed(accountId(name)));
  const items = [said("ben", "hi"), said("bob", "hello"), said("bea", "mine", { own: true })];
  const pages = new Map([[ROOM, { items } as unknown as Page]]);
  const { found } = suggestFor("b", NO_COMMANDS, { open: ROOM, peers, pages });
  deepEqual(found.map(({ label }) => label), ["bob", "ben", "bea"]);
});
