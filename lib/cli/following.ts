/** Showing what comes in until somebody says stop, over as many connections as that takes. */

import { describeError, TransportError } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import { isPassing } from "../client/reconnect.ts";
import type { Context } from "./context.ts";

/** How often to look whether something came: another process may be the one that receives. */
const LOOK_MS = 250;
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
      await client.receiving(async (caughtUp) => {
        await caughtUp;
        while (!signal.aborted) {
          await client.talk.refresh();
          await show();
          client.link.requireNotDismissed();
          if (!client.isOnline) throw new TransportError("offline", "The connection ended");
          await pause(context, LOOK_MS);
        }
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
