/** The questions of a first run: which server, new or known, name and password (rows S0.17, S2.03). */

import { Refusal, TransportError, TrustError, UsageError } from "../../base/errors.ts";
import { parseAccountName } from "../../base/account_name.ts";
import { utf8 } from "../../base/bytes.ts";
import type { Client } from "../../client/client.ts";
import type { ProfileKeeper } from "../../client/profile/keeper.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { createPrivateFile } from "../../storage/atomic_file.ts";
import type { Context } from "../context.ts";
import { enterKnown, enterNew, type Entrance } from "../entering.ts";
import { describeThrown } from "../failure_words.ts";
import { type FirstContact, greetByAnswer } from "../first_contact.ts";

/** Refusals after which another answer may do. */
const TRY_AGAIN: ReadonlySet<string> = new Set([
  "bad-name",
  "bad-recovery-code",
  "different-passwords",
  "empty-password",
  "name-refused",
  "name-taken",
  "wrong-credentials",
]);

/** Asks until somebody is signed in. Throws what no other answer can mend, and Refusal `interrupted` at ctrl-C. */
export async function firstRun(
  context: Context,
  values: CommandValues,
  keeper: ProfileKeeper,
): Promise<Client> {
  const { output, person } = context;
  const contact = await meetServer(context, values);
  const { greeted } = contact;
  await output.note(`Connected to server. Welcome to ${greeted.serverName}!`);
  const canRegister = !keeper.hasAccount && greeted.registration !== "closed";
  const isNew = canRegister && await person.confirm("New user?", true);
  for (;;) {
    try {
      const client = await enter(context, { contact, keeper, isNew, values });
      if (values.has("--no-remember")) await output.note("You will be asked again next time");
      return client;
    } catch (error) {
      if (!isMendable(error)) throw error;
      await output.note(describeThrown(error).text);
    }
  }
}

/** Asks for the server until one answers. */
async function meetServer(context: Context, values: CommandValues): Promise<FirstContact> {
  for (;;) {
    try {
      return await greetByAnswer(context, values);
    } catch (error) {
      const isWrong = error instanceof TransportError || error instanceof UsageError;
      // With an option, asking again would try the same again.
      if (!isWrong || error.code === "no-input" || context.options.server !== undefined) {
        throw error;
      }
      await context.output.note(error.message);
    }
  }
}

async function enter(
  context: Context,
  facts: {
    contact: FirstContact;
    keeper: ProfileKeeper;
    isNew: boolean;
    values: CommandValues;
  },
): Promise<Client> {
  const { person, output } = context;
  const { contact: { greeted, invite }, keeper, isNew, values } = facts;
  const name = await askName(context);
  const password = await person.password(undefined, { twice: isNew, prompt: "PWD" });
  await output.note(isNew ? "Making your keys" : "Signing in");
  const { clock, random } = context.options;
  const remember = !values.has("--no-remember");
  const entrance: Entrance = { greeted, keeper, name, password, remember, clock, random };
  const entered = isNew
    ? await enterNew(entrance, {
      token: invite?.token,
      keepRecoveryCode: (code) => keepRecoveryCode(context, name, code),
    })
    : await enterKnown(entrance, {
      recoveryCode: () => askRecoveryCode(context, name),
      reset: undefined,
    });
  return entered.client;
}

async function askName({ person }: Context): Promise<string> {
  const name = (await person.ask("USER:")).trim();
  const parsed = parseAccountName(name);
  if (!parsed.ok) throw new UsageError("bad-name", parsed.message);
  return name;
}

async function askRecoveryCode({ person, output }: Context, name: string): Promise<string> {
  await output.note(
    "This machine is new to your account. The recovery code that you were given when you registered brings its keys here",
  );
  const code = await person.ask("Recovery code (empty: I have none):");
  if (code.trim() !== "") return code;
  throw new Refusal(
    "no-recovery-code",
    `Without it, the account can only be given a new identity, of which everyone you know is told: heliograph login ${name} --reset-identity`,
  );
}

/** Shows the code once, and offers to save it. The account is made only after that. */
async function keepRecoveryCode(context: Context, name: string, code: string): Promise<void> {
  const { output, person } = context;
  await output.note(
    `Your recovery code: ${code}\nIt is shown only once: write it down. Without it, or another device of yours,\nthe account is lost with this disk`,
  );
  if (!await person.confirm("Save it to a file too?", false)) return;
  for (;;) {
    const answer = await person.ask(`File (empty: ${defaultFile(name)}):`);
    const file = answer.trim() === "" ? defaultFile(name) : answer.trim();
    try {
      await createPrivateFile(person.path(file), utf8(`${code}\n`));
      return await output.note(`The recovery code is in ${file}: keep a copy elsewhere`);
    } catch (error) {
      await output.note(`Cannot write ${file}: ${describeThrown(error).text}`);
    }
  }
}

function defaultFile(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N}_-]/gu, "_");
  return `heliograph-recovery-${safe}.txt`;
}

function isMendable(error: unknown): boolean {
  const isNo = error instanceof Refusal || error instanceof UsageError ||
    error instanceof TrustError;
  return isNo && TRY_AGAIN.has(error.code);
}
