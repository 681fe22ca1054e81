/** Slash commands about devices. */

import { UsageError } from "../../base/errors.ts";
import { type DeviceDeed, rowOfDeed } from "../devices/device_deed.ts";
import { DEVICE_DEEDS } from "../devices/device_deeds.ts";
import { shortTime } from "./chat_lines.ts";
import type { SlashRow } from "./slash_row.ts";

function rowOf(deed: DeviceDeed): SlashRow {
  return {
    ...rowOfDeed(deed),
    aliases: deed.slashAliases,
    exitCodes: [],
    ...(deed.asksPassword === true ? { takesTerminal: true } : {}),
    async run(chat, { values }) {
      const { client } = chat;
      const { facts, notes } = await deed.run({
        client,
        values,
        greet: () => chat.greet(),
        code: async () => {
          const code = values.argument("CODE");
          if (code !== undefined) return code;
          const file = values.option("--code-file");
          if (file !== undefined) return await chat.readSecret(file);
          throw new UsageError("code-missing", "Say the code too: /device link CODE");
        },
        password: async () => {
          const file = values.option("--password-file");
          return file === undefined
            ? await chat.askSecret(`Password of ${client.profile.own.name}`)
            : await chat.readSecret(file);
        },
        time: (atMs) => shortTime(atMs, client.clock.nowMs()),
      });
      await chat.printAll([...facts.map(({ line }) => line), ...notes].map((line) => `* ${line}`));
    },
  };
}

/** `/devices`, `/device name`, `/device link`, … */
export const DEVICE_ROWS: readonly SlashRow[] = DEVICE_DEEDS.map(rowOf);
