/** Slash commands about all that is one's own: `/export`, `/account delete`. */

import { endAccount, exportTo, READABLE } from "../own_data.ts";
import { DELETE_ROW, EXPORT_ROW } from "../own_data_verbs.ts";
import type { SlashRow } from "./slash_row.ts";

const exportRow: SlashRow = {
  ...EXPORT_ROW,
  exitCodes: [],
  async run(chat, { values }) {
    const file = values.required("FILE");
    const lines = await exportTo(chat.client, chat.stage.resolve(file));
    await chat.printAll([`* ${lines} lines are in ${file}`, `* ${READABLE}`]);
  },
};

const deleteRow: SlashRow = {
  ...DELETE_ROW,
  exitCodes: [],
  takesTerminal: true,
  async run(chat, { values }) {
    const { client } = chat;
    const { name } = client.profile.own;
    await endAccount({
      client,
      values,
      password: async () => {
        const file = values.option("--password-file");
        return file === undefined
          ? await chat.askSecret(`Password of ${name}`)
          : await chat.readSecret(file);
      },
      greet: () => chat.greet(),
    });
    await chat.printAll([
      `* the account ${name} is deleted`,
      "* what is on this device stays here until: heliograph logout --wipe",
    ]);
    chat.leave();
  },
};

/** `/export`, `/account delete`. */
export const OWN_DATA_ROWS: readonly SlashRow[] = [exportRow, deleteRow];
