/** What the dialogue says of message requests: a line, whatever strangers write. */

import type { AccountId } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { showName, typeName } from "../../app/names.ts";

/** What a stranger does, by the kind of what waits. */
const REQUESTS: Readonly<Record<string, string>> = {
  "file.offer": "wants to send you files",
  "stream.offer": "wants to show you a video",
};

/** Somebody writes for the first time, or offers something. Names of files are a stranger's words: they wait too. */
export async function requestLine(client: Client, account: AccountId): Promise<string> {
  const [first] = (await client.requests()).find((one) => one.account === account)?.texts ?? [];
  const does = REQUESTS[first?.message?.kind ?? ""] ?? "writes to you";
  const who = `${showName(account)}, whom you do not know, ${does}`;
  return `* ${who}: /y accepts them, /n declines, /requests shows it, /block ${typeName(account)}`;
}

/** What waits when the dialogue begins; none when nothing does. */
export async function waitingRequests(client: Client): Promise<readonly string[]> {
  const { length } = await client.requests();
  if (length === 0) return [];
  const who = length === 1 ? "somebody" : `${length} people`;
  return [`* ${who} whom you do not know wrote to you: /requests shows it`];
}
