/** What commands about requests and blocking report, and its words. */

import { onOneLine, safeText } from "../../base/safe_text.ts";
import type { AccountId } from "../../base/ids.ts";
import type { AnswerPolicy } from "../../client/contacts/answer_policy.ts";
import type { MessageRequest } from "../../client/contacts/requests.ts";
import type { RequestPolicy } from "../../client/store/contact_status.ts";
import { durationWords } from "../../commands/when.ts";
import type { Wording } from "../../commands/wording.ts";
import { showName } from "../names.ts";
import { ROOM_WORDING, type RoomKinds } from "./room_wording.ts";

/** Whom a rule of one's own is about that is for nobody alone. */
export const EVERYBODY = "everybody";

interface Asking {
  readonly from: AccountId;
  readonly name: string;
}
interface Somebody {
  readonly account: AccountId;
  readonly name: string;
}

/** Every kind of report of these commands. */
export interface RequestKinds extends Pick<RoomKinds, "room-invitation"> {
  "request": MessageRequest;
  "request-policy": PolicyFacts;
  "no-requests": PolicyFacts;
  "request-accepted": Asking & { readonly count: number };
  "identity-accepted": Somebody;
  "contact-already": Somebody;
  "begun-anew": Somebody;
  "not-asking": Asking & { readonly standing: "known" | "blocked" };
  "request-declined": Asking;
  "blocked": Somebody;
  "unblocked": Somebody;
  "not-blocked": Somebody;
  "blocked-account": { readonly account: AccountId; readonly standing: "blocked" | "declined" };
  "nobody-blocked": Record<never, never>;
  "answer-policy": ReturnType<AnswerPolicy["list"]>[number];
  "answer-limit": { readonly limitMs: number; readonly rules: number };
}

const POLICY_LINES: Readonly<Record<RequestPolicy, string>> = {
  all: "anybody may write to you",
  contacts: "messages from strangers wait until you accept them",
  nobody: "messages from strangers are discarded",
};

/** `texts`: those of strangers come in, by the server's word. */
interface PolicyFacts {
  readonly from: RequestPolicy;
  readonly texts: boolean;
}

function policyLine({ from, texts }: PolicyFacts): string {
  return texts
    ? "by this server's setting texts from everybody here come in; files, streams and rooms wait until you accept them"
    : POLICY_LINES[from];
}

const onlyFrom = ({ from }: Asking) => ({ from });
const onlyAccount = ({ account }: Somebody) => ({ account });

/** Its words. */
export const REQUEST_WORDING: Wording<RequestKinds> = {
  "room-invitation": ROOM_WORDING["room-invitation"],
  "request": {
    fields: ({ account, texts }) => ({
      from: account,
      texts: texts.map(({ id, text, sentAtMs, atMs }) => ({
        id,
        text,
        sent: new Date(sentAtMs).toISOString(),
        at: new Date(atMs).toISOString(),
      })),
    }),
    line: ({ account, texts }, { time }) =>
      texts.map(({ atMs, text }) =>
        `${showName(account)} asks ${time(atMs)}: ${onOneLine(safeText(text))}`
      ),
  },
  "request-policy": { line: policyLine },
  "no-requests": { isNote: true, line: (facts) => `no requests (${policyLine(facts)})` },
  "request-accepted": {
    fields: ({ from, count }) => ({ from, count }),
    line: ({ name, count }, { isDialogue }) => {
      const what = count === 1 ? "1 message" : `${count} messages`;
      const cameIn = isDialogue ? "" : `; received ${what}`;
      return `${showName(name)} is now a contact${cameIn}`;
    },
  },
  "identity-accepted": {
    fields: onlyAccount,
    line: ({ name }) => `accepted ${showName(name)}'s new safety number; it is not verified yet`,
  },
  "contact-already": {
    fields: onlyAccount,
    line: ({ name }) =>
      `${showName(name)} is already a contact, and the safety number has not changed`,
  },
  "begun-anew": {
    fields: onlyAccount,
    line: ({ name }) => `the encryption of the conversation with ${showName(name)} starts again`,
  },
  "not-asking": {
    fields: onlyFrom,
    line: ({ name, standing }) =>
      `${showName(name)} ${
        standing === "known" ? "is a contact: use block" : "is already blocked"
      }`,
  },
  "request-declined": { fields: onlyFrom, line: ({ name }) => `declined ${showName(name)}` },
  "blocked": { fields: onlyAccount, line: ({ name }) => `blocked ${showName(name)}` },
  "unblocked": { fields: onlyAccount, line: ({ name }) => `unblocked ${showName(name)}` },
  "not-blocked": { fields: onlyAccount, line: ({ name }) => `${showName(name)} is not blocked` },
  "blocked-account": { line: ({ account, standing }) => `${showName(account)}  ${standing}` },
  "nobody-blocked": { isNote: true, line: () => "nobody is blocked" },
  "answer-policy": {
    fields: ({ account, kind, answer }) => ({ account: account ?? EVERYBODY, kind, answer }),
    line: ({ account, kind, answer }) =>
      `${account === undefined ? EVERYBODY : showName(account)}  ${kind}  ${answer}`,
  },
  "answer-limit": {
    isNote: true,
    line: ({ limitMs, rules }) => {
      const waits = `a request waits ${durationWords(limitMs / 1000)} for an answer`;
      return rules === 0 ? `no rules: you are asked; ${waits}` : waits;
    },
  },
};
