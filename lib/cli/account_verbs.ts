/** Verbs that make one's account, or bring it to this machine: register, login. */

import { adviceOnPassword } from "../app/password_advice.ts";
import { Refusal, UsageError } from "../base/errors.ts";
import { parseAccountName } from "../base/account_name.ts";
import { utf8 } from "../base/bytes.ts";
import type { KeepRecoveryCode } from "../client/account/new_device.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { createPrivateFile } from "../storage/atomic_file.ts";
import type { Context } from "./context.ts";
import { type Entered, enterKnown, enterNew, IMPORTED_PASSWORD } from "./entering.ts";
import { greetByOptions, stillHandshake } from "./first_contact.ts";
import { showLinkCode } from "./link_code.ts";
import { PASSWORD_OPTION } from "../app/person_row.ts";
import { REMEMBER_OPTION, TRUST_OPTIONS, type Verb } from "./verb.ts";

const RECOVERY_OPTION = {
  flag: "--recovery-file",
  valueName: "FILE",
  summary: "write the recovery code to a new file of yours instead of showing it",
};

/** Keeps the code where the person said, before the account exists. */
function keepRecoveryCode(context: Context, values: CommandValues): KeepRecoveryCode {
  return async (code) => {
    const file = values.option("--recovery-file");
    if (file !== undefined) {
      await createPrivateFile(context.person.path(file), utf8(`${code}\n`));
      await context.output.note(`The recovery code is in ${file}: keep a copy elsewhere`);
      return;
    }
    await context.output.note(
      `Your recovery code: ${code}\nIt is shown only once: write it down.\nWithout it, or another device of yours, the account is lost with this disk`,
    );
  };
}

function requireName(name: string): void {
  const parsed = parseAccountName(name);
  if (!parsed.ok) throw new UsageError("bad-name", parsed.message);
}

/** Takes up what waits, and says who is here. */
async function finish(context: Context, { client, signedIn }: Entered): Promise<ExitCode> {
  await context.own(client);
  await client.sync();
  if (signedIn.failedTries > 0) {
    await context.output.note(
      `Failed tries to sign in to this account since you were last here: ${signedIn.failedTries}`,
    );
  }
  if (signedIn.isImported) await context.output.note(IMPORTED_PASSWORD);
  await context.output.fact(
    "signed-in",
    { account: signedIn.account, name: signedIn.name, session: signedIn.sessionNumber },
    `Welcome ${signedIn.name}`,
  );
  return EXIT.done;
}

const registerVerb: Verb = {
  name: "register",
  group: "Account",
  summary: "make an account on a server",
  details: "Makes the account's keys here, on this machine. The server never sees the password.",
  arguments: [{ name: "NAME", takes: "free", summary: "1 to 90 characters", required: true }],
  options: [PASSWORD_OPTION, ...TRUST_OPTIONS, RECOVERY_OPTION, REMEMBER_OPTION],
  examples: [
    { line: "register alice --server chat.example.org", summary: "asks for what it needs" },
    {
      line: "register alice --password-file pw --recovery-file code",
      summary: "asks nothing, where the server is known",
    },
  ],
  exitCodes: [5, 6, 7, 10],
  async run(context, values) {
    const name = values.required("NAME");
    requireName(name);
    const keeper = await context.keeper();
    const contact = await greetByOptions(context, values);
    const password = await context.person.secret(`New password for ${name}`, {
      file: values.option("--password-file"),
      isNew: true,
    });
    const advice = adviceOnPassword(password);
    if (advice !== undefined) await context.output.note(advice);
    await context.output.note("Making your keys");
    const { clock, random } = context.options;
    const remember = !values.has("--no-remember");
    const { invite, greetAgain } = contact;
    const handshake = await stillHandshake(contact);
    const entered = await enterNew(
      { handshake, greetAgain, keeper, name, password, remember, clock, random },
      { token: invite?.token, keepRecoveryCode: keepRecoveryCode(context, values) },
    );
    return await finish(context, entered);
  },
};

const loginVerb: Verb = {
  name: "login",
  group: "Account",
  summary: "sign in on this machine",
  details:
    "On a new machine the account's identity key is needed too: by another device of yours that is signed in, by the recovery code, or by a new identity, of which everyone you know is told. Nothing that was said before comes along.",
  arguments: [{ name: "NAME", takes: "free", summary: "your account", required: true }],
  options: [
    PASSWORD_OPTION,
    ...TRUST_OPTIONS,
    {
      flag: "--link",
      summary: "shows a code, to be typed at another device of yours: device link",
    },
    {
      flag: "--recovery-code-file",
      valueName: "FILE",
      summary: "the recovery code of the registration; - reads standard input",
    },
    { flag: "--reset-identity", summary: "give the account a new identity; ends all its devices" },
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
  async run(context, values) {
    const name = values.required("NAME");
    // Nobody has it: no try of anybody's is used up by that.
    requireName(name);
    const keeper = await context.keeper();
    const password = await context.person.secret(`Password of ${name}`, {
      file: values.option("--password-file"),
    });
    const own = await context.ownServer(password);
    const { handshake, greetAgain } = await greetByOptions(context, values, own);
    const { clock, random } = context.options;
    const remember = !values.has("--no-remember");
    const entered = await enterKnown(
      { handshake, greetAgain, keeper, name, password, remember, clock, random },
      {
        recoveryCode: () => recoveryCode(context, values),
        showLinkCode: (code, expiresMs) => showLinkCode(context, code, expiresMs),
        signal: context.signal,
        keepRecoveryCode: keepRecoveryCode(context, values),
        resets: values.has("--reset-identity"),
      },
    );
    return await finish(context, entered);
  },
};

async function recoveryCode(
  context: Context,
  values: CommandValues,
): Promise<string | undefined> {
  if (values.has("--link")) return undefined;
  const file = values.option("--recovery-code-file");
  if (file !== undefined) return await context.person.secret("Recovery code", { file });
  if (context.person.isPossible) {
    const code = await context.person.text("Recovery code (empty: link by another device):");
    return code.trim() === "" ? undefined : code;
  }
  throw new Refusal("not-linked", "This device is not linked to the account");
}

/** The verbs that begin with a name and a password. */
export const ACCOUNT_VERBS: readonly Verb[] = [registerVerb, loginVerb];
