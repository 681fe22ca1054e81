import { equal, match } from "node:assert/strict";
import type { HistoryEntry } from "../../../lib/client/store/history.ts";
import { broadcastSaid, entryLine, seedLine } from "../../../lib/app/talk/entry_lines.ts";
import { messageLine } from "../../../lib/cli/dialogue/chat_lines.ts";
import { quietLine } from "../../../lib/app/attendance.ts";
import { promptOf } from "../../../lib/cli/dialogue/lines_in.ts";
import type { ChatContext } from "../../../lib/cli/dialogue/slash_row.ts";
import { saidLine } from "../../../lib/cli/p2p/p2p_words.ts";
import { entry } from "../client/profile_kit.ts";

/** Local time, whatever the zone. */
const AT_MS = new Date(2022, 7, 3, 23, 25, 3).getTime();
const STYLE = {
  nowMs: AT_MS,
  emoticons: true,
  nameOf: (account: string) => account,
  isVerified: () => true,
  isAskedAboutFiles: () => true,
};

const NO_FACTS = { delivery: undefined, reactions: [], target: undefined };
const NO_ROOMS = { labelOf: (room: string) => room, nameOf: () => "" };

function broadcast(text: string, more: Partial<HistoryEntry> = {}): HistoryEntry {
  return entry(text, { kind: "broadcast", number: 2, sentAtMs: AT_MS, atMs: AT_MS, ...more });
}

Deno.test("a broadcast's sender is told its number and time (row S3.14)", () => {
  equal(broadcastSaid(broadcast("hi")), "Broadcast message, #2 broadcast at 03 Aug 2022 23:25:03.");
});

Deno.test("what is read is number, time, who and text, apart by semicolons (row S3.19)", () => {
  equal(seedLine(1, broadcast("hi; all")), "1; 03 Aug 2022 23:25:03; bob; hi; all");
});

Deno.test("a broadcast is marked as readable by all, in the dialogue and in lists", () => {
  equal(
    messageLine(broadcast("hi :)"), STYLE),
    "23:25  [broadcast #2, readable by all] bob✓ ▸ hi 😀",
  );
  equal(
    messageLine(broadcast("hi", { own: true }), STYLE),
    "23:25  [broadcast #2, readable by all] you ▸ hi",
  );
  equal(
    entryLine(broadcast("hi"), NO_ROOMS),
    "bob 2022-08-03 23:25:03 [broadcast #2, readable by all] hi",
  );
});

Deno.test("SR-60: an old broadcast that the server tells as a new one shows when it was written", () => {
  const old = broadcast("hi", { sentAtMs: AT_MS - 3_600_000 });
  match(
    messageLine(old, STYLE),
    /^23:25 {2}\[broadcast #2, readable by all, written 03 Aug 2022 22:25:03\] bob✓ ▸ hi$/,
  );
  const skewed = broadcast("hi", { sentAtMs: AT_MS + 60_000 });
  match(
    entryLine(skewed, NO_ROOMS),
    /\[broadcast #2, readable by all\]/,
    "clocks may be a little apart",
  );
});

Deno.test("who is busy is told what others see, and counts what waits", () => {
  const busy = { sinceMs: AT_MS, untilMs: AT_MS + 1_800_000, text: "lunch" };
  const line =
    "* you are busy since 2022-08-03 23:25:03 until 2022-08-03 23:55:03: lunch (readable by the server). New messages wait until /free";
  equal(quietLine(busy, 0), line);
  equal(quietLine(busy, 2), `${line}; 2 waiting so far`);
  // Of the dialogue a prompt needs the partner alone.
  const chat = { partner: undefined } as ChatContext;
  equal(promptOf(chat, "online", undefined), "> ");
  equal(promptOf(chat, "online", 0), "(busy) > ");
  equal(promptOf(chat, "offline", 3), "(offline) (busy, 3 new) > ");
});

Deno.test("an offer asks for an answer, except where a rule of the person gives it (row S0.32)", () => {
  const offer = entry("bob offers you a.txt (4 B)", { kind: "notice", id: "file-offer" });
  const ruled = { ...STYLE, isAskedAboutFiles: () => false };
  equal(
    messageLine(offer, STYLE),
    "* bob offers you a.txt (4 B) (with bob✓): /y accepts, /n declines",
  );
  equal(messageLine(offer, ruled), "* bob offers you a.txt (4 B) (with bob✓)");
});

Deno.test("U23: a line that begins with whom it is about does not name the conversation behind it", () => {
  const unknown = { ...STYLE, isVerified: () => false };
  const line = (text: string) => messageLine(entry(text, { kind: "notice", id: "x" }), unknown);
  equal(line("bob watches your stream"), "* bob watches your stream");
  equal(line("bobby watches your stream"), "* bobby watches your stream (with bob)");
  equal(line("Received a.txt from bob"), "* Received a.txt from bob (with bob)");
});

Deno.test("what somebody does reads so in lists and logs too, and nobody does anything by a broadcast", () => {
  const waves = entry("*waves*", { kind: "text", sentAtMs: AT_MS, atMs: AT_MS });
  equal(entryLine(waves, NO_ROOMS), "bob 2022-08-03 23:25:03 * bob waves");
  equal(seedLine(1, waves), "1; 03 Aug 2022 23:25:03; bob; * bob waves");
  equal(saidLine("julia", waves, NO_FACTS), "julia 2022-08-03 23:25:03 * julia waves");
  equal(seedLine(1, broadcast("*waves*")), "1; 03 Aug 2022 23:25:03; bob; *waves*");
});
