/** `user import FILE`: accounts with ready passwords, one a line (row S3.11). */

import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { decodeUtf8 } from "../../base/bytes.ts";
import { UsageError } from "../../base/errors.ts";
import { parseJson } from "../../base/json_line.ts";
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

/** In one transaction: whoever waits for the answer gets it in time. */
const AT_ONCE = 500;

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
  const prepared = parseJson(accounts ?? "");
  if (!Value.Check(PREPARED, prepared)) {
    throw new UsageError("no-input", "Cannot import accounts: the list was not read");
  }
  const reports: Report<ImportKinds>[] = [];
  let refused = 0;
  for (let at = 0; at < prepared.length; at += AT_ONCE) {
    const nowMs = clock.nowMs();
    const some = prepared.slice(at, at + AT_ONCE);
    const became = await Promise.all(
      some.map(({ number: _, ...one }) => importUser(store, one, nowMs)),
    );
    for (const [i, facts] of became.entries()) {
      reports.push({ kind: "imported", facts });
      if (facts.result === "imported") continue;
      refused++;
      const { number } = some[i];
      reports.push({ kind: "line-refused", facts: { number, reason: facts.reason } });
    }
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
    summary: "create accounts from a list of names and passwords",
    details:
      "One line each: the name, a blank, and the password, which may contain blanks and any character. Empty lines and lines that " +
      "start with # are skipped. Passwords are hashed at once and never stored. At the first sign-in each person gets a new " +
      "identity, which only they have, and sees that you chose the password.",
    arguments: [{ name: "FILE", summary: "the list, UTF-8", required: true }],
    examples: [{ line: "user import credentials.txt", summary: "works beside a running server" }],
    exitCodes: [4, 6],
    gather: readList,
    run: importUsers,
  }],
  wording: {
    "no-file": { isNote: true, line: ({ path }) => `Cannot read ${path}: no such file` },
    "imported": {
      line: (facts) => facts.result === "imported" ? `Imported ${facts.name}` : [],
    },
    "line-refused": { isNote: true, line: ({ number, reason }) => `Line ${number}: ${reason}` },
    "hand-out": {
      isNote: true,
      line: () =>
        "Give each person their password over a safe channel and delete the file. They see at sign-in that you chose it",
    },
  },
};
