/** What the dialogue says of message requests: a line, whatever strangers write. */

import type { AccountId } from "../../base/ids.ts";
import { showName, typeName } from "../../app/names.ts";

/** What a stranger does, by the kind of what waits. */
const REQUESTS: Readonly<Record<string, string>> = {
  "file.offer": "wants to send you files",
  "stream.offer": "wants to stream a video to you",
};

/** Somebody writes for the first time, or offers something. Names of files are a stranger's words: they wait too. */
export function requestLine(
  { account, kind = "" }: { readonly account: AccountId; readonly kind: string | undefined },
): string {
  const does = REQUESTS[kind] ?? "wants to chat";
  const who = `${showName(account)} (new) ${does}`;
  const block = `/block ${typeName(account)}`;
  return `* ${who}: /y accepts, /n declines, /requests shows it, ${block}; /requests --from all lets anybody write to you`;
}

/** How many strangers wait when the dialogue begins; none when nobody does. */
export function waitingLines(count: number): readonly string[] {
  if (count === 0) return [];
  const who = count === 1 ? "1 stranger" : `${count} strangers`;
  return [`* ${who} wrote to you: /requests shows it`];
}
