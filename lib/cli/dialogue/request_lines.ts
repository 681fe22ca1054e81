/** What the dialogue says of message requests: a line, whatever strangers write. */

import type { AccountId } from "../../base/ids.ts";
import { showName, typeName } from "../../app/names.ts";

/** What a stranger does, by the kind of what waits. */
const REQUESTS: Readonly<Record<string, string>> = {
  "file.offer": "wants to send you files",
  "stream.offer": "wants to show you a video",
};

/** Somebody writes for the first time, or offers something. Names of files are a stranger's words: they wait too. */
export function requestLine(
  { account, kind = "" }: { readonly account: AccountId; readonly kind: string | undefined },
): string {
  const does = REQUESTS[kind] ?? "writes to you";
  const who = `${showName(account)}, whom you do not know, ${does}`;
  const block = `/block ${typeName(account)}`;
  return `* ${who}: /y accepts them, /n declines, /requests shows it, ${block}; /requests --from all lets everybody write at once`;
}

/** How many strangers wait when the dialogue begins; none when nobody does. */
export function waitingLines(count: number): readonly string[] {
  if (count === 0) return [];
  const who = count === 1 ? "somebody" : `${count} people`;
  return [`* ${who} whom you do not know wrote to you: /requests shows it`];
}
