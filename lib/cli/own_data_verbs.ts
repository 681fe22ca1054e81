/** Verbs about all that is one's own: export it, delete the account. */

import type { CommandSpec } from "../commands/command_table.ts";
import { EXIT } from "../commands/exit_code.ts";
import { endAccount, exportTo, READABLE } from "./own_data.ts";
import { PASSWORD_OPTION, type Verb } from "./verb.ts";

/** As a verb and as a slash command. */
export const EXPORT_ROW = {
  name: "export",
  aliases: [],
  group: "Account",
  summary: "write your contacts and all that was said to a file",
  details:
    "One JSON object a line, in a new file of yours; it never overwrites one. It holds no keys, but whoever gets the file reads all of it. It needs no connection.",
  arguments: [{ name: "FILE", summary: "a new one", required: true }],
  options: [],
  examples: [{ line: "export mine.jsonl", summary: "readable by every program" }],
  exitCodes: [3],
} as const satisfies CommandSpec;

/** As a verb and as a slash command. */
export const DELETE_ROW = {
  name: "account delete",
  aliases: [],
  group: "Account",
  summary: "delete your account on the server, for good",
  details:
    "You leave your rooms, your devices and keys are dropped, and nobody can write to you. The name is never given out again, to you neither. What others have received stays with them, and what is on this device stays here, unless --wipe.",
  arguments: [{ name: "NAME", summary: "the account's, to be sure", required: true }],
  options: [
    PASSWORD_OPTION,
    { flag: "--force", summary: "even if rooms are left without an owner" },
  ],
  examples: [{ line: "account delete alice", summary: "asks for the password" }],
  exitCodes: [3, 5, 6, 7],
} as const satisfies CommandSpec;

const exportVerb: Verb = {
  ...EXPORT_ROW,
  async run(context, values) {
    const client = await context.openClient();
    const file = values.required("FILE");
    const lines = await exportTo(client, context.person.path(file));
    await context.output.note(READABLE);
    await context.output.fact("data-exported", { file, lines }, `${lines} lines are in ${file}`);
    return EXIT.done;
  },
};

const deleteVerb: Verb = {
  ...DELETE_ROW,
  options: [
    ...DELETE_ROW.options,
    { flag: "--wipe", summary: "destroy this profile's keys, messages and contacts too" },
  ],
  async run(context, values) {
    const keeper = await context.keeper();
    const client = await context.connectClient();
    const { account, name } = client.profile.own;
    await client.receiving(async (caughtUp) => {
      await caughtUp;
      await endAccount({
        client,
        values,
        password: () =>
          context.person.password(values.option("--password-file"), {
            twice: false,
            prompt: `Password of ${name}`,
          }),
        greet: () => context.greetFor(client, context.signal),
      });
    });
    await client.close();
    const wiped = values.has("--wipe");
    if (wiped) await keeper.wipe();
    await context.output.fact(
      "account-deleted",
      { account, wiped },
      `The account ${name} is deleted`,
    );
    return EXIT.done;
  },
};

/** The verbs about one's own data. */
export const OWN_DATA_VERBS: readonly Verb[] = [exportVerb, deleteVerb];
