/** Page `read`: how far the person has read, at whichever device (decision 0038). */

import { parseAccountId } from "../../base/account_name.ts";
import { parseRoomHandle } from "../../base/ids.ts";
import type { Messenger } from "../store/messenger.ts";
import { EVERYBODY, type ReadMark, type ReadPeer } from "../store/read_marks.ts";
import type { PageContent, PageLine } from "./page.ts";

/** What stands on the page, by this profile, and what becomes of what stands there. */
export const marksPage: PageContent = {
  page: "read",
  lines: ({ history: { marks } }) =>
    marks.list().map(({ peer, atMs, ids }): PageLine => [peer, atMs, ...ids]),
  take(messenger: Messenger, lines) {
    const { profile: { database, clock }, history: { marks } } = messenger;
    const read = database.transaction(() =>
      lines.flatMap((line) => {
        const mark = readLine(line);
        if (mark === undefined || !marks.take(mark)) return [];
        return marks.settle(mark.peer, clock.nowMs()) ? [mark.peer] : [];
      })
    );
    for (const peer of read) {
      messenger.onEvent({ type: "read", peer: peer === EVERYBODY ? undefined : peer });
    }
    return Promise.resolve();
  },
};

function readLine([peer, atMs, ...ids]: PageLine): ReadMark | undefined {
  if (typeof peer !== "string" || typeof atMs !== "number") return undefined;
  const known: ReadPeer | undefined = peer === EVERYBODY
    ? EVERYBODY
    : parseRoomHandle(peer) ?? parseAccountId(peer);
  const isSound = Number.isSafeInteger(atMs) && atMs > 0;
  if (known === undefined || !isSound) return undefined;
  return { peer: known, atMs, ids: ids.map(String) };
}
