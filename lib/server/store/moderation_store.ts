/**
 * What the server remembers of order: roles, sanctions, and who did what. Part of the store; see `store.ts` for what every
 * call must promise. Who may do it is judged in the transaction that does it: a moderator who is demoted while a kick of
 * theirs is on its way does not kick any more.
 */

import type { AccountId, AccountName } from "../../base/ids.ts";
import type { Action, Role } from "../../protocol/permissions.ts";

/** Who does something: an account, or the operator at the server's own command line, who may do everything. */
export type Actor = AccountId | "operator";

/** What can be laid on an account: `kick` keeps it out, `mute` refuses what it sends. */
export type SanctionKind = "kick" | "mute";

/** A sanction that holds. */
export interface Sanction {
  readonly kind: SanctionKind;
  readonly account: AccountId;
  readonly name: AccountName;
  /** Undefined: the operator. */
  readonly by: AccountName | undefined;
  readonly atMs: number;
  /** Undefined: until it is taken back. */
  readonly untilMs: number | undefined;
  readonly reason: string;
}

/** Why something was not done. */
export type Denial =
  /** The actor is kicked: a session of it that another node has yet to end. */
  | { readonly result: "kicked"; readonly kick: Sanction }
  /** The actor's role may not do this at all. */
  | { readonly result: "not-permitted"; readonly needs: Role }
  /** The actor's role may not act on the target's. */
  | { readonly result: "outranked"; readonly role: Role }
  /** The actor is the one whom it would be laid on. */
  | { readonly result: "yourself" }
  /** Nobody would be left who is owner and not kicked. */
  | { readonly result: "last-owner" };

/** One line of the record. */
export interface AuditEntry {
  /** Running; a later entry has a greater one. */
  readonly entry: number;
  readonly atMs: number;
  /** What was done, by its name in the table of permissions. */
  readonly action: string;
  /** Undefined: the operator. */
  readonly by: AccountName | undefined;
  readonly target: AccountName | undefined;
  readonly untilMs: number | undefined;
  readonly detail: string;
}

/** A line of the record about an account that the server knows. */
export interface RecordedAction extends AuditEntry {
  readonly account: AccountId;
}

/** An account that is more than a member. */
export interface RoleHolder {
  readonly account: AccountId;
  readonly name: AccountName;
  readonly role: Role;
}

interface ModerationAction {
  readonly by: Actor;
  /** Refused with `unknown-account` when there is none. */
  readonly account: AccountId;
  readonly nowMs: number;
}

/** The calls about order. Each that changes something writes the record in the same transaction; who is kicked changes nothing. */
export interface ModerationStore {
  /** `member` for an account that is not known. */
  findRole(account: AccountId): Promise<Role>;
  /** In order of the account id, after `after`. */
  listRoles(options: { after?: AccountId; limit: number }): Promise<readonly RoleHolder[]>;
  /** What the account had already is granted again, without a line in the record. */
  grantRole(
    moderationAction: ModerationAction & { role: Role },
  ): Promise<
    { result: "done"; before: Role; moderationAction: RecordedAction | undefined } | Denial
  >;
  /** Replaces one of the same kind. Nobody lays one on themselves. */
  addSanction(
    moderationAction: ModerationAction & {
      kind: SanctionKind;
      untilMs: number | undefined;
      reason: string;
    },
  ): Promise<{ result: "done"; moderationAction: RecordedAction } | Denial>;
  /** `none` when there was nothing to take back. */
  liftSanction(
    moderationAction: ModerationAction & { kind: SanctionKind },
  ): Promise<{ result: "done" | "none" } | Denial>;
  /** The one that holds at `nowMs`. */
  findSanction(
    options: { kind: SanctionKind; account: AccountId; nowMs: number },
  ): Promise<Sanction | undefined>;
  /** Those that hold, in order of the account id, after `after`. */
  listSanctions(
    options: { kind: SanctionKind; after?: AccountId; limit: number; nowMs: number },
  ): Promise<readonly Sanction[]>;
  /** Writes down what was done elsewhere than in the store, if the actor may do it. */
  recordModerationAction(
    moderationAction: ModerationAction & { action: Action; detail: string },
  ): Promise<{ result: "done" } | Denial>;
  /** Writes down a command of the operator, who may do everything (SR-57). */
  recordCommand(command: { detail: string; nowMs: number }): Promise<void>;
  /** The newest first, those before `before`. */
  listAudit(options: { before?: number; limit: number }): Promise<readonly AuditEntry[]>;
  /**
   * Kicks and grants of the record after `entry`, by whichever process, the oldest first; of kicks also those that were taken
   * back meanwhile. The reply's `entry` is to ask with the next time. Without one: only where the record ends now.
   */
  moderationActionsSince(
    entry?: number,
  ): Promise<{ entry: number; moderationActions: readonly RecordedAction[] }>;
}
