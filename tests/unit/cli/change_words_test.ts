import assert from "node:assert/strict";
import type { HistoryEntry, PlacedEntry } from "../../../lib/client/store/history.ts";
import { type LineStyle, messageLine } from "../../../lib/cli/dialogue/chat_lines.ts";
import { timerWords } from "../../../lib/client/store/timers.ts";
import { durationWords } from "../../../lib/commands/when.ts";
import { shortTime } from "../../../lib/app/when.ts";
import { accountId, entry } from "../client/profile_kit.ts";

/** Of an entry that was written at the beginning. */
const TIME = shortTime(0, 2);
const [BOB, CAROL] = ["bob", "carol"].map(accountId);
const STYLE: LineStyle = {
  nowMs: 2,
  emoticons: false,
  nameOf: (peer) => peer,
  isVerified: () => false,
  isAskedAboutFiles: () => true,
};

function target(more: Partial<HistoryEntry> = {}): PlacedEntry {
  return { ...entry("lunch?", { number: 7, ...more }), place: 7 };
}

/** The line without its time. */
function line(
  said: HistoryEntry,
  facts: Partial<Parameters<typeof messageLine>[2] & object>["facts"],
) {
  return messageLine(said, STYLE, facts === undefined ? {} : { facts }).replace(
    /^.*?\d\d:\d\d {2}/,
    "",
  );
}

Deno.test("what was done to a message stands before what it says, where no text reaches", () => {
  const said = entry("at noon (👍 carol)", { replyTo: "x", editedMs: 1 });
  const facts = {
    delivery: undefined,
    target: target({ text: 'say "yes" ▸ or\nno' }),
    reactions: [{ account: CAROL, emojis: ["👍", "❤️"] }],
  };
  assert.equal(
    line(said, facts),
    String
      .raw`bob (edited, replies to bob: "say \"yes\" ▸ or no", 👍❤️ carol) ▸ at noon (👍 carol)`,
  );
  assert.equal(
    line(entry("yes", { replyTo: "x" }), { ...facts, target: undefined, reactions: [] }),
    "bob (replies to a message that is not on this device) ▸ yes",
  );
});

Deno.test("edits, deletions and reactions are told with the number of their message", () => {
  const change = (type: "edit" | "delete" | "reaction", more: Partial<HistoryEntry> = {}) =>
    entry("", { kind: "change", change: { type, target: "x" }, ...more });
  const facts = { delivery: undefined, target: target(), reactions: [] };
  assert.equal(line(change("edit"), facts), `bob (edits message 7 from ${TIME}) ▸ lunch?`);
  assert.equal(line(change("delete"), facts), `* bob deleted message 7 from ${TIME} (with bob)`);
  assert.equal(
    line(change("delete", { from: CAROL }), facts),
    `* carol deleted message 7 of bob from ${TIME} (with bob)`,
  );
  const reactions = [{ account: BOB, emojis: ["👍"] }];
  assert.equal(
    line(change("reaction"), { ...facts, reactions }),
    '* bob reacted 👍 to message 7: "lunch?" (with bob)',
  );
  assert.equal(
    line(change("reaction", { own: true }), facts),
    '* you removed the reaction to message 7: "lunch?" (with bob)',
  );
  assert.equal(
    line(entry("", { number: 7, deletedBy: CAROL }), facts),
    "* message 7 of bob was deleted by carol (with bob)",
  );
});

Deno.test("times are told in the greatest unit that divides them", () => {
  const words = [5, 60, 90, 3600, 86_400, 7 * 86_400, 365 * 86_400].map(durationWords);
  assert.deepEqual(words, [
    "5 seconds",
    "1 minute",
    "90 seconds",
    "1 hour",
    "1 day",
    "1 week",
    "365 days",
  ]);
  assert.equal(timerWords("You", 0), "You set messages to stay");
});
