/** Showing what comes in until somebody says stop, over as many connections as that takes. */

import { describeError } from "../base/errors.ts";
import { anySignal } from "../base/scope.ts";
import type { Client } from "../client/client.ts";
import { isPassing } from "../client/reconnect.ts";
import type { Context } from "./context.ts";

/** Between two tries to connect again. */
const RECONNECT_MS = 2000;

/** Shows what is new, and returns how much it was. */
export type Show = () => Promise<number>;

/** Ends only by the signal's reason: with which code, whoever sent the signal decides. */
export async function follow(context: Context, client: Client, show: Show): Promise<never> {
  const { signal } = context;
  for (;;) {
    signal.throwIfAborted();
    try {
      await context.connect(client, context.signal);
      await client.receiving(async (caughtUp, ended) => {
        await caughtUp;
        const { talk, clock, profile: { writes } } = client;
        await writes.until<never>(async () => {
          await talk.refresh();
          await show();
          return undefined;
        }, {
          againMs: () => talk.nextDueMs === undefined ? undefined : talk.nextDueMs - clock.nowMs(),
          signal: anySignal(signal, ended),
        });
      });
    } catch (error) {
      if (signal.aborted) continue;
      if (!isPassing(error)) throw error;
      await context.output.note(`${describeError(error)}. Trying again`);
      await pause(context, RECONNECT_MS);
    }
  }
}

async function pause(context: Context, durationMs: number): Promise<void> {
  try {
    await context.clock.sleep(durationMs, { signal: context.signal });
  } catch (error) {
    if (!context.signal.aborted) throw error;
  }
}
