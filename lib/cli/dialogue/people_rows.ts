/** Slash commands about people: who, verify, accept, anew, whoami. */

import { UsageError } from "../../base/errors.ts";
import { formatCertificateFingerprint } from "../../crypto/server_certificate.ts";
import { roster } from "../people_verbs.ts";
import { compareNumbers, explainComparison } from "../safety.ts";
import { formatTime } from "../when.ts";
import { showName, typeName } from "./names.ts";
import type { ChatHands, SlashCall, SlashRow } from "./slash_row.ts";

/** People that `/who` lists; more are counted. */
const MAX_LISTED = 200;

const NAME = { name: "NAME", summary: "whom; else the one you talk to", required: false };

const whoRow: SlashRow = {
  name: "who",
  aliases: ["viewusers", "atu", "active", "users"],
  group: "People",
  summary: "list who else is there",
  arguments: [],
  options: [{ flag: "--all", summary: "those who are away too" }],
  examples: [{ line: "who --all", summary: "everyone on the server" }],
  exitCodes: [],
  async run(chat, { values }) {
    let others = 0;
    const lines: string[] = [];
    for await (const entry of roster(chat.client, !values.has("--all"))) {
      chat.people.learn(entry);
      if (entry.account === chat.people.own.account) continue;
      if (++others > MAX_LISTED) continue;
      const since = entry.sinceMs === undefined
        ? "away"
        : `active since ${formatTime(entry.sinceMs)}`;
      lines.push(`${showName(entry.name)}, ${since}`);
    }
    if (others > MAX_LISTED) lines.push(`* and ${others - MAX_LISTED} more`);
    if (others === 0) lines.push("* no other active user");
    await chat.printAll(lines);
  },
};

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
  summary: "take the new identity of someone whose safety number changed",
  details: "Do this only when they have told you, over another channel, that it is really theirs.",
  arguments: [NAME],
  options: [],
  examples: [{ line: "accept bob", summary: "what waited for bob is sent then" }],
  exitCodes: [],
  async run(chat, call) {
    const contact = await chat.findContact(nameOf(chat, call));
    if (contact.changedTo === undefined) {
      return await chat.print(`* ${showName(contact.name)}'s safety number has not changed`);
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
  examples: [{ line: "whoami", summary: "name, server, device, identity" }],
  exitCodes: [],
  async run(chat) {
    const { name, serverAddress, device, identity } = chat.client.profile.own;
    await chat.printAll([
      `${name} at ${serverAddress}`,
      `device ${device}`,
      `identity ${formatCertificateFingerprint(identity.key.fingerprint)}`,
    ]);
  },
};

function nameOf(chat: ChatHands, { values, to }: SlashCall): string {
  const name = values.argument("NAME") ?? to?.account ?? chat.partner?.account;
  if (name === undefined) throw new UsageError("name-missing", "Say whom: a NAME is missing");
  return name;
}

/** `/who`, `/verify`, `/accept`, `/anew`, `/whoami`. */
export const PEOPLE_ROWS: readonly SlashRow[] = [whoRow, verifyRow, acceptRow, anewRow, whoamiRow];
