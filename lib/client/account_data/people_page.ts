/**
 * Page `people`: whom the person knows, declined and blocked, and who may see their address, wherever they decided it
 * (decision 0038).
 */

import { parseAccountId } from "../../base/account_name.ts";
import { DirectContacts, type DirectDecision } from "../contacts/direct_contacts.ts";
import { acceptRequest, isAsking, refuseAccount } from "../contacts/requests.ts";
import type { Messenger } from "../store/messenger.ts";
import type { Decision } from "../store/contact_status.ts";
import type { PageContent, PageLine } from "./page.ts";

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
      const decision = readLine(line);
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

function readLine(line: PageLine): Decision | undefined {
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
