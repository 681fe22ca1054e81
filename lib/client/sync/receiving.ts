/** Receiving over a live connection, beside everything else. */

import { TransportError } from "../../base/errors.ts";
import type { Online } from "./online.ts";
import { Lease } from "../profile/lease.ts";
import type { Profile } from "../profile/profile.ts";

/** Another process of the profile receives: how often to look whether it still does. */
const LOOK_MS = 1000;

/**
 * Runs `action` while receiving. `caughtUp` resolves when everything that waited is stored; at once when another process of
 * this profile receives. `signal` aborts when the receiving ends by itself; then this rejects with the reason, unless
 * `action` has its own.
 */
export async function receiveWhile<Result>(
  profile: Profile,
  online: Online,
  action: (caughtUp: Promise<void>, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const { promise: caughtUp, resolve, reject } = Promise.withResolvers<void>();
  // Whoever waits for it sees the failure.
  caughtUp.catch(() => {});
  const options = { signal: stop.signal, onCaughtUp: resolve };
  const receiving = receiveInTurn(profile, online, options).catch((error) => {
    if (stop.signal.aborted) return;
    reject(error);
    stop.abort(error);
  });
  try {
    return await action(caughtUp, stop.signal);
  } finally {
    stop.abort();
    await receiving;
  }
}

/** How long to receive, and who is told. */
export interface ReceiveOptions {
  readonly signal: AbortSignal;
  /** Called each time that nothing waits any more. */
  onCaughtUp(): void;
}

/** Why receiving ended: the connection is gone, another process receives, or took over. */
export type ReceiveEnd = "link-ended" | "elsewhere" | "lease-lost";

/** See `Client.receive`. */
export async function receive(
  profile: Profile,
  { syncEngine }: Online,
  options: ReceiveOptions,
): Promise<ReceiveEnd> {
  using lease = Lease.take(profile.database, "receiver", profile);
  if (lease === undefined) return "elsewhere";
  await syncEngine.receive(lease, options);
  return lease.isHeld ? "link-ended" : "lease-lost";
}

/** Takes turns with the other processes of the profile. Rejects when the link ends, or with what receiving failed of. */
async function receiveInTurn(
  profile: Profile,
  online: Online,
  options: ReceiveOptions,
): Promise<never> {
  while (online.link.isOpen) {
    if (await receive(profile, online, options) !== "elsewhere") continue;
    options.onCaughtUp();
    await profile.clock.sleep(LOOK_MS, options);
  }
  online.link.requireNotDismissed();
  throw new TransportError("offline", "The connection to the server ended");
}
