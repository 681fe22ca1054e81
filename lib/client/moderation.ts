/** Order on the server, as a client asks for it. What may be done the server alone decides. */

import { parseAccountName } from "../base/account_name.ts";
import { UsageError } from "../base/errors.ts";
import type { AccountId } from "../base/ids.ts";
import { termsProblem } from "../protocol/hop/moderation.ts";
import { MAX_END_REASON_LENGTH, MAX_END_SECONDS } from "../protocol/hop/server.ts";
import type { HopRequestKind, ReplyFields, RequestFields } from "../protocol/hop/mod.ts";
import type { Role } from "../protocol/permissions.ts";
import type { Link } from "./link/link.ts";

/** How long and why. */
export interface SanctionTerms {
  /** Undefined: until it is taken back. A begun second counts whole. */
  readonly durationMs: number | undefined;
  readonly reason: string;
}

/** A kick or a mute that holds. */
export type SanctionEntry = ReplyFields<"moderation.sanctions">["entries"][number];
/** A line of the record. */
export type AuditLine = ReplyFields<"moderation.audit">["entries"][number];
/** Somebody who is more than a member. */
export type RoleEntry = ReplyFields<"moderation.roles">["entries"][number];

/** Every method rejects with what `Link.ask` rejects with; Refusal `not-permitted` for who may not. */
export class Moderation {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Everyone with a role, and the own one. */
  async roles(): Promise<{ own: Role; holders: readonly RoleEntry[] }> {
    const holders: RoleEntry[] = [];
    let own: Role = "member";
    let after: string | undefined;
    for (;;) {
      const fields = await this.#ask("moderation.roles", after === undefined ? {} : { after });
      own = fields.own;
      holders.push(...fields.entries);
      after = fields.entries[fields.entries.length - 1]?.account;
      if (!fields.more || after === undefined) return { own, holders };
    }
  }

  grant(account: AccountId, role: Role): Promise<ReplyFields<"moderation.grant">> {
    return this.#ask("moderation.grant", { account, role });
  }

  /** Ends all sessions of the account, and keeps it out. Throws UsageError. */
  kick(account: AccountId, terms: SanctionTerms): Promise<ReplyFields<"moderation.kick">> {
    return this.#ask("moderation.kick", { account, ...readTerms(terms) });
  }

  unkick(account: AccountId): Promise<ReplyFields<"moderation.unkick">> {
    return this.#ask("moderation.unkick", { account });
  }

  /** Has the server refuse what the account sends. Throws UsageError. */
  mute(account: AccountId, terms: SanctionTerms): Promise<ReplyFields<"moderation.mute">> {
    return this.#ask("moderation.mute", { account, ...readTerms(terms) });
  }

  unmute(account: AccountId): Promise<ReplyFields<"moderation.unmute">> {
    return this.#ask("moderation.unmute", { account });
  }

  /** The kicks or the mutes that hold, in order of the account ids. */
  async *sanctions(sanction: "kick" | "mute"): AsyncGenerator<SanctionEntry> {
    let after: string | undefined;
    for (;;) {
      const page = { sanction, ...(after === undefined ? {} : { after }) };
      const { entries, more } = await this.#ask("moderation.sanctions", page);
      yield* entries;
      after = entries[entries.length - 1]?.account;
      if (!more || after === undefined) return;
    }
  }

  locks(): Promise<ReplyFields<"moderation.locks">> {
    return this.#ask("moderation.locks", {});
  }

  unlock(account: AccountId): Promise<ReplyFields<"moderation.unlock">> {
    return this.#ask("moderation.unlock", { account });
  }

  /** Has the server end. Throws UsageError. */
  end(
    how: "stop" | "restart",
    { durationMs, reason }: { durationMs: number; reason: string },
  ): Promise<ReplyFields<"server.end">> {
    const afterSeconds = Math.ceil(durationMs / 1000);
    if (afterSeconds > MAX_END_SECONDS || reason.length > MAX_END_REASON_LENGTH) {
      throw new UsageError(
        "too-long",
        `The longest time is a week, the longest reason ${MAX_END_REASON_LENGTH} characters`,
      );
    }
    return this.#ask("server.end", { how, afterSeconds, reason });
  }

  /** Takes an ordered end back. */
  keepRunning(): Promise<ReplyFields<"server.end">> {
    return this.#ask("server.end", { how: "cancel", reason: "" });
  }

  /** Who did what, the newest first. */
  async *audit(): AsyncGenerator<AuditLine> {
    let before: number | undefined;
    for (;;) {
      const page = before === undefined ? {} : { before };
      const { entries, more } = await this.#ask("moderation.audit", page);
      yield* entries;
      before = entries[entries.length - 1]?.entry;
      if (!more || before === undefined) return;
    }
  }

  async #ask<Kind extends HopRequestKind>(
    kind: Kind,
    fields: RequestFields<Kind>,
  ): Promise<ReplyFields<Kind>> {
    return (await this.#link.ask(kind, fields)).fields;
  }
}

/** The account of a name as somebody typed it. Throws UsageError `bad-name`. */
export function accountOf(name: string): AccountId {
  const parsed = parseAccountName(name);
  if (!parsed.ok) throw new UsageError("bad-name", parsed.message);
  return parsed.id;
}

function readTerms({ durationMs, reason }: SanctionTerms) {
  const forSeconds = durationMs === undefined ? undefined : Math.ceil(durationMs / 1000);
  const problem = termsProblem({ forSeconds, reason });
  if (problem !== undefined) throw new UsageError(problem.code, problem.message);
  return forSeconds === undefined ? { reason } : { reason, forSeconds };
}
