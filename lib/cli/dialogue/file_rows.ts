/** Slash commands that offer files: ls (row S0.29), send, upd, direct. What is offered is answered in answer_rows. */

import { DIRECT } from "../../app/commands/direct.ts";
import { SEND_FILES, SEND_STRAIGHT } from "../../app/commands/send_files.ts";
import { TRANSFERS } from "../../app/commands/transfers.ts";
import { UsageError } from "../../base/errors.ts";
import { whole } from "../../commands/command_table.ts";
import { CommandValues } from "../../commands/command_values.ts";
import { ANSWER_ROWS, doubt } from "./answer_rows.ts";
import { findNamedFile, outbox, readAddressed } from "./named_files.ts";
import type { Partner } from "./partner.ts";
import { slashRowsOf } from "./person_rows.ts";
import type { ChatContext, SlashRow } from "./slash_row.ts";
import { jsonLine } from "../../base/json_line.ts";
import { outboxLine } from "./outbox.ts";

/** `/ls`. */
const LS_ROW: SlashRow = {
  name: "ls",
  group: "Files",
  summary: "list the files that /send takes by number",
  details:
    "The files in the folder that outbox in config.toml names; otherwise in the folder from where the program was started, if there is one, or in that folder itself.",
  options: [{ flag: "--json", summary: 'as {"0": "name"}' }],
  examples: [{ line: "ls", summary: "number, name, size, type, time of change" }],
  async run(chat, { values }) {
    const files = await outbox(chat);
    if (values.has("--json")) {
      const names = Object.fromEntries(files.map(({ number, name }) => [String(number), name]));
      const lines = chat.voice?.files(names) ?? [jsonLine(names)];
      return await chat.printAll(lines);
    }
    if (files.length === 0) await chat.print("* no files here");
    // One after the other: there may be more than may be open at once.
    await chat.printAll(await Array.fromAsync(files, outboxLine));
  },
};

const [SENDS] = SEND_FILES.rows.map(whole);

/** Files may be named by a number of `/ls`, and the one whom they are for may stand before them. */
const SENDING_ROWS = [...slashRowsOf(SEND_FILES), ...slashRowsOf(SEND_STRAIGHT)].map(
  ({ run, ...row }): SlashRow => ({
    ...row,
    async run(chat, { values, to, ...call }) {
      const given = whole(row).arguments.flatMap(({ name }) => values.words(name));
      const { partner, what } = await readAddressed(chat, given, to);
      if (partner.peer === chat.people.own.account) {
        throw new UsageError("to-yourself", "This is you: choose another name");
      }
      if (what.length === 0) {
        throw new UsageError("no-file", "Say which file: a path, or a number of /ls");
      }
      const paths = await findPaths(chat, partner, what);
      if (paths === undefined) return;
      const { options } = values.toJSON();
      const found = CommandValues.from(SENDS, { arguments: { PATH: paths }, options });
      await run(chat, { ...call, values: found, to: partner });
    },
  }),
);

/** `/ls`, `/send`, `/upd`, `/direct`, and what answers and moves what is offered. */
export const FILE_ROWS: readonly SlashRow[] = [
  LS_ROW,
  ...SENDING_ROWS,
  ...slashRowsOf(DIRECT),
  ...ANSWER_ROWS,
  ...slashRowsOf(TRANSFERS),
];

/**
 * Undefined when the words may have been meant as a message: then the person is asked. In a classic shell texts have commands of
 * their own: there a file that is not there is only that, UsageError `no-such-file`.
 */
async function findPaths(
  chat: ChatContext,
  to: Partner,
  what: readonly string[],
): Promise<readonly string[] | undefined> {
  const paths: string[] = [];
  for (const word of what) {
    const path = await findNamedFile(chat, word);
    if (path === undefined) {
      if (chat.voice !== undefined) {
        throw new UsageError("no-such-file", `No file '${word}'. Nothing was sent`);
      }
      const text = what.join(" ");
      const why = `no file '${text}'.`;
      await doubt(chat, { to, text }, { why, question: "Send it as a message instead?" });
      return undefined;
    }
    paths.push(path);
  }
  return paths;
}
