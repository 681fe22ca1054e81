/** Order on the server: who does what to whom, with its effects on those who are here. */

import type { Clock } from "../base/clock.ts";
import type { AccountId } from "../base/ids.ts";
import { logger } from "../base/log.ts";
import { type Action, isPermitted, type Role, roleNeeded } from "../protocol/permissions.ts";
import type { AccountSessions } from "./account_sessions.ts";
import { dismiss } from "./dismissal.ts";
import type { Actor, Denial, ModerationStore, SanctionKind } from "./moderation_store.ts";
import { denialRefusal } from "./moderation_words.ts";
import type { Presence } from "./presence.ts";
import { refuse } from "./refusal.ts";
import type { SignIns } from "./sign_ins.ts";
import type { Account, AccountStore } from "./account_store.ts";

const log = logger("server", "moderation");

/** Controls and ends of lines, which would forge lines of lists and logs (SR-55). */
// deno-lint-ignore no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** What a sanction is laid on with. */
export interface Terms {
  /** Undefined: until it is taken back. */
  readonly forSeconds: number | undefined;
  readonly reason: string;
}

/** Does what the store allows, and lets those feel it whom it is about. Every method throws Refusal. */
export class Moderation {
  readonly #parts: {
    readonly clock: Clock;
    readonly store: AccountStore & ModerationStore;
    readonly sessions: AccountSessions;
    readonly presence: Presence;
    readonly signIns: SignIns;
  };

  constructor(parts: {
    clock: Clock;
    store: AccountStore & ModerationStore;
    sessions: AccountSessions;
    presence: Presence;
    signIns: SignIns;
  }) {
    this.#parts = parts;
  }

  /** For lists: whether the actor's role lets them see it. */
  async requirePermitted(by: AccountId, action: Action): Promise<void> {
    const role = await this.#parts.store.findRole(by);
    if (isPermitted(role, action)) return;
    throw denialRefusal({ result: "not-permitted", needs: roleNeeded(action) }, action, by);
  }

  async grant(by: Actor, account: AccountId, role: Role): Promise<{ name: string; before: Role }> {
    const { store, clock } = this.#parts;
    const done = await store.grantRole({ by, account, role, nowMs: clock.nowMs() });
    if (done.result !== "done") {
      throw denialRefusal(done, "grant", await this.#nameOf(account));
    }
    return { name: await this.#nameOf(account), before: done.before };
  }

  /** Ends all sessions of the account and keeps it out. */
  async kick(
    by: Actor,
    account: AccountId,
    terms: Terms,
  ): Promise<{ name: string; untilMs: number | undefined; sessions: number }> {
    const { untilMs, name } = await this.#sanction(by, account, { ...terms, kind: "kick" });
    const { store, clock } = this.#parts;
    const kick = await store.findSanction({ kind: "kick", account, nowMs: clock.nowMs() });
    const sessions = kick === undefined ? 0 : dismiss(this.#parts, kick);
    log.info("kick", { account, sessions });
    return { name, untilMs, sessions };
  }

  async mute(
    by: Actor,
    account: AccountId,
    terms: Terms,
  ): Promise<{ name: string; untilMs: number | undefined }> {
    return await this.#sanction(by, account, { ...terms, kind: "mute" });
  }

  /** Takes a kick or a mute back. */
  async lift(by: Actor, account: AccountId, kind: SanctionKind): Promise<{ name: string }> {
    const { store, clock } = this.#parts;
    const done = await store.liftSanction({ by, account, kind, nowMs: clock.nowMs() });
    const name = await this.#nameOf(account);
    switch (done.result) {
      case "done":
        return { name };
      case "none":
        throw refuse("not-sanctioned", `${name} is not ${kind === "kick" ? "kicked" : "muted"}`);
      default:
        throw denialRefusal(done, kind === "kick" ? "unkick" : "unmute", name);
    }
  }

  /** Takes the locks of an account away, and forgets its failed tries. */
  async unlock(by: Actor, account: AccountId): Promise<{ name: string; wasLocked: boolean }> {
    const { store, clock, signIns } = this.#parts;
    const deed = { by, account, action: "unlock", detail: "", nowMs: clock.nowMs() } as const;
    await this.#deny(await store.recordDeed(deed), "unlock", account);
    return { name: await this.#nameOf(account), wasLocked: signIns.unlock(account) };
  }

  /** Locks that hold now, of accounts that there are: people type passwords into the wrong field. */
  async locks(): Promise<readonly { account: Account; retryAfterSeconds: number }[]> {
    const { store, signIns } = this.#parts;
    const locks = await Promise.all(
      signIns.locks().map(async ({ account: id, retryAfterSeconds }) => {
        const account = await store.findAccount(id);
        return account === undefined ? [] : [{ account, retryAfterSeconds }];
      }),
    );
    return locks.flat();
  }

  async #sanction(by: Actor, account: AccountId, terms: Terms & { kind: SanctionKind }) {
    const { store, clock } = this.#parts;
    const { kind, forSeconds } = terms;
    const nowMs = clock.nowMs();
    const untilMs = forSeconds === undefined ? undefined : nowMs + forSeconds * 1000;
    const reason = terms.reason.replace(CONTROLS, " ").trim();
    const done = await store.addSanction({ by, account, kind, untilMs, reason, nowMs });
    await this.#deny(done, kind, account);
    return { name: await this.#nameOf(account), untilMs };
  }

  async #deny(
    done: { result: "done" } | Denial,
    action: Action,
    account: AccountId,
  ): Promise<void> {
    if (done.result !== "done") {
      throw denialRefusal(done, action, await this.#nameOf(account));
    }
  }

  async #nameOf(account: AccountId): Promise<string> {
    return (await this.#parts.store.findAccount(account))?.name ?? account;
  }
}
