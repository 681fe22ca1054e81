/** Makes who asks too much wait: a client that floods is answered as slowly as its account may ask, and loses nothing. */

import type { AccountId } from "../base/ids.ts";
import type { Parts } from "./parts.ts";
import type { Session } from "./session.ts";

type Pacing = Pick<Parts, "requests" | "clock">;

/**
 * Undefined when a session may ask now, as almost always; else resolves when it may, or its connection is closed. Meanwhile
 * nothing of its connection is read. Strangers have a number of requests instead.
 */
export function pace(parts: Pacing, session: Session): Promise<void> | undefined {
  const { state } = session;
  if (state.name !== "ready" && state.name !== "unlinked") return undefined;
  const waitSeconds = parts.requests.take(state.account);
  return waitSeconds === 0 ? undefined : wait(parts, session, { ...state, waitSeconds });
}

async function wait(
  { requests, clock }: Pacing,
  { connection, gone: signal }: Session,
  { account, waitSeconds }: { readonly account: AccountId; readonly waitSeconds: number },
): Promise<void> {
  for (let seconds = waitSeconds; seconds > 0 && connection.isOpen;) {
    // Rejects only when the connection is gone, which ends the loop.
    await clock.sleep(seconds * 1000, { signal }).catch(() => {});
    seconds = requests.take(account);
  }
}
