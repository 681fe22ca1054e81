/** Slash commands about being signed in on this machine: `/passwd`, `/logout`. */

import { UsageError } from "../../base/errors.ts";
import { NEW_PASSWORD_OPTION, setPassword } from "../new_password.ts";
import { PASSWORD_OPTION } from "../verb.ts";
import type { ChatHands, SlashRow } from "./slash_row.ts";

const passwdRow: SlashRow = {
  name: "passwd",
  aliases: [],
  group: "People",
  summary: "change your password",
  details: "Asks for both, hidden. What is on your other devices stays signed in.",
  arguments: [],
  options: [PASSWORD_OPTION, NEW_PASSWORD_OPTION],
  examples: [{ line: "passwd", summary: "asks for both" }],
  exitCodes: [],
  takesTerminal: true,
  async run(chat, { values }) {
    const [oldFile, newFile] = [PASSWORD_OPTION, NEW_PASSWORD_OPTION]
      .map(({ flag }) => values.option(flag));
    const old = oldFile === undefined
      ? await chat.askSecret("Present password")
      : await chat.readSecret(oldFile);
    const next = newFile === undefined ? await askTwice(chat) : await chat.readSecret(newFile);
    if (next === "") throw new UsageError("empty-password", "The password is empty");
    const { own } = chat.client.profile;
    await setPassword(await chat.greet(), await chat.keeper(), { own, old, next });
    await chat.print("* the password is changed");
  },
};

async function askTwice(chat: ChatHands): Promise<string> {
  const first = await chat.askSecret("New password");
  const second = await chat.askSecret("New password again");
  if (first === second) return first;
  throw new UsageError("different-passwords", "The passwords differ");
}

/** Row S3.24: leaves as `/quit` does, and says what more there is to do. */
const logoutRow: SlashRow = {
  name: "logout",
  aliases: [],
  group: "This program",
  summary: "leave, and be told how to sign out of this machine",
  arguments: [],
  options: [],
  examples: [{ line: "logout", summary: "the others see you go" }],
  exitCodes: [],
  async run(chat) {
    await chat.print("* you stay signed in on this machine until: heliograph logout");
    chat.leave();
  },
};

/** `/passwd`, `/logout`. */
export const SESSION_ROWS: readonly SlashRow[] = [passwdRow, logoutRow];
