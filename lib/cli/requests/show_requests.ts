/** What strangers said, as `receive` shows it. */

import type { Client } from "../../client/client.ts";
import { type HeldText, takeUnshown } from "../../client/contacts/requests.ts";
import { replaceEmoticons } from "../../commands/emoticons.ts";
import { quoteWord } from "../../commands/words.ts";
import type { Context } from "../context.ts";
import type { makeFilter } from "../receive_filter.ts";
import { formatTime } from "../../app/when.ts";

/** It is shown once, as what it is, and waits all the same. Returns of how many strangers. */
export async function showRequests(
  context: Context,
  client: Client,
  isTaken: Awaited<ReturnType<ReturnType<typeof makeFilter>>>,
): Promise<number> {
  const requests = await takeUnshown(client.messenger, (from) => isTaken({ from, peer: from }));
  for (const { account, texts } of requests) {
    for (const text of texts) await showRequest(context, text);
    const name = quoteWord(account);
    await context.output.note(
      `You do not know ${account}: heliograph accept ${name}, decline ${name} or block ${name}`,
    );
  }
  return requests.length;
}

async function showRequest({ output }: Context, said: HeldText): Promise<void> {
  const { id, from, text, sentAtMs, atMs } = said;
  await output.object("message", {
    id,
    from,
    conversation: from,
    request: true,
    own: false,
    text,
    sent: new Date(sentAtMs).toISOString(),
    at: new Date(atMs).toISOString(),
  });
  await output.line(`request of ${from} ${formatTime(atMs)} ${replaceEmoticons(text)}`);
}
