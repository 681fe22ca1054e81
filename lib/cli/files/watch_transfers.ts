/** Runs transfers in the foreground until they are over, over as many connections as that takes. */

import { TransportError } from "../../base/errors.ts";
import { Scope } from "../../base/scope.ts";
import type { Client } from "../../client/client.ts";
import { formatBytes } from "../../client/transfers/describe.ts";
import { type ConnectionNews, stayConnected } from "../../client/reconnect.ts";
import type { Context } from "../context.ts";
import { ProgressTeller } from "./progress_teller.ts";
import { movedBytes, transferFields, transferLine } from "../../app/transfer_lines.ts";

/** How it ended: `done` says so, or the person left. */
export type WatchEnd = "done" | "interrupted";

/** What is watched. */
export interface Watched {
  /** Called at first, and whenever something was written; true ends it. May accept offers. */
  look(): Promise<boolean>;
}

/** Rejects with what cannot be mended by trying again. What moves is told on standard error, or as JSON. */
export async function watchTransfers(
  context: Context,
  client: Client,
  { look }: Watched,
): Promise<WatchEnd> {
  const { signal } = context;
  const teller = new ProgressTeller();
  await using scope = new Scope(signal);
  let isLost = false;
  const news = async (now: ConnectionNews) => {
    if (now.state === "offline" && !isLost) {
      const verified = formatBytes(await movedHere(client));
      await context.output.note(
        `Connection lost: ${now.reason}. Will resume (${verified} verified)`,
      );
    }
    if (now.state === "online" && isLost) await context.output.note("Connected again");
    isLost = now.state === "offline";
  };
  scope.run("connection", (stop) =>
    stayConnected(client, {
      connect: (until) => context.connect(client, until),
      onNews: (now) => scope.run("news", () => news(now)),
      signal: stop,
    }));
  try {
    // How far it is, is written down each second.
    await client.profile.writes.until(async () => {
      if (await look()) return true;
      await tell(context, client, teller);
      return undefined;
    }, { signal: scope.signal });
    // What is said at the end is to be with the server too.
    if (client.isOnline) await client.flush();
    return "done";
  } catch (error) {
    if (signal.aborted) return "interrupted";
    if (!scope.signal.aborted) throw error;
    // The reason why the connection cannot be had.
    await scope.wait();
    throw new TransportError("offline", "The connection to the server ended", { cause: error });
  }
}

/** Bytes of what is under way that are at the server, or verified here. */
async function movedHere(client: Client): Promise<number> {
  const active = await client.transfers.active();
  return active.reduce(
    (sum, one) => sum + movedBytes(one, client.transfers.progressOf(one.id)),
    0,
  );
}

async function tell(context: Context, client: Client, teller: ProgressTeller): Promise<void> {
  for (const transfer of await client.transfers.active()) {
    const progress = client.transfers.progressOf(transfer.id);
    const line = teller.lineOf(transfer, progress, client.clock.monotonicMs());
    if (line === undefined) continue;
    await context.output.object("progress", transferFields(transfer, progress));
    if (!context.output.isJson) await context.output.note(transferLine(transfer, progress));
  }
}
