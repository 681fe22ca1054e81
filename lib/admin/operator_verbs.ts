/** The operator's commands as verbs: done by the server that runs on the data, by this process without one. */

import { existsSync } from "node:fs";
import { spell } from "../commands/command_row.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT } from "../commands/exit_code.ts";
import { qrRows } from "../terminal/cells/qr_rows.ts";
import { Moderation } from "../server/moderation/moderation.ts";
import { type AdminCommand, DATA_OPTION, JSON_OPTION } from "./admin_command.ts";
import { type AdminIo, dataFolder, isPlain } from "./admin_io.ts";
import { ControlClient } from "./control_client.ts";
import { isServerRunning, openData, requireData } from "./data_store.ts";
import { type OperatorCommand, type OperatorOutcome, withGathered } from "./operator_command.ts";
import { OPERATOR_VERBS, type OperatorVerb } from "./operator_commands.ts";

/** Throws what the row throws. */
async function runVerb(
  command: OperatorCommand,
  call: { readonly io: AdminIo; readonly values: CommandValues; readonly folder: string },
): Promise<OperatorOutcome> {
  const { io, values, folder } = call;
  const { clock, random } = io;
  const isJson = values.has(JSON_OPTION.flag);
  await requireData(folder);
  return await withGathered(command, call, async (gathered) => {
    await using data = command.needs.includes("running")
      ? await ControlClient.open(folder, clock)
      : await openData(folder, { clock, random });
    if (data instanceof ControlClient) {
      const { name: verb } = spell(command, command.verb);
      const given = values.toJSON();
      const request = { command: "data", verb, given, json: isJson, gathered } as const;
      return await data.run(request, async ({ out, notes }) => {
        for (const line of out) await io.out(line);
        for (const note of notes) await io.note(note);
      });
    }
    const { store, isUntold } = data;
    const moderation = new Moderation({ clock, store });
    const context = { clock, random, store, moderation, folder, isUntold, gathered };
    const outcome = { values, face: "verb", isJson } as const;
    return await command.perform({ ...context, server: undefined }, outcome);
  });
}

function verbOf({ command, row }: OperatorVerb): AdminCommand {
  const { needs, withoutServer } = command;
  return {
    ...row,
    async run(io, values) {
      const folder = dataFolder(io, values.option(DATA_OPTION.flag));
      if (needs.includes("running") && !(existsSync(folder) && isServerRunning(folder))) {
        await io.note(`No server is running on ${folder}: ${withoutServer}`);
        return EXIT.unreachable;
      }
      const { out, notes, shares, exit } = await runVerb(command, { io, values, folder });
      for (const line of out) await io.out(line);
      if (shares !== undefined && io.isRead && !isPlain(io) && !values.has(JSON_OPTION.flag)) {
        for (const row of qrRows(shares.text, "light")) await io.out(row);
      }
      for (const note of notes) await io.note(note);
      return exit;
    },
  };
}

/** Accounts, roles, kicks, mutes, the record, invites, tokens. */
export const DATA_VERBS: readonly AdminCommand[] = OPERATOR_VERBS.map(verbOf);
