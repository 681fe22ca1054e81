/** Staying connected: a client receives until it is stopped, and comes back by itself when the server was away. */

import { describeError, Refusal, TransportError } from "../base/errors.ts";
import { anySignal, Scope } from "../base/scope.ts";
import { reconnectDelayMs } from "../net/connections/reconnect.ts";
import { isPassingFailure } from "../protocol/failure.ts";
import type { Client } from "./client.ts";

/** How it stands with the connection. */
export type ConnectionNews =
  /** Everything that waited is stored; `receivesHere` is false while another process of the profile does that. */
  | { readonly state: "online"; readonly receivesHere: boolean }
  | { readonly state: "offline"; readonly reason: string; readonly retryMs: number };

/** How to come back, and who is told. */
export interface StayOptions {
  /** Connects the client anew. Throws what `Client.connect` throws. */
  connect(signal: AbortSignal): Promise<void>;
  onNews(news: ConnectionNews): void;
  /** Files go to and fro meanwhile, unless this is false. */
  readonly runsTransfers?: boolean;
  readonly signal: AbortSignal;
}

/** How often a process looks whether the one that receives has ended. */
const LOOK_MS = 1000;

const HURRIED = new DOMException("The person does not want to wait", "AbortError");

/**
 * Never returns: rejects with the signal's reason, or with what cannot be mended by trying again (Refusal, TrustError). A
 * client that is connected already stays so.
 */
export async function stayConnected(client: Client, options: StayOptions): Promise<never> {
  const { onNews } = options;
  const dismissed = new AbortController();
  const signal = anySignal(options.signal, dismissed.signal);
  // Back to 0 once everything that waited was read: a sign-in alone does not show that the connection is of use.
  let attempt = 0;
  let askedMs = 0;
  let hurry = new AbortController();
  const worked = {
    ...options,
    signal,
    onNews(news: ConnectionNews) {
      attempt = 0;
      onNews(news);
    },
  };
  const stopListening = client.listen((event) => {
    if (event.type === "going-away") askedMs = event.reconnectAfterMs;
    if (event.type === "hurried") hurry.abort(HURRIED);
    if (event.type === "dismissed") dismissed.abort(event.dismissal);
  });
  try {
    for (;;) {
      let reason = "The connection to the server ended";
      try {
        if (!client.isOnline) await options.connect(signal);
        await using scope = new Scope(signal);
        if (options.runsTransfers !== false) {
          scope.run("transfers", (stop) => client.transfers.run(stop));
        }
        await receiveOn(client, worked);
      } catch (error) {
        signal.throwIfAborted();
        if (!isPassing(error)) throw error;
        reason = describeError(error);
      }
      signal.throwIfAborted();
      if (hurry.signal.aborted) {
        onNews({ state: "offline", reason: "Reconnecting", retryMs: 0 });
      } else {
        const retryMs = reconnectDelayMs(attempt++, client.random, askedMs);
        onNews({ state: "offline", reason, retryMs });
        await waitFor(client.clock, retryMs, { signal, hurry: hurry.signal });
      }
      askedMs = 0;
      hurry = new AbortController();
    }
  } finally {
    stopListening();
  }
}

/** Waits so long, or until the person does not want to. */
async function waitFor(
  clock: Client["clock"],
  ms: number,
  { signal, hurry }: { signal: AbortSignal; hurry: AbortSignal },
): Promise<void> {
  try {
    await clock.sleep(ms, { signal: anySignal(signal, hurry) });
  } catch (error) {
    if (error !== HURRIED) throw error;
  }
}

/** Receives over one connection until it ends. */
async function receiveOn(
  client: Client,
  { onNews, signal }: Pick<StayOptions, "onNews" | "signal">,
): Promise<void> {
  let isTold = false;
  const tell = (receivesHere: boolean) => {
    if (!isTold) onNews({ state: "online", receivesHere });
    isTold = true;
  };
  for (;;) {
    const ended = await client.receive({ signal, onCaughtUp: () => tell(true) });
    if (ended === "link-ended") return;
    if (ended === "lease-lost") return await client.close();
    tell(false);
    await client.clock.sleep(LOOK_MS, { signal });
    if (!client.isOnline) return;
  }
}

/** Whether it is worth trying again later: the connection is gone, or the server cannot now. */
export function isPassing(error: unknown): boolean {
  return error instanceof TransportError ||
    (error instanceof Refusal && isPassingFailure(error.code));
}
