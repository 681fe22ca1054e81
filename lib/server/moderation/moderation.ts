/**
 * Order on the server: who does what to whom. One service for everyone who may ask: accounts over the wire, and the operator,
 * whose command line uses it without a server, too.
 */

import type { Clock } from "../../base/clock.ts";
import type { AccountId } from "../../base/ids.ts";
import { refuse } from "../../protocol/failure.ts";
import { termsProblem } from "../../protocol/hop/moderation.ts";
import { type Action, isPermitted, type Role, roleNeeded } from "../../protocol/permissions.ts";
import { denialRefusal, sanctionRefusal } from "../auth/denials.ts";
import { type Counters, requireRate } from "../counters/counters.ts";
import type { StateOf } from "../sessions/session.ts";
import type { AccountStore } from "../store/account_store.ts";
import type {
  Actor,
  ModerationStore,
  RecordedAction,
  SanctionKind,
} from "../store/moderation_store.ts";
import type { ModerationEffects } from "./moderation_effects.ts";

/** Controls and ends of lines, which would forge lines of lists and logs (SR-55). */
// deno-lint-ignore no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** What a sanction is laid on with. */
export interface Terms {
  /** Undefined: until it is taken back. */
  readonly forSeconds: number | undefined;
  readonly reason: string;
}

/** Does what the store allows. Every method throws Refusal. */
export class Moderation {
  readonly #clock: Clock;
  readonly #store: AccountStore & ModerationStore;
  readonly #effects: Pick<ModerationEffects, "apply"> | undefined;

  /** Without `effects` the server that runs on the database, if one does, finds in the record what is to be done. */
  constructor(
    { clock, store, effects }: {
      clock: Clock;
      store: AccountStore & ModerationStore;
      effects?: Pick<ModerationEffects, "apply">;
    },
  ) {
    this.#clock = clock;
    this.#store = store;
    this.#effects = effects;
  }

  /** For lists: whether the actor's role lets them see it. */
  async requirePermitted(by: AccountId, action: Action): Promise<void> {
    const role = await this.#store.findRole(by);
    if (isPermitted(role, action)) return;
    throw denialRefusal({ result: "not-permitted", needs: roleNeeded(action) }, action, by);
  }

  async grant(by: Actor, account: AccountId, role: Role): Promise<{ name: string; before: Role }> {
    const nowMs = this.#clock.nowMs();
    const done = await this.#store.grantRole({ by, account, role, nowMs });
    const name = await this.#nameOf(account);
    if (done.result !== "done") throw denialRefusal(done, "grant", name);
    if (done.moderationAction !== undefined) await this.#effects?.apply(done.moderationAction);
    return { name, before: done.before };
  }

  /** Ends all sessions of the account, as many as is returned, and keeps it out. */
  async kick(
    by: Actor,
    account: AccountId,
    terms: Terms,
  ): Promise<{ name: string; untilMs: number | undefined; sessions: number }> {
    const { moderationAction, ...done } = await this.#sanction(by, account, {
      ...terms,
      kind: "kick",
    });
    return { ...done, sessions: await this.#effects?.apply(moderationAction) ?? 0 };
  }

  /** Has the server refuse what the account sends. */
  async mute(
    by: Actor,
    account: AccountId,
    terms: Terms,
  ): Promise<{ name: string; untilMs: number | undefined }> {
    const { name, untilMs } = await this.#sanction(by, account, { ...terms, kind: "mute" });
    return { name, untilMs };
  }

  /** Takes a kick or a mute back. */
  async lift(by: Actor, account: AccountId, kind: SanctionKind): Promise<{ name: string }> {
    const nowMs = this.#clock.nowMs();
    const done = await this.#store.liftSanction({ by, account, kind, nowMs });
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

  async #sanction(
    by: Actor,
    account: AccountId,
    terms: Terms & { kind: SanctionKind },
  ): Promise<{ name: string; untilMs: number | undefined; moderationAction: RecordedAction }> {
    const { kind, forSeconds } = terms;
    const reason = terms.reason.replace(CONTROLS, " ").trim();
    const problem = termsProblem({ forSeconds, reason });
    if (problem !== undefined) throw refuse("bad-message", problem.message);
    const nowMs = this.#clock.nowMs();
    const untilMs = forSeconds === undefined ? undefined : nowMs + forSeconds * 1000;
    const done = await this.#store.addSanction({ by, account, kind, untilMs, reason, nowMs });
    const name = await this.#nameOf(account);
    if (done.result !== "done") throw denialRefusal(done, kind, name);
    return { name, untilMs, moderationAction: done.moderationAction };
  }

  async #nameOf(account: AccountId): Promise<string> {
    return (await this.#store.findAccount(account))?.name ?? account;
  }
}

// Who may speak to everyone, and how often: the one place that is asked.

/**
 * Whose role may, some times in a row. The store looks once more who is muted when it adds. Throws Refusal `not-permitted`,
 * `rate-limited`, `muted`.
 */
export async function requireMayBroadcast(
  parts: { counters: Counters; clock: Clock; moderation: Moderation; store: ModerationStore },
  state: StateOf<"ready">,
): Promise<void> {
  await parts.moderation.requirePermitted(state.account, "broadcast");
  await requireRate(parts.counters, "broadcasts", { key: state.account });
  await requireNotMuted(parts, state);
}

/** For what everyone gets to read. Throws Refusal `muted`. */
export async function requireNotMuted(
  { store, clock }: { clock: Clock; store: ModerationStore },
  { account }: StateOf<"ready">,
): Promise<void> {
  const mute = await store.findSanction({ kind: "mute", account, nowMs: clock.nowMs() });
  if (mute !== undefined) throw sanctionRefusal(mute);
}
