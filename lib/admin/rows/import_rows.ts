/** `user import FILE`: accounts with ready passwords, one a line (row S3.11). */

import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { decodeUtf8 } from "../../base/bytes.ts";
import { UsageError } from "../../base/errors.ts";
import type { CommandResult } from "../../commands/command_row.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Report } from "../../commands/wording.ts";
import { type ImportedUser, importUser, prepareUser } from "../../server/auth/user_import.ts";
import { openServerKeys } from "../../server/keys/server_keys.ts";
import { readSmallFile } from "../../storage/private_files.ts";
import { type AdminIo, resolvePath } from "../admin_io.ts";
import type { Gathered, OperatorCommands, OperatorContext } from "../operator_row.ts";

/** Ten thousand lines with long names and passwords. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** Every kind of report of these commands. */
interface ImportKinds {
  "no-file": { readonly path: string };
  "imported": ImportedUser;
  "line-refused": { readonly number: number; readonly reason: string };
  "hand-out": Record<never, never>;
}

interface Line {
  readonly number: number;
  readonly name: string;
  readonly password: string;
}

const NUMBERED = { number: Type.Integer(), name: Type.String() };
const PREPARED = Type.Array(
  Type.Union([
    Type.Object({ ...NUMBERED, record: Type.String() }),
    Type.Object({ ...NUMBERED, reason: Type.String() }),
  ]),
);

/** Each line is a name, a blank, and the password, which may hold blanks. No password leaves this process. */
async function readList(io: AdminIo, values: CommandValues, folder: string): Promise<Gathered> {
  const { clock, random } = io;
  const path = resolvePath(io, values.required("FILE"));
  const lines = await readLines(path);
  if (lines === undefined) return { given: { missing: path } };
  const { passwords } = await openServerKeys(folder, { hasAccounts: true, clock, random });
  const accounts: unknown[] = [];
  for (const { number, ...line } of lines) {
    accounts.push({ number, ...await prepareUser(passwords, line) });
  }
  return { given: { accounts: JSON.stringify(accounts) } };
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

async function importUsers(
  { store, clock, gathered: { missing, accounts } }: OperatorContext,
): Promise<CommandResult<ImportKinds>> {
  if (missing !== undefined) {
    return { reports: [{ kind: "no-file", facts: { path: missing } }], exit: EXIT.unknown };
  }
  const prepared: unknown = accounts && JSON.parse(accounts);
  if (!Value.Check(PREPARED, prepared)) {
    throw new UsageError("no-input", "Cannot import accounts: the list was not read");
  }
  const reports: Report<ImportKinds>[] = [];
  let refused = 0;
  for (const { number, ...one } of prepared) {
    const imported = await importUser(store, one, clock.nowMs());
    reports.push({ kind: "imported", facts: imported });
    if (imported.result === "imported") continue;
    refused++;
    reports.push({ kind: "line-refused", facts: { number, reason: imported.reason } });
  }
  if (refused < prepared.length) reports.push({ kind: "hand-out", facts: {} });
  return { reports, exit: refused === 0 ? EXIT.done : EXIT.refused };
}

/** Accounts out of a list. */
export const IMPORT_COMMANDS: OperatorCommands<ImportKinds> = {
  rows: [{
    name: "user import",
    group: "People",
    needs: [],
    summary: "make accounts from a list of names and passwords",
    details:
      "A line each: the name, a blank, and the password, which may hold blanks and any character. Empty lines and lines that " +
      "begin with # are skipped. Passwords are hashed at once and never kept. Whoever signs in for the first time gets a new " +
      "identity, which only that person has, and is told that you chose the password.",
    arguments: [{ name: "FILE", summary: "the list, UTF-8", required: true }],
    examples: [{ line: "user import credentials.txt", summary: "beside a running server, too" }],
    exitCodes: [4, 6],
    gather: readList,
    run: importUsers,
  }],
  wording: {
    "no-file": { isNote: true, line: ({ path }) => `Cannot read ${path}: there is no such file` },
    "imported": {
      line: (facts) => facts.result === "imported" ? `Imported ${facts.name}` : [],
    },
    "line-refused": { isNote: true, line: ({ number, reason }) => `Line ${number}: ${reason}` },
    "hand-out": {
      isNote: true,
      line: () =>
        "Hand each their password by a safe way and delete the file: whoever signs in is told that you chose it",
    },
  },
};
