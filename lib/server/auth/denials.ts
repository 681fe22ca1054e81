/** What people are told of sanctions and of what they may not do. Times in UTC: the reader may be anywhere. */

import type { Refusal } from "../../base/errors.ts";
import { type Action, ACTIONS } from "../../protocol/permissions.ts";
import type { Denial, Sanction } from "../store/moderation_store.ts";
import { refuse } from "../../protocol/failure.ts";

const MINUTE_MS = 60_000;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** `22 Nov 2026 10:00 UTC`: a begun minute counts whole, so that nobody comes back too early. */
export function untilWords(untilMs: number): string {
  return timeWords(new Date(Math.ceil(untilMs / MINUTE_MS) * MINUTE_MS), "hh:mm".length);
}

/** `22 Nov 2026 10:00:05 UTC`: an end that is seconds away. A begun second counts whole. */
export function momentWords(atMs: number): string {
  return timeWords(new Date(Math.ceil(atMs / 1000) * 1000), "hh:mm:ss".length);
}

function timeWords(date: Date, length: number): string {
  const time = date.toISOString().slice(11, 11 + length);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()} ${time} UTC`;
}

/** What the one whom it is about is told: `You were kicked by yoda: younglings. Until 22 Nov 2026 10:00 UTC`. */
export function sanctionWords(
  { kind, by, reason, untilMs }: Pick<Sanction, "kind" | "by" | "reason" | "untilMs">,
): string {
  const kicked = untilMs === undefined ? "were banned" : "were kicked";
  const what = `You ${kind === "kick" ? kicked : "are muted"} by ${by ?? "the operator"}`;
  const why = reason === "" ? what : `${what}: ${reason}`;
  return untilMs === undefined ? why : `${why}. Until ${untilWords(untilMs)}`;
}

/** The refusal of everything that a kicked account tries, and of what a muted one sends. */
export function sanctionRefusal(sanction: Sanction): Refusal {
  return refuse(sanction.kind === "kick" ? "kicked" : "muted", sanctionWords(sanction));
}

/** Why a moderation action was not done, in the words of row S2.22. `name`: of the one whom it would have been about. */
export function denialRefusal(denial: Denial, action: Action, name: string): Refusal {
  switch (denial.result) {
    case "kicked":
      return sanctionRefusal(denial.kick);
    case "not-permitted":
      return refuse("not-permitted", `You need the ${denial.needs} role for ${ACTIONS[action]}.`);
    case "outranked": {
      const an = denial.role === "owner" ? "an owner" : "a moderator";
      return refuse(
        "not-permitted",
        `You need the owner role for ${ACTIONS[action]} here: ${name} is ${an}.`,
      );
    }
    case "yourself":
      return refuse("not-permitted", "This is you: choose another name");
    case "last-owner":
      return refuse(
        "last-owner",
        `${name} is the last owner and can be neither demoted nor kicked: make somebody else an owner first`,
      );
  }
}
