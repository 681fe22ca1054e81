import { deepEqual, equal, match } from "node:assert/strict";
import { movementLines } from "../../../lib/cli/dialogue/chat_lines.ts";
import { People } from "../../../lib/app/conversations/people.ts";
import { SLASH_TABLE } from "../../../lib/cli/dialogue/slash_table.ts";
import { until } from "../../../lib/app/commands/moderation_wording.ts";
import { PROGRAM } from "../../../lib/cli/verbs.ts";
import { untilWords } from "../../../lib/server/auth/denials.ts";
import { accountId } from "../client/profile_kit.ts";

const change = (name: string, what: "online" | "offline" | "kicked" | "registered") => ({
  account: name,
  name,
  identity: "",
  change: what,
});

function linesOf(people: People, ...changes: ReturnType<typeof change>[]): readonly string[] {
  return movementLines(people.apply(changes), people.active);
}

Deno.test("J8: that somebody was kicked is one line, instead of that they left", () => {
  const people = new People({ account: accountId("obiwan"), name: "obiwan" });
  linesOf(people, change("obiwan", "online"), change("anakin", "online"));
  deepEqual(linesOf(people, change("anakin", "kicked")), [
    "* anakin was kicked (online: obiwan)",
  ]);
  deepEqual(linesOf(people, change("anakin", "kicked")), [], "who was away already");
  linesOf(people, change("anakin", "online"));
  deepEqual(linesOf(people, change("anakin", "offline")), ["* anakin left (online: obiwan)"]);
});

Deno.test("rows S2.17 to S2.21: every spelling of the seeds leads to its command", () => {
  const spellings = {
    "kick": "kick KICK kickuser KickUser",
    "kicklist": "kicklist viewkickusers",
    "unkick": "unkick pardon unban",
    "grant": "grant changegrant",
    "ban": "ban",
    "mute-user": "mute-user",
    "unmute-user": "unmute-user",
    "locks": "locks",
    "unlock": "unlock",
    "audit": "audit",
  };
  for (const [name, words] of Object.entries(spellings)) {
    for (const word of words.split(" ")) equal(SLASH_TABLE.get(word)?.name, name, word);
  }
});

Deno.test("every command of order is a verb of the command line too", () => {
  const verbs = "list roles grant kick ban unkick kicklist mute unmute mutelist locks unlock audit";
  for (const verb of verbs.split(" ")) {
    equal(PROGRAM.table.get(`user ${verb}`)?.group, "Order", verb);
  }
});

Deno.test("J8: whoever kicks reads the same minute as who is kicked, and never one too early", () => {
  const at = (iso: string) => Date.parse(iso);
  const shown = (untilMs: number | undefined) =>
    until({ time: (ms) => new Date(ms).toISOString().slice(11, 19) }, untilMs);
  for (const untilMs of [at("2026-11-22T10:00:00.000Z"), at("2026-11-22T09:59:00.001Z")]) {
    equal(shown(untilMs), "until 10:00:00");
    match(untilWords(untilMs), / 10:00 UTC$/);
  }
  equal(shown(undefined), "until somebody undoes it");
});
