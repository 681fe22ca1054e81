/** Commands about what is said: send, inbox, verify. */

import type { KnownPeer } from "../../client/p2p/address_book.ts";
import { SEND, type SendKinds } from "../../app/commands/send.ts";
import { VERIFY } from "../../app/commands/people.ts";
import { PEOPLE_WORDING, type PeopleKinds } from "../../app/commands/people_wording.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Wording } from "../../commands/wording.ts";
import { INBOX } from "../../app/commands/reading.ts";
import type { ReadKinds } from "../../app/commands/reading_wording.ts";
import { objectLine } from "../output.ts";
import { shellRowsOf, wantsObjects } from "./conversation_rows.ts";
import { badge, saidWording } from "./p2p_words.ts";
import type { ShellRow } from "./shell_row.ts";

/** What is said to somebody, with their name as they write it. */
function sendWording({ name }: KnownPeer): Wording<SendKinds> {
  const fields = ({ id }: SendKinds["sent"]) => ({ id, to: name });
  return {
    "away": { fields: () => ({ name }), line: () => `You're not connected to ${name}` },
    "sent": { fields, line: () => [] },
    "queued": { fields, line: () => `Queued: it goes out when ${name} is back` },
  };
}

/** What somebody said, and how much. */
function inboxWording(peer: KnownPeer, own: string): Wording<ReadKinds> {
  const { name } = peer;
  return {
    ...saidWording(peer, own),
    "conversation": {
      type: "sender",
      fields: ({ heap: { theirs } }) => ({ name, messages: theirs }),
      line: ({ heap: { theirs } }) => `${name}  ${theirs}`,
    },
    "no-conversations": { isNote: true, line: () => [] },
    "no-messages": {
      type: "nothing",
      fields: () => ({ name }),
      line: ({ isSince }) => `No messages from ${name}${isSince ? " since then" : ""}`,
    },
  };
}

/** The number and how sure one is of it; the digits that were said are those of the other one, or they are not. */
function verifyWording(peer: KnownPeer): Wording<PeopleKinds> {
  const { name } = peer;
  const wrong = `These are not ${name}'s digits: nothing changed`;
  return {
    ...PEOPLE_WORDING,
    "safety-number": {
      type: ({ agrees }) => agrees === undefined ? "safety-number" : agrees ? "verified" : "error",
      fields: ({ number, trust, agrees }) => {
        if (agrees === undefined) return { name, number, trust };
        return agrees ? { name } : { code: EXIT.notVerified, name: "wrong-number", message: wrong };
      },
      line: ({ number, trust, agrees }) => {
        if (agrees !== undefined) return agrees ? `${name} is verified` : wrong;
        const is = badge(peer, trust === "verified");
        const known = is === "by invite" ? "known by an invite, not verified" : is;
        return [number, `${name} is ${known}. If they see the same number: verify ${name} NUMBER`];
      },
    },
    "compared": { isNote: true, line: () => [] },
  };
}

/** Rows about talking. */
export const TALK_ROWS: readonly ShellRow[] = [
  ...shellRowsOf(SEND, sendWording),
  ...shellRowsOf(INBOX, inboxWording, {
    nothing: (desk, values) => {
      const words = "No messages yet";
      return desk.say("nothing", {}, wantsObjects(values) ? objectLine("nothing", {}) : words);
    },
  }),
  ...shellRowsOf(VERIFY, verifyWording),
];
