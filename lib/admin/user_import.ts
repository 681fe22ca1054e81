/** `user import FILE`: accounts with ready passwords, one a line (row S3.11). */

import { UsageError } from "../base/errors.ts";
import { decodeUtf8 } from "../base/bytes.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { openServerKeys } from "../server/keys/server_keys.ts";
import { importUser } from "../server/auth/user_import.ts";
import { jsonLine } from "./admin_command.ts";
import { type AdminIo, dataFolder, resolvePath } from "./admin_io.ts";
import { readSmallFile } from "../storage/private_files.ts";
import { openDataStore } from "./data_store.ts";

/** Ten thousand lines with long names and passwords. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** Each line is a name, a blank, and the password, which may hold blanks. Throws StorageError, UsageError. */
export async function importUsers(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const folder = dataFolder(io, values.option("--data"));
  const path = resolvePath(io, values.required("FILE"));
  const lines = await readLines(path);
  if (lines === undefined) {
    await io.note(`Cannot read ${path}: there is no such file`);
    return EXIT.unknown;
  }
  await using store = await openDataStore(folder);
  const { clock, random } = io;
  const { passwords } = await openServerKeys(folder, { hasAccounts: true, clock, random });
  let refused = 0;
  for (const { name, password, number } of lines) {
    const nowMs = clock.nowMs();
    const imported = await importUser({ store, passwords }, { name, password, nowMs });
    if (imported.result === "refused") refused++;
    if (values.has("--json")) await io.out(jsonLine("imported", { name, ...imported }));
    else if (imported.result === "imported") await io.out(`Imported ${imported.name}`);
    else await io.note(`Line ${number}: ${imported.reason}`);
  }
  if (refused < lines.length) {
    await io.note(
      "Hand each their password by a safe way and delete the file: whoever signs in is told that you chose it",
    );
  }
  return refused === 0 ? EXIT.done : EXIT.refused;
}

interface Line {
  readonly number: number;
  readonly name: string;
  readonly password: string;
}

/** Undefined when there is no such file. */
async function readLines(path: string): Promise<readonly Line[] | undefined> {
  const bytes = await readSmallFile(path, MAX_FILE_BYTES);
  if (bytes === undefined) return undefined;
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new UsageError("bad-file", `Cannot read ${path}: it is not UTF-8`);
  // Windows' editors put a byte order mark before the first name.
  return text.replace(/^\uFEFF/, "").split(/\r?\n/).flatMap((line, i) => {
    if (line.trim() === "" || line.startsWith("#")) return [];
    const at = line.search(/[ \t]/);
    const [name, password] = at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
    return [{ number: i + 1, name, password }];
  });
}
