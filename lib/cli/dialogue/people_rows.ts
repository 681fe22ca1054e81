/** Slash commands about people: verify, accept, anew, whoami. */

import { UsageError } from "../../base/errors.ts";
import { formatCertificateFingerprint } from "../../crypto/server_certificate.ts";
import { compareNumbers, explainComparison } from "../safety.ts";
import { DEVICE_ROWS } from "./device_rows.ts";
import { OWN_DATA_ROWS } from "./own_data_rows.ts";
import { REQUEST_ROWS } from "./request_rows.ts";
import { SESSION_ROWS } from "./session_rows.ts";
import { showName, typeName } from "./names.ts";
import { accountOf } from "./partner.ts";
import type { ChatHands, SlashCall, SlashRow } from "./slash_row.ts";

const NAME = { name: "NAME", summary: "whom; else the one you talk to", required: false };

const verifyRow: SlashRow = {
  name: "verify",
  aliases: [],
  group: "People",
  summary: "compare safety numbers, so that nobody can be in between",
  details:
    "Both of you see the same 60 digits. Compare them over another channel, face to face or in a call, then say them here.",
  arguments: [
    NAME,
    { name: "NUMBER", summary: "what the other one sees", required: false, rest: "text" },
  ],
  options: [],
  examples: [
    { line: "verify bob", summary: "shows the number" },
    { line: "verify bob 12345 67890 …", summary: "marks bob verified if all 60 digits agree" },
  ],
  exitCodes: [],
  async run(chat, call) {
    const compared = await compareNumbers(
      chat.client,
      nameOf(chat, call),
      call.values.argument("NUMBER"),
    );
    const { contact, number, trust } = compared;
    chat.people.meet({ ...contact, trust });
    await chat.printAll([
      ...number.split("\n"),
      `* ${explainComparison(compared, `/accept ${typeName(contact.name)}`)}`,
    ]);
  },
};

const acceptRow: SlashRow = {
  name: "accept",
  aliases: [],
  group: "People",
  summary:
    "accept what a stranger wrote, or the new identity of someone whose safety number changed",
  details:
    "A new identity: only when they have told you, over another channel, that it is really theirs.",
  arguments: [NAME],
  options: [],
  examples: [{ line: "accept bob", summary: "what waited for bob is sent then" }],
  exitCodes: [],
  async run(chat, call) {
    const contact = await chat.findContact(nameOf(chat, call));
    if (contact.changedTo === undefined) {
      const isKnown = chat.client.messenger.contacts.standings.of(contact.account) === "known";
      if (!isKnown) await chat.client.accept(contact.account);
      await chat.look();
      return await chat.print(
        isKnown
          ? `* ${showName(contact.name)} is a contact already, whose safety number has not changed`
          : `* ${showName(contact.name)} is a contact of yours now`,
      );
    }
    chat.people.meet(await chat.client.acceptIdentity(contact));
    chat.send();
    await chat.print(
      `* ${showName(contact.name)}'s new safety number is taken; it is not verified yet`,
    );
  },
};

const anewRow: SlashRow = {
  name: "anew",
  aliases: [],
  group: "People",
  summary: "begin a conversation anew that is out of step",
  details: "What was said stays here. What waited is sent in the new conversation.",
  arguments: [NAME],
  options: [],
  examples: [{ line: "anew bob", summary: "the next text begins another conversation" }],
  exitCodes: [],
  async run(chat, call) {
    const contact = await chat.findContact(nameOf(chat, call));
    await chat.client.beginAnew(contact);
    chat.send();
    await chat.print(`* the conversation with ${showName(contact.name)} begins anew`);
  },
};

const whoamiRow: SlashRow = {
  name: "whoami",
  aliases: ["me"],
  group: "People",
  summary: "say who you are here",
  arguments: [],
  options: [],
  examples: [{ line: "whoami", summary: "name, server, session, device, identity" }],
  exitCodes: [],
  async run(chat) {
    const { name, serverAddress, device, identity } = chat.client.profile.own;
    await chat.printAll([
      `${name} at ${serverAddress}`,
      ...(chat.client.isOnline ? [`session ${chat.client.signedIn.sessionNumber}`] : []),
      `device ${device}`,
      `identity ${formatCertificateFingerprint(identity.key.fingerprint)}`,
    ]);
  },
};

function nameOf(chat: ChatHands, { values, to }: SlashCall): string {
  const name = values.argument("NAME") ?? accountOf(to) ?? accountOf(chat.partner);
  if (name === undefined) throw new UsageError("name-missing", "Say whom: a NAME is missing");
  return name;
}

/** `/verify`, `/accept`, `/anew`, `/whoami`. */
export const PEOPLE_ROWS: readonly SlashRow[] = [
  verifyRow,
  acceptRow,
  anewRow,
  whoamiRow,
  ...REQUEST_ROWS,
  ...DEVICE_ROWS,
  ...OWN_DATA_ROWS,
  ...SESSION_ROWS,
];
