/** The way from what happens at one node of a server to the sessions at all of them. */

import type { AccountId, DeviceId } from "../../base/ids.ts";
import type { HopPushKind, PushFields } from "../../protocol/hop/mod.ts";
import type { Sessions } from "../sessions/sessions.ts";

/** Why sessions end: for the client, and for the log. */
export interface EndReason {
  readonly code: string;
  readonly message: string;
  readonly log: string;
}

/**
 * An implementation
 * 1. MUST reach every session that was in the list of its account, at whichever node, before it was asked;
 * 2. MUST keep the order of what one node pushes to one account;
 * 3. MAY lose a push to a node that is gone: its sessions are, too.
 */
export interface Bus {
  /** Pushes to the ready sessions of the accounts. */
  toAccounts<Kind extends HopPushKind>(
    accounts: readonly AccountId[],
    kind: Kind,
    fields: PushFields<Kind>,
  ): Promise<void>;
  /** Ends the sessions of an account, or of one device of it, also those about to come in. Resolves with how many. */
  endSessions(
    which: { readonly account: AccountId; readonly device?: DeviceId },
    why: EndReason,
  ): Promise<number>;
}

/** For a server of one node: everything is here, and done before it resolves. */
export class LocalBus implements Bus {
  readonly #sessions: Sessions;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  // Async, so that what it throws rejects.
  // deno-lint-ignore require-await
  async toAccounts<Kind extends HopPushKind>(
    accounts: readonly AccountId[],
    kind: Kind,
    fields: PushFields<Kind>,
  ): Promise<void> {
    for (const account of accounts) {
      for (const session of this.#sessions.of(account)) {
        if (session.state.name === "ready") session.push(kind, fields);
      }
    }
  }

  // deno-lint-ignore require-await
  async endSessions(
    { account, device }: { readonly account: AccountId; readonly device?: DeviceId },
    why: EndReason,
  ): Promise<number> {
    const ended = this.#sessions.of(account, device);
    this.#sessions.dismiss(ended, why);
    return ended.length;
  }
}
