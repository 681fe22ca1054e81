/** The calls about order: judged, done and written down in one transaction. */

import type { Database } from "../../storage/database.ts";
import type { Denial, ModerationStore } from "../moderation_store.ts";
import { AuditTable } from "./audit.ts";
import type { ModerationCallName, StoreCalls } from "./calls.ts";
import { type Judged, RoleTable } from "./roles.ts";
import type { SanctionTable } from "./sanctions.ts";

type Arguments<Name extends keyof ModerationStore> = Parameters<ModerationStore[Name]>[0];

/** Prepares the statements. */
export function moderationCalls(
  database: Database,
  sanctions: SanctionTable,
): Pick<StoreCalls, ModerationCallName> {
  const roles = new RoleTable(database);
  const audit = new AuditTable(database);
  const parts = { roles, sanctions, audit };
  return {
    findRole: (account) => roles.find(account),
    listRoles: (options) => roles.list(options),
    grantRole: (deed) => grantRole(parts, deed),
    addSanction: (deed) => addSanction(parts, deed),
    liftSanction: (deed) => liftSanction(parts, deed),
    findSanction: ({ kind, account, nowMs }) => sanctions.find(kind, account, nowMs),
    listSanctions: (options) => sanctions.list(options),
    recordDeed: (deed) => {
      const judged = roles.judge(deed);
      if (isDenied(judged)) return judged;
      audit.write(judged, deed);
      return { result: "done" };
    },
    recordCommand: (command) =>
      audit.write({ by: null, target: null }, { ...command, action: "console" }),
    listAudit: (options) => audit.list(options),
    kickedSince: (entry) => audit.kickedSince(entry),
  };
}

interface Parts {
  readonly roles: RoleTable;
  readonly sanctions: SanctionTable;
  readonly audit: AuditTable;
}

function isDenied(judged: Judged | Denial): judged is Denial {
  return "result" in judged;
}

function grantRole({ roles, audit }: Parts, deed: Arguments<"grantRole">) {
  const { role, nowMs } = deed;
  const judged = roles.judge({ ...deed, action: "grant" });
  if (isDenied(judged)) return judged;
  const before = judged.role;
  if (before === role) return { result: "done", before } as const;
  if (roles.isLastOwner(judged, nowMs)) return { result: "last-owner" } as const;
  roles.set(judged, role);
  audit.write(judged, { action: "grant", nowMs, detail: `${before} to ${role}` });
  return { result: "done", before } as const;
}

function addSanction({ roles, sanctions, audit }: Parts, deed: Arguments<"addSanction">) {
  const { kind, nowMs, untilMs, reason } = deed;
  const judged = roles.judge({ ...deed, action: kind });
  if (isDenied(judged)) return judged;
  if (kind === "kick" && roles.isLastOwner(judged, nowMs)) return { result: "last-owner" } as const;
  sanctions.put(judged, { kind, nowMs, untilMs, reason });
  audit.write(judged, { action: kind, nowMs, untilMs, detail: reason });
  return { result: "done" } as const;
}

function liftSanction({ roles, sanctions, audit }: Parts, deed: Arguments<"liftSanction">) {
  const { kind, nowMs } = deed;
  const action = kind === "kick" ? "unkick" : "unmute";
  const judged = roles.judge({ ...deed, action });
  if (isDenied(judged)) return judged;
  if (!sanctions.remove(kind, judged.target, nowMs)) return { result: "none" } as const;
  audit.write(judged, { action, nowMs, detail: "" });
  return { result: "done" } as const;
}
