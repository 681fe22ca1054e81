/** Exporting all that is one's own, and deleting the account: for the verbs and the slash commands. */

import { parseAccountName } from "../base/account_name.ts";
import { utf8 } from "../base/bytes.ts";
import { UsageError } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import { deleteAccount } from "../client/deletion.ts";
import { exportLines } from "../client/export.ts";
import type { Greeted } from "../client/greeting.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { writeAll } from "../storage/archive.ts";
import { createFileAtomically } from "../storage/atomic_file.ts";
import { jsonLine } from "../terminal/json_line.ts";

/** What a person should know of an export. */
export const READABLE = "It is readable as it is: whoever gets the file reads everything in it";

/** Writes a new file, mode 0600; returns its lines. Throws StorageError `already-exists`. */
export async function exportTo(client: Client, path: string): Promise<number> {
  return await createFileAtomically(path, async (file) => {
    let lines = 0;
    for await (const line of exportLines(client)) {
      await writeAll(file, utf8(`${jsonLine({ v: 1, ...line })}\n`));
      lines++;
    }
    return lines;
  });
}

/** What deleting an account needs beside the client. */
export interface Farewell {
  readonly client: Client;
  readonly values: CommandValues;
  password(): Promise<string>;
  /** Another connection to the same server. */
  greet(): Promise<Greeted>;
}

/** Deletes the account of the name that was said. Throws UsageError `other-account`, and as `deleteAccount`. */
export async function endAccount({ client, values, password, greet }: Farewell): Promise<void> {
  const { own } = client.profile;
  const parsed = parseAccountName(values.required("NAME"));
  if (!parsed.ok || parsed.id !== own.account) {
    throw new UsageError("other-account", `This profile is ${own.name}'s: nothing was done`);
  }
  const given = { password: await password(), force: values.has("--force") };
  const greeted = await greet();
  try {
    await deleteAccount(client, greeted, given);
  } finally {
    await greeted.link.close();
  }
}
