/** What a page of the account data is, whatever stands on it: lines, in JSON, which devices of several versions read. */

import { type Bytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import type { AccountDataPage } from "../../protocol/hop/device.ts";
import type { Messenger } from "../store/messenger.ts";
import { parseAccountId } from "../../base/account_name.ts";
import { parseRoomHandle } from "../../base/ids.ts";
import { EVERYBODY, type ReadMark, type ReadPeer } from "../store/read_marks.ts";
import { DirectContacts, type DirectDecision } from "../contacts/direct_contacts.ts";
import { acceptRequest, isAsking, refuseAccount } from "../contacts/requests.ts";
import type { Decision } from "../store/contact_status.ts";

/** One thing that stands there. */
export type PageLine = readonly (string | number)[];

/**
 * 1. `lines` MUST give the same for the same state, what matters most first: what has no room is left out.
 * 2. `take` MUST come to the same in whatever order devices take what others wrote, and MUST take each line as foreign input.
 */
export interface PageContent {
  readonly page: AccountDataPage;
  lines(messenger: Messenger): readonly PageLine[];
  take(messenger: Messenger, lines: readonly PageLine[]): Promise<void>;
}

/** Of what stands below. */
const FORMAT = 1;
/** The server sees how long a page is: it shall not count the people. */
const PADDING_BYTES = 1024;

/** What a page turned out to be. `newer`: of a newer version of the program, which is not to be written over. */
export type ReadPage = readonly PageLine[] | "newer" | undefined;

/** Undefined for what is no page. */
export function readPage(bytes: Bytes): ReadPage {
  const page = parse(bytes);
  if (typeof page !== "object" || page === null || !("v" in page)) return undefined;
  if (typeof page.v === "number" && page.v > FORMAT) return "newer";
  if (!("lines" in page) || !Array.isArray(page.lines)) return undefined;
  return page.lines.filter(isLine);
}

/** Padded; as many of the lines, from the first, as have room in `maxBytes`. */
export function writePage(lines: readonly PageLine[], maxBytes: number): Bytes {
  const room = maxBytes - maxBytes % PADDING_BYTES;
  let text = `{"v":${FORMAT},"lines":[`;
  let sizeBytes = text.length + "]}".length;
  for (const [i, line] of lines.entries()) {
    const more = `${i === 0 ? "" : ","}${JSON.stringify(line)}`;
    sizeBytes += utf8(more).length;
    if (sizeBytes > room) break;
    text += more;
  }
  const whole = utf8(`${text}]}`);
  const padded = new Uint8Array(Math.ceil(whole.length / PADDING_BYTES) * PADDING_BYTES);
  padded.fill(" ".charCodeAt(0));
  padded.set(whole);
  return padded;
}

function isLine(line: unknown): line is PageLine {
  return Array.isArray(line) &&
    line.every((field) => typeof field === "string" || typeof field === "number");
}

function parse(bytes: Bytes): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes) ?? "");
  } catch {
    // Sealed by a device of one's own, and yet no page: one that is to be written over.
    return undefined;
  }
}

// Page `read`: how far the person has read, at whichever device (decision 0038).

/** What stands on the page, by this profile, and what becomes of what stands there. */
export const marksPage: PageContent = {
  page: "read",
  lines: ({ history: { marks } }) =>
    marks.list().map(({ peer, atMs, ids }): PageLine => [peer, atMs, ...ids]),
  take(messenger: Messenger, lines) {
    const { profile: { database, clock }, history: { marks } } = messenger;
    const read = database.transaction(() =>
      lines.flatMap((line) => {
        const mark = readMark(line);
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

function readMark([peer, atMs, ...ids]: PageLine): ReadMark | undefined {
  if (typeof peer !== "string" || typeof atMs !== "number") return undefined;
  const known: ReadPeer | undefined = peer === EVERYBODY
    ? EVERYBODY
    : parseRoomHandle(peer) ?? parseAccountId(peer);
  const isSound = Number.isSafeInteger(atMs) && atMs > 0;
  if (known === undefined || !isSound) return undefined;
  return { peer: known, atMs, ids: ids.map(String) };
}

// Page `people`: whom the person knows, declined and blocked, and who may see their address, wherever they decided it
// (decision 0038).

const WORDS: readonly string[] = ["none", "known", "declined", "blocked"];
/** Of direct connections (SR-77). */
const DIRECT_WORDS: Readonly<Record<string, DirectDecision["word"]>> = {
  "direct-allowed": "allowed",
  "direct-denied": "denied",
  "direct-ask": undefined,
};

/** What stands on the page, by this profile, and what becomes of what stands there. */
export const peoplePage: PageContent = {
  page: "people",
  lines: ({ contacts: { contactStatuses }, profile }) => [
    // Silence is what must not be forgotten when there is no room for all.
    ...[...contactStatuses.decisions()].sort((left, right) => weight(right) - weight(left)).map(
      ({ account, standing, decidedMs }): PageLine => [account, standing, decidedMs],
    ),
    ...new DirectContacts(profile).decisions().map(
      ({ account, word = "ask", decidedMs }): PageLine => [account, `direct-${word}`, decidedMs],
    ),
  ],
  async take(messenger, lines) {
    const direct = new DirectContacts(messenger.profile);
    for (const line of lines) {
      const decision = readDecision(line);
      if (decision !== undefined) await takeDecision(messenger, decision);
      const shown = readDirectLine(line);
      if (shown !== undefined) direct.take(shown);
    }
  },
};

function weight({ standing }: Decision): number {
  return standing === "blocked" || standing === "declined" ? 1 : 0;
}

/** What waits here comes in, or goes, as it would have at the device where it was decided. */
async function takeDecision(messenger: Messenger, decision: Decision): Promise<void> {
  const { contacts: { contactStatuses }, profile: { own } } = messenger;
  const { account, standing } = decision;
  if (account === own.account) return;
  const decide = () => contactStatuses.take(decision);
  if (standing === "known" && isAsking(messenger, account)) {
    await acceptRequest(messenger, account, decide);
  } else if (standing === "declined" || standing === "blocked") {
    refuseAccount(messenger, account, decide);
  } else decide();
}

function readDecision(line: PageLine): Decision | undefined {
  const { account, word, decidedMs } = readSound(line) ?? {};
  if (account === undefined || decidedMs === undefined || !WORDS.includes(word ?? "")) {
    return undefined;
  }
  // One of the words above.
  return { account, standing: word as Decision["standing"], decidedMs };
}

function readDirectLine(line: PageLine): DirectDecision | undefined {
  const sound = readSound(line);
  if (sound === undefined || !Object.hasOwn(DIRECT_WORDS, sound.word)) return undefined;
  const { account, word, decidedMs } = sound;
  return { account, word: DIRECT_WORDS[word], decidedMs };
}

function readSound([account, word, decidedMs]: PageLine) {
  const id = typeof account === "string" ? parseAccountId(account) : undefined;
  const isSound = typeof word === "string" && typeof decidedMs === "number" &&
    Number.isSafeInteger(decidedMs) && decidedMs >= 0;
  return id === undefined || !isSound ? undefined : { account: id, word, decidedMs };
}
