/** What commands of order report, and its words. */

import type { AccountId } from "../../base/ids.ts";
import type { AuditLine, Moderation, RoleEntry, SanctionEntry } from "../../client/moderation.ts";
import type { Voice, Wording } from "../../commands/wording.ts";
import type { ReplyFields } from "../../protocol/hop/mod.ts";
import { ACTIONS, type PERMITTED, type Role } from "../../protocol/permissions.ts";
import { showName, typeName } from "../names.ts";

/** What the server answers of somebody. */
type Done<Method extends keyof Moderation> =
  & { readonly account: AccountId }
  & Awaited<
    ReturnType<Extract<Moderation[Method], (...given: never[]) => unknown>>
  >;

/** Every kind of report of these commands. */
export interface ModerationKinds {
  "role": RoleEntry;
  "role-shown": {
    readonly account: AccountId;
    readonly name: string;
    readonly role: Role;
    readonly permitted: typeof PERMITTED[Role];
  };
  "role-granted": { readonly done: Done<"grant">; readonly asked: Role };
  "kick": Done<"kick">;
  "still-sealed": Record<never, never>;
  "unkick": { readonly account: AccountId; readonly name: string };
  "mute": Done<"mute">;
  "unmute": { readonly account: AccountId; readonly name: string };
  "unlock": Done<"unlock">;
  "user": {
    readonly account: string;
    readonly name: string;
    readonly role: Role;
    readonly online: boolean;
  };
  "kicked": SanctionEntry;
  "muted": SanctionEntry;
  "lock": ReplyFields<"moderation.locks">["entries"][number];
  "audit": AuditLine;
  "none": { readonly words: string };
  "more": Record<never, never>;
}

const MINUTE_MS = 60_000;

/** `until 22 Nov 10:00`, to the minute and never too early, as the one whom it is about is told; or that there is no end. */
export function until({ time }: Pick<Voice, "time">, untilMs: number | undefined): string {
  if (untilMs === undefined) return "until somebody undoes it";
  return `until ${time(Math.ceil(untilMs / MINUTE_MS) * MINUTE_MS)}`;
}

const actor = (name: string | undefined) => name === undefined ? "the operator" : showName(name);

/** Row S2.20: who, by whom, until when, why. */
function sanctionLine(done: string, entry: SanctionEntry, voice: Voice): string {
  const { name, by, untilMs, reason, atMs } = entry;
  const why = reason === "" ? "" : `: ${reason}`;
  return `${showName(name)} by ${actor(by)} ${until(voice, untilMs)}${why} (${done} ${
    voice.time(atMs)
  })`;
}

/** Its words. */
export const MODERATION_WORDING: Wording<ModerationKinds> = {
  "role": { line: ({ name, role }) => `${showName(name)}, ${role}` },
  "role-shown": {
    type: "role",
    line: ({ name, role, permitted }) => {
      const commands = permitted.map((action) => ACTIONS[action]);
      const may = commands.length === 0 ? "" : `: ${commands.join(", ")}`;
      return `${showName(name)} is ${role}${may}`;
    },
  },
  "role-granted": {
    type: "role",
    fields: ({ done }) => ({ ...done }),
    line: ({ done: { name, before }, asked }) =>
      before === asked
        ? `${showName(name)} is already ${asked}`
        : `${showName(name)} is now ${asked} (was ${before})`,
  },
  "kick": {
    line: ({ name, untilMs }, voice) => {
      const what = untilMs === undefined ? "was banned" : `was kicked ${until(voice, untilMs)}`;
      return `${showName(name)} ${what}. Undo: ${voice.command("user unkick", typeName(name))}`;
    },
  },
  // SR-37: a kick must not look like more than it is.
  "still-sealed": {
    isNote: true,
    line: () =>
      "they can no longer sign in, but stay in encrypted rooms: only the rooms' owners can remove them, and these were notified",
  },
  "unkick": { line: ({ name }) => `${showName(name)} may sign in again` },
  "mute": {
    line: ({ name, untilMs }, voice) =>
      `${showName(name)} is muted ${until(voice, untilMs)}. Undo: ${
        voice.command("user unmute", typeName(name))
      }`,
  },
  "unmute": { line: ({ name }) => `${showName(name)} may write again` },
  "unlock": {
    line: ({ name, wasLocked }) =>
      wasLocked ? `${showName(name)} can sign in again` : `${showName(name)} was not locked`,
  },
  "user": {
    line: ({ name, role, online }) =>
      `${showName(name)}, ${role}, ${online ? "online" : "offline"}`,
  },
  "kicked": { line: (entry, voice) => sanctionLine("kicked", entry, voice) },
  "muted": { line: (entry, voice) => sanctionLine("muted", entry, voice) },
  "lock": {
    line: ({ name, retryAfterSeconds }) => `${showName(name)} for ${retryAfterSeconds} s`,
  },
  "audit": {
    line: ({ atMs, by, action, target, untilMs, detail }, voice) => {
      const whom = target === undefined ? "" : ` ${showName(target)}`;
      const end = untilMs === undefined ? "" : ` ${until(voice, untilMs)}`;
      return `${voice.time(atMs)}  ${actor(by)}: ${action}${whom}${end}${detail && `: ${detail}`}`;
    },
  },
  "none": { isNote: true, line: ({ words }) => words },
  "more": { isNote: true, line: () => "there are more: see --limit" },
};
