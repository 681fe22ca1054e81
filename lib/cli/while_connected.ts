/** One command of the command line, over as many connections as that takes. */

import { anySignal, Scope, untilAborted } from "../base/scope.ts";
import type { Client } from "../client/client.ts";
import { type ConnectionNews, stayConnected } from "../client/reconnect.ts";
import type { Lasting } from "../app/person_row.ts";
import type { Context } from "./context.ts";

/**
 * Runs `action`, once everything that waited is stored unless it is to begin at once, and receives beside it. Rejects as
 * `action` does, or with what cannot be mended by connecting again; then the signal of `action` has aborted with that.
 */
export async function whileConnected<Result>(
  context: Context,
  client: Client,
  { lost, runsTransfers = false, isAtOnce = false }: Lasting,
  action: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  // Not the program's own signal: what is said last is to arrive, and its answers be heard.
  await using scope = new Scope();
  const caughtUp = Promise.withResolvers<void>();
  let isLost = false;
  const onNews = async (news: ConnectionNews) => {
    const wasLost = isLost;
    isLost = news.state === "offline";
    if (news.state === "online") caughtUp.resolve();
    if (news.state === "offline" && !wasLost) {
      await context.output.note(await lost(client, news.reason));
    }
    if (news.state === "online" && wasLost) await context.output.note("Connected again");
  };
  scope.run("connection", (stop) =>
    stayConnected(client, {
      connect: (until) => context.connect(client, until),
      onNews: (news) => scope.run("news", () => onNews(news)),
      runsTransfers,
      signal: stop,
    }));
  const signal = anySignal(scope.signal, context.signal);
  try {
    if (!isAtOnce) await untilAborted(caughtUp.promise, signal);
    const result = await action(signal);
    // What is said of files at the end is to be with the server too.
    if (runsTransfers && client.isOnline && !context.signal.aborted) await client.flush();
    return result;
  } finally {
    // The reason why the connection cannot be had counts more than what came of that.
    if (scope.signal.aborted) await scope.wait();
  }
}
