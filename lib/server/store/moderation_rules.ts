/** Who may do what to whom on the server, by the roles of both: judged alike on every database. */

import {
  type Action,
  isPermitted,
  mayActOn,
  type Role,
  roleNeeded,
} from "../../protocol/permissions.ts";
import type { Denial, Sanction } from "./moderation_store.ts";

/** A moderation action that may be done, with the rows that it is about. */
export interface JudgedAction {
  /** Null: the operator. */
  readonly by: number | null;
  readonly target: number;
  readonly role: Role;
}

/** Why `own`, kicked by `kick` or not, may not do it to somebody of `role`; undefined when it may. */
export function judgeRoles(
  { action, own, kick, role }: {
    action: Action;
    own: Role | "operator";
    kick: Sanction | undefined;
    role: Role;
  },
): Denial | undefined {
  if (own === "operator") return undefined;
  if (kick !== undefined) return { result: "kicked", kick };
  if (!isPermitted(own, action)) return { result: "not-permitted", needs: roleNeeded(action) };
  return mayActOn(own, role) ? undefined : { result: "outranked", role };
}
