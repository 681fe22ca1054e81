/** Which offer of a stream is taken: the newest, or the next one. */

import { TransportError, UsageError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import type { StreamRow } from "../../client/streams/stream_store.ts";
import type { Streams } from "../../client/streams/streams.ts";
import type { Context } from "../context.ts";
import { findRecipient } from "../../app/recipient.ts";

/** Whose offers are meant; undefined for everybody's. Throws Refusal, UsageError. */
export async function findOfferer(
  client: Client,
  from: string | undefined,
): Promise<StreamRow["peer"] | undefined> {
  return from === undefined ? undefined : (await findRecipient(client, from)).peer;
}

/** Waits for one. Throws TransportError `timeout` after `waitMs`, the signal's reason. */
export async function nextOffer(
  { output }: Context,
  { client, streams }: { readonly client: Client; readonly streams: Streams },
  { peer, waitMs, signal }: {
    readonly peer: StreamRow["peer"] | undefined;
    readonly waitMs: number;
    readonly signal: AbortSignal;
  },
): Promise<StreamRow> {
  const { clock, profile: { writes } } = client;
  const untilMs = clock.monotonicMs() + waitMs;
  let isTold = false;
  return await writes.until(async () => {
    const waiting = (await streams.waiting()).filter((one) => {
      return peer === undefined || one.peer === peer;
    });
    const newest = waiting.at(-1);
    if (newest !== undefined) return newest;
    if (clock.monotonicMs() >= untilMs) {
      throw new TransportError("timeout", "Nothing was offered");
    }
    if (!isTold) await output.note("Waiting for somebody to show something");
    isTold = true;
    return undefined;
  }, { againMs: () => untilMs - clock.monotonicMs(), signal });
}

/** In ms; without it, for ever. Throws UsageError. */
export function readSeconds(text: string | undefined): number {
  if (text === undefined) return Infinity;
  const seconds = Number(text);
  if (seconds >= 0 && seconds <= 86_400) return seconds * 1000;
  throw new UsageError("bad-wait", `This is no time: ${text}. Try --wait 60`);
}
