/** Slash commands about people and about oneself; those that only a dialogue has: accept, anew, logout. */

import { UsageError } from "../../base/errors.ts";
import { DEVICES } from "../../app/commands/devices.ts";
import { EXPORT } from "../../app/commands/export.ts";
import { ACCOUNT_DELETE, PASSWD } from "../../app/commands/own_account.ts";
import { PRESENCE, VERIFY, WHO, WHOAMI } from "../../app/commands/people.ts";
import { REQUESTS } from "../../app/commands/requests.ts";
import { quietLine } from "./chat_lines.ts";
import { type Around, slashRowsOf } from "./person_rows.ts";
import { showName } from "../../app/names.ts";
import { accountOf } from "./partner.ts";
import type { ChatContext, SlashCall, SlashRow } from "./slash_row.ts";

/** That it begins or ends is told where the lines are kept back; of another text there is only this. */
const quietly: Around = async (chat, { row }, run) => {
  const { publicly } = chat.client;
  const before = await publicly.ownBusy();
  if (before === undefined && row.name === "free") {
    await chat.print("* you are free");
    return undefined;
  }
  await run();
  await chat.look();
  const now = before && await publicly.ownBusy();
  if (now !== undefined) await chat.print(quietLine(now, 0));
  return undefined;
};

const NAME = { name: "NAME", summary: "whom; else the one you talk to", required: false };

const acceptRow: SlashRow = {
  name: "accept",
  group: "People",
  summary:
    "accept what a stranger wrote, or the new identity of someone whose safety number changed",
  details:
    "A new identity: only when they have told you, over another channel, that it is really theirs.",
  arguments: [NAME],
  examples: [{ line: "accept bob", summary: "what waited for bob is sent then" }],
  async run(chat, call) {
    const contact = await chat.findContact(nameOf(chat, call));
    if (contact.changedTo === undefined) {
      const isKnown =
        chat.client.messenger.contacts.contactStatuses.of(contact.account) === "known";
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
  group: "People",
  summary: "begin a conversation anew that is out of step",
  details: "What was said stays here. What waited is sent in the new conversation.",
  arguments: [NAME],
  examples: [{ line: "anew bob", summary: "the next text begins another conversation" }],
  async run(chat, call) {
    const contact = await chat.findContact(nameOf(chat, call));
    await chat.client.beginAnew(contact);
    chat.send();
    await chat.print(`* the conversation with ${showName(contact.name)} begins anew`);
  },
};

/** Row S3.24: leaves as `/quit` does, and says what more there is to do. */
const logoutRow: SlashRow = {
  name: "logout",
  group: "This program",
  summary: "leave, and be told how to sign out of this machine",
  examples: [{ line: "logout", summary: "the others see you go" }],
  async run(chat) {
    await chat.print("* you stay signed in on this machine until: heliograph logout");
    chat.leave();
  },
};

function nameOf(chat: ChatContext, { values, to }: SlashCall): string {
  const name = values.argument("NAME") ?? accountOf(to) ?? accountOf(chat.partner);
  if (name === undefined) throw new UsageError("name-missing", "Say whom: a NAME is missing");
  return name;
}

/** `/who`, `/busy`, `/verify`, …, and what is about oneself. */
export const PEOPLE_ROWS: readonly SlashRow[] = [
  ...slashRowsOf(WHO),
  ...slashRowsOf(PRESENCE, quietly),
  ...slashRowsOf(VERIFY),
  acceptRow,
  anewRow,
  ...slashRowsOf(WHOAMI),
  ...slashRowsOf(REQUESTS),
  ...slashRowsOf(DEVICES),
  ...slashRowsOf(EXPORT),
  ...slashRowsOf(ACCOUNT_DELETE),
  ...slashRowsOf(PASSWD),
  logoutRow,
];
