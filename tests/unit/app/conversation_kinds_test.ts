/** A further kind of conversation is a row of the registry: what is asked of a kind, and what every front end shows, follows it. */

import { deepEqual, equal, match } from "node:assert/strict";
import { OPEN_ROOM, PLANTED } from "../../kit/planted_kind.ts";
import type { AccountId, DeviceId } from "../../../lib/base/ids.ts";
import { roomHandle } from "../../../lib/base/ids.ts";
import {
  conversationFields,
  entryLine,
  protectionMark,
  type RoomNames,
} from "../../../lib/app/talk/entry_lines.ts";
import { messageLine } from "../../../lib/cli/dialogue/chat_lines.ts";
import { isDirect, kindOf, kindOfEntry } from "../../../lib/client/store/conversation_kinds.ts";
import type { PlacedEntry } from "../../../lib/client/store/history.ts";
import { itemOf } from "../../../lib/app/conversations/update.ts";
import { wordsOf } from "../../../lib/tui/timeline/item_words.ts";
import { at, BOB } from "../../kit/scenes.ts";

const ROOM = roomHandle(7);
const NAMES = { labelOf: () => "#town", nameOf: () => "town" } as unknown as RoomNames;
const STYLE = {
  nowMs: at(19, 5),
  emoticons: false,
  nameOf: (peer: string) => peer,
  isVerified: () => false,
  isAskedAboutFiles: () => true,
};

function entryIn(peer: PlacedEntry["peer"], kind: PlacedEntry["kind"] = "text"): PlacedEntry {
  return {
    ...{ place: 1, id: "aa".repeat(16), conversation: undefined, peer, kind, number: 2 },
    ...{ from: BOB, device: "bb".repeat(16) as DeviceId, own: false, text: "hello" },
    ...{ sentAtMs: at(18, 59), atMs: at(18, 59) },
  } as PlacedEntry;
}

Deno.test("conversation kinds: how somebody comes in, who may read, how it is protected and goes on", () => {
  const answers = [undefined, ROOM, BOB].map((peer) => {
    const { name, join, readers, protection, isNumbered, remedy } = kindOf(peer);
    return [name, join, readers, protection, isNumbered, remedy];
  });
  deepEqual(answers, [
    ["broadcast", "account", "everyone", "signed", true, "none"],
    ["room", "invitation", "members", "sealed", true, "repair"],
    ["direct", "contact", "two", "sealed", false, "anew"],
  ]);
  const { name, join, readers, protection, notice } = kindOf(ROOM, true);
  deepEqual([name, join, readers, protection, notice], [
    "open room",
    "account",
    "members",
    "sealed",
    "open: everyone on this server can join and read from then on",
  ]);
  equal(kindOf(BOB, true).name, "direct");
  deepEqual([isDirect(BOB), isDirect(ROOM)], [true, false]);
  equal(kindOfEntry(entryIn(BOB as AccountId, "broadcast")).name, "broadcast");
});

Deno.test("conversation kinds: what is not sealed has a mark, and what is has none", () => {
  equal(protectionMark(entryIn(BOB, "broadcast")), "[broadcast #2, readable by all]");
  equal(protectionMark(entryIn(BOB)), undefined);
  equal(protectionMark(entryIn(ROOM)), undefined);
});

Deno.test("conversation kinds: a planted one is shown by every front end", () => {
  equal(kindOf(OPEN_ROOM), PLANTED);
  const entry = entryIn(OPEN_ROOM);
  const mark = "[open room #2, readable by all]";
  match(entryLine(entry, NAMES), /^#town bob .* \[open room #2, readable by all\] hello$/);
  deepEqual(conversationFields(entry, NAMES), { readableBy: "everyone" });
  match(
    messageLine(entry, STYLE),
    /^18:59 {2}\[open room #2, readable by all\] #900 bob ▸ hello$/,
  );
  const nothing = { delivery: undefined, reactions: [], target: undefined };
  const words = wordsOf(itemOf({ entry, facts: nothing }, ["alice"]), STYLE);
  deepEqual([`${words.mark}`, `${words.from}`], [mark, "bob"]);
});
