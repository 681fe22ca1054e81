/** What the dialogue says of message requests: a line, whatever strangers write. */

import type { AccountId } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { showName, typeName } from "./names.ts";

/** Somebody writes for the first time. */
export function requestLine(account: AccountId): string {
  const typed = typeName(account);
  return `* ${
    showName(account)
  }, whom you do not know, writes to you: /requests shows it, then /accept ${typed}, /decline ${typed} or /block ${typed}`;
}

/** What waits when the dialogue begins; none when nothing does. */
export async function waitingRequests(client: Client): Promise<readonly string[]> {
  const { length } = await client.requests();
  if (length === 0) return [];
  const who = length === 1 ? "somebody" : `${length} people`;
  return [`* ${who} whom you do not know wrote to you: /requests shows it`];
}
