/** The commands that make an account, or bring it to this machine, and their words. */

import { parseAccountName } from "../../base/account_name.ts";
import { utf8 } from "../../base/bytes.ts";
import { Refusal, UsageError } from "../../base/errors.ts";
import type { KeepRecoveryCode } from "../../client/account/new_device.ts";
import { result, type Running } from "../../commands/command_row.ts";
import type { OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { Report, Wording } from "../../commands/wording.ts";
import { createPrivateFile } from "../../storage/atomic_file.ts";
import {
  type Entered,
  enterKnown,
  enterNew,
  type EntryContext,
  IMPORTED_PASSWORD,
} from "../entering.ts";
import type { Client } from "../../client/client.ts";
import { showRoom } from "../names.ts";
import { RoomLabels } from "../rooms/room_labels.ts";
import { adviceOnPassword } from "../password_advice.ts";
import { PASSWORD_OPTION, type PersonCommands, type PersonRow } from "../person_row.ts";
import { whileTelling } from "../while_telling.ts";

/** Every kind of report of these commands. */
export interface RegisterKinds {
  "password-advice": { readonly advice: string };
  "making-keys": Record<never, never>;
  "recovery-code": { readonly code: string };
  "recovery-code-kept": { readonly file: string };
  "link-code": { readonly code: string; readonly expiresMs: number };
  "failed-tries": { readonly count: number };
  "imported-password": Record<never, never>;
  "lobby": { readonly shown: string; readonly notice: string };
  "signed-in": Pick<Entered["signedIn"], "account" | "name"> & { readonly session: number };
}

type RegisterReport = Report<RegisterKinds>;

const WORDING: Wording<RegisterKinds> = {
  "password-advice": { isNote: true, line: ({ advice }) => advice },
  "making-keys": { isNote: true, line: () => "Creating your keys" },
  "recovery-code": {
    isNote: true,
    line: ({ code }) =>
      `Your recovery code: ${code}\nYou see it only now: write it down.\nLose this code and all your devices, and the account is gone`,
  },
  "recovery-code-kept": {
    isNote: true,
    line: ({ file }) => `The recovery code is in ${file}: keep a copy elsewhere`,
  },
  "link-code": {
    aside: "always",
    line: ({ code, expiresMs }, { time }) =>
      `Type this on a device that is signed in, until ${
        time(expiresMs)
      }; show it to nobody else:\nheliograph device link ${code}\nor in the chat: /device link ${code}`,
  },
  "failed-tries": {
    isNote: true,
    line: ({ count }) => `Failed attempts to sign in since your last visit: ${count}`,
  },
  "lobby": {
    isNote: true,
    line: ({ shown, notice }) => `This server's lobby is ${shown}: ${notice}`,
  },
  "imported-password": { isNote: true, line: () => IMPORTED_PASSWORD },
  "signed-in": { line: ({ name }) => `Welcome ${name}` },
};

/** Options of commands that may meet a server for the first time. */
export const TRUST_OPTIONS: readonly OptionSpec[] = [
  {
    flag: "--trust",
    valueName: "FINGERPRINT",
    summary: "the server's fingerprint, SHA256:…, or the word first-use",
  },
  { flag: "--invite-file", valueName: "FILE", summary: "an invite; - reads standard input" },
  { flag: "--forget-server", summary: "forget the certificate pinned for this server" },
];

/** For commands that sign in. */
export const REMEMBER_OPTION: OptionSpec = {
  flag: "--no-remember",
  summary: "do not stay signed in: every command asks for the password",
};

const RECOVERY_OPTION: OptionSpec = {
  flag: "--recovery-file",
  valueName: "FILE",
  summary: "write the recovery code to a new file instead of showing it",
};

const COMMON = { group: "Account", needs: ["server"], slash: "none" } as const;

const register: PersonRow<RegisterKinds, EntryContext> = {
  ...COMMON,
  name: "register",
  summary: "create an account on a server",
  details: "Creates the account's keys on this machine. The server never sees the password.",
  arguments: [{ name: "NAME", takes: "free", summary: "1 to 90 characters", required: true }],
  options: [PASSWORD_OPTION, ...TRUST_OPTIONS, RECOVERY_OPTION, REMEMBER_OPTION],
  examples: [
    { line: "register alice --server chat.example.org", summary: "asks for the rest" },
    {
      line: "register alice --password-file pw --recovery-file code",
      summary: "asks nothing if the server is known",
    },
  ],
  exitCodes: [5, 6, 7, 10],
  async *run(context, values): Running<RegisterKinds> {
    const name = readName(values);
    const keeper = await context.keeper();
    const { token, handshake, greetAgain } = await context.greet(values);
    const file = values.option(PASSWORD_OPTION.flag);
    const about = [name, handshake.serverName];
    const question = `New password for ${name}`;
    const password = await context.ask.secret(question, { file, isNew: true, about });
    const advice = await adviceOnPassword(password, { isTyped: file === undefined, about });
    if (advice !== undefined) yield result("password-advice", { advice }).reports;
    yield result("making-keys", {}).reports;
    const { clock, random } = context;
    const remember = !values.has(REMEMBER_OPTION.flag);
    const entered = yield* whileTelling((tell: (told: RegisterReport) => Promise<void>) =>
      enterNew(
        { handshake, greetAgain, keeper, name, password, remember, clock, random },
        { token, keepRecoveryCode: keepRecoveryCode(context, values, tell) },
      )
    );
    return { reports: await welcome(context, entered, true) };
  },
};

const login: PersonRow<RegisterKinds, EntryContext> = {
  ...COMMON,
  name: "login",
  summary: "sign in on this machine",
  details:
    "A new machine also needs the account's identity key: from another device that is signed in, from the recovery code, or as a new identity, which all your contacts see. It gets no history.",
  arguments: [{ name: "NAME", takes: "free", summary: "your account", required: true }],
  options: [
    PASSWORD_OPTION,
    ...TRUST_OPTIONS,
    {
      flag: "--link",
      summary: "show a code to type on another device: device link",
    },
    {
      flag: "--recovery-code-file",
      valueName: "FILE",
      summary: "the recovery code from the registration; - reads standard input",
    },
    {
      flag: "--reset-identity",
      summary: "give the account a new identity; signs out all its devices",
    },
    RECOVERY_OPTION,
    REMEMBER_OPTION,
  ],
  examples: [
    { line: "login alice", summary: "asks for the password" },
    { line: "login alice --link", summary: "on a new machine, by another device" },
    {
      line: "login alice --recovery-code-file code --trust first-use",
      summary: "on a new machine",
    },
  ],
  exitCodes: [3, 5, 6, 7, 10],
  async *run(context, values, { signal }): Running<RegisterKinds> {
    // Nobody has it: no try of anybody's is used up by that.
    const name = readName(values);
    const keeper = await context.keeper();
    const password = await context.ask.secret(`Password of ${name}`, {
      file: values.option(PASSWORD_OPTION.flag),
    });
    const { handshake, greetAgain } = await context.greet(values, password);
    const { clock, random } = context;
    const remember = !values.has(REMEMBER_OPTION.flag);
    const entered = yield* whileTelling((tell: (told: RegisterReport) => Promise<void>) =>
      enterKnown(
        { handshake, greetAgain, keeper, name, password, remember, clock, random },
        {
          recoveryCode: () => recoveryCode(context, values),
          showLinkCode: (code, expiresMs) =>
            tell({ kind: "link-code", facts: { code, expiresMs } }),
          signal,
          keepRecoveryCode: keepRecoveryCode(context, values, tell),
          resets: values.has("--reset-identity"),
        },
      )
    );
    return { reports: await welcome(context, entered) };
  },
};

/** Throws UsageError `bad-name`. */
function readName(values: CommandValues): string {
  const name = values.required("NAME");
  const parsed = parseAccountName(name);
  if (!parsed.ok) throw new UsageError("bad-name", parsed.message);
  return name;
}

/** Keeps the code where the person said, before the account exists. */
function keepRecoveryCode(
  { resolve }: EntryContext,
  values: CommandValues,
  tell: (told: RegisterReport) => Promise<void>,
): KeepRecoveryCode {
  return async (code) => {
    const file = values.option(RECOVERY_OPTION.flag);
    if (file === undefined) return await tell({ kind: "recovery-code", facts: { code } });
    await createPrivateFile(resolve(file), utf8(`${code}\n`));
    await tell({ kind: "recovery-code-kept", facts: { file } });
  };
}

async function recoveryCode(
  { ask }: EntryContext,
  values: CommandValues,
): Promise<string | undefined> {
  if (values.has("--link")) return undefined;
  const file = values.option("--recovery-code-file");
  if (file !== undefined) return await ask.secret("Recovery code", { file, mayBeEmpty: true });
  if (!ask.isPossible) throw new Refusal("not-linked", "This device is not linked to the account");
  const code = await ask.text("Recovery code (empty: link by another device):");
  return code.trim() === "" ? undefined : code;
}

/** Takes up what waits, and says who is here. */
async function welcome(
  { own }: EntryContext,
  { client, signedIn }: Entered,
  isNew = false,
): Promise<readonly RegisterReport[]> {
  await own(client);
  await client.sync();
  const { account, name, sessionNumber: session, failedTries, isImported } = signedIn;
  return [
    ...failedTries > 0 ? result("failed-tries", { count: failedTries }).reports : [],
    ...isImported ? result("imported-password", {}).reports : [],
    ...result("signed-in", { account, name, session }).reports,
    ...isNew ? await lobbyReports(client) : [],
  ];
}

/** Where somebody who knows nobody can write: nothing if the server has no lobby. */
export async function lobbyReports(client: Client): Promise<readonly RegisterReport[]> {
  const labels = await RoomLabels.of(client);
  return labels.listed.flatMap(({ label, notice }) =>
    notice === undefined ? [] : result("lobby", { shown: showRoom(label), notice }).reports
  );
}

/** `register` and `login`. */
export const REGISTERING: PersonCommands<RegisterKinds, EntryContext> = {
  rows: [register, login],
  wording: WORDING,
};
