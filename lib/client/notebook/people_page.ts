/** Page `people`: whom the person knows, declined and blocked, wherever they decided it (decision 0038). */

import { parseAccountId } from "../../base/account_name.ts";
import { acceptRequest, isAsking, refuseAccount } from "../messaging/requests.ts";
import type { Messenger } from "../messaging/messenger.ts";
import type { Decision } from "../messaging/standing.ts";
import type { PageContent, PageLine } from "./page.ts";

const WORDS: readonly string[] = ["none", "known", "declined", "blocked"];

/** What stands on the page, by this profile, and what becomes of what stands there. */
export const peoplePage: PageContent = {
  page: "people",
  lines: ({ contacts: { standings } }) =>
    // Silence is what must not be forgotten when there is no room for all.
    [...standings.decisions()].sort((left, right) => weight(right) - weight(left)).map(
      ({ account, standing, decidedMs }): PageLine => [account, standing, decidedMs],
    ),
  async take(messenger, lines) {
    for (const line of lines) {
      const decision = readLine(line);
      if (decision !== undefined) await takeDecision(messenger, decision);
    }
  },
};

function weight({ standing }: Decision): number {
  return standing === "blocked" || standing === "declined" ? 1 : 0;
}

/** What waits here comes in, or goes, as it would have at the device where it was decided. */
async function takeDecision(messenger: Messenger, decision: Decision): Promise<void> {
  const { contacts: { standings }, profile: { own } } = messenger;
  const { account, standing } = decision;
  if (account === own.account) return;
  const decide = () => standings.take(decision);
  if (standing === "known" && isAsking(messenger, account)) {
    await acceptRequest(messenger, account, decide);
  } else if (standing === "declined" || standing === "blocked") {
    refuseAccount(messenger, account, decide);
  } else decide();
}

function readLine([account, standing, decidedMs]: PageLine): Decision | undefined {
  const id = typeof account === "string" ? parseAccountId(account) : undefined;
  const isSound = typeof standing === "string" && WORDS.includes(standing) &&
    typeof decidedMs === "number" && Number.isSafeInteger(decidedMs) && decidedMs >= 0;
  if (id === undefined || !isSound) return undefined;
  // One of the words above.
  return { account: id, standing: standing as Decision["standing"], decidedMs };
}
