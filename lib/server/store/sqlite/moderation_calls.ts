/** The calls about order: judged, done and written down in one transaction. */

import type { Answer } from "../store.ts";
import type { Denial, ModerationStore } from "../moderation_store.ts";
import type { Judged } from "./roles.ts";
import type { Tables } from "./tables.ts";

type Arguments<Name extends keyof ModerationStore> = Parameters<ModerationStore[Name]>[0];

type ModerationTables = Pick<Tables, "accounts" | "roles" | "sanctions" | "audit">;

function isDenied(judged: Judged | Denial): judged is Denial {
  return "result" in judged;
}

/** What the account had already is granted again, without a line in the record. */
export function grantRole(
  { roles, audit }: ModerationTables,
  ordered: Arguments<"grantRole">,
): Answer<"grantRole"> {
  const { role, nowMs } = ordered;
  const judged = roles.judge({ ...ordered, action: "grant" });
  if (isDenied(judged)) return judged;
  const before = judged.role;
  if (before === role) return { result: "done", before, moderationAction: undefined } as const;
  if (roles.isLastOwner(judged, nowMs)) return { result: "last-owner" } as const;
  roles.set(judged, role);
  const moderationAction = audit.writeModerationAction(judged, {
    action: "grant",
    nowMs,
    detail: `${before} to ${role}`,
  });
  return { result: "done", before, moderationAction } as const;
}

/** Replaces one of the same kind. A kick ends sessions: nothing that they still say counts. */
export function addSanction(
  { accounts, roles, sanctions, audit }: ModerationTables,
  moderationAction: Arguments<"addSanction">,
): Answer<"addSanction"> {
  const { kind, nowMs, untilMs, reason } = moderationAction;
  const judged = roles.judge({ ...moderationAction, action: kind });
  if (isDenied(judged)) return judged;
  if (judged.by === judged.target) return { result: "yourself" } as const;
  if (kind === "kick" && roles.isLastOwner(judged, nowMs)) return { result: "last-owner" } as const;
  sanctions.put(judged, { kind, nowMs, untilMs, reason });
  if (kind === "kick") accounts.endSessions(judged.target);
  const line = { action: kind, nowMs, untilMs, detail: reason };
  return { result: "done", moderationAction: audit.writeModerationAction(judged, line) } as const;
}

/** Takes back what holds. */
export function liftSanction(
  { roles, sanctions, audit }: ModerationTables,
  moderationAction: Arguments<"liftSanction">,
): Answer<"liftSanction"> {
  const { kind, nowMs } = moderationAction;
  const action = kind === "kick" ? "unkick" : "unmute";
  const judged = roles.judge({ ...moderationAction, action });
  if (isDenied(judged)) return judged;
  if (!sanctions.remove(kind, judged.target, nowMs)) return { result: "none" } as const;
  audit.write(judged, { action, nowMs, detail: "" });
  return { result: "done" } as const;
}

/** Writes down what was done elsewhere. */
export function recordModerationAction(
  { roles, audit }: ModerationTables,
  moderationAction: Arguments<"recordModerationAction">,
): Answer<"recordModerationAction"> {
  const judged = roles.judge(moderationAction);
  if (isDenied(judged)) return judged;
  audit.write(judged, moderationAction);
  return { result: "done" } as const;
}
