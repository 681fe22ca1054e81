/** The questions of a first run: which server, new or known, name and password (rows S0.17, S2.03). */

import { Refusal, TransportError, TrustError, UsageError } from "../../base/errors.ts";
import { parseAccountName } from "../../base/account_name.ts";
import type { Client } from "../../client/client.ts";
import type { ProfileKeeper } from "../../client/profile/keeper.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { Context } from "../context.ts";
import { enterKnown, enterNew, type Entrance, IMPORTED_PASSWORD } from "../entering.ts";
import { showLinkCode } from "../devices/link_code.ts";
import { describeThrown } from "../failure_words.ts";
import { type FirstContact, greetByAnswer, type NoServer, stillGreeted } from "../first_contact.ts";
import { askRecoveryCode, keepRecoveryCode } from "./recovery_questions.ts";

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

/**
 * Asks until somebody is signed in, or wants no server. Throws what no other answer can mend, and Refusal `interrupted` at ctrl-C.
 */
export async function firstRun(
  context: Context,
  values: CommandValues,
  keeper: ProfileKeeper,
): Promise<Client | NoServer> {
  const { output, person } = context;
  const contact = await meetServer(context, values);
  if (contact === "no-server") return contact;
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
async function meetServer(
  context: Context,
  values: CommandValues,
): Promise<FirstContact | NoServer> {
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
  const { contact, keeper, isNew, values } = facts;
  const { invite, greetAgain } = contact;
  const name = await askName(context);
  const password = await person.password(undefined, { twice: isNew, prompt: "PWD" });
  await output.note(isNew ? "Making your keys" : "Signing in");
  const { clock, random } = context.options;
  const remember = !values.has("--no-remember");
  const greeted = await stillGreeted(contact);
  const entrance: Entrance = {
    greeted,
    greetAgain,
    keeper,
    name,
    password,
    remember,
    clock,
    random,
  };
  const entered = isNew
    ? await enterNew(entrance, {
      token: invite?.token,
      keepRecoveryCode: (code) => keepRecoveryCode(context, name, code),
    })
    : await enterKnown(entrance, {
      recoveryCode: () => askRecoveryCode(context, { name, server: greeted.address }),
      showLinkCode: (code, expiresMs) => showLinkCode(context, code, expiresMs),
      signal: context.signal,
      keepRecoveryCode: (code) => keepRecoveryCode(context, name, code),
      resets: false,
    });
  if (entered.signedIn.isImported) await output.note(IMPORTED_PASSWORD);
  return entered.client;
}

async function askName({ person }: Context): Promise<string> {
  const name = (await person.ask("USER:")).trim();
  const parsed = parseAccountName(name);
  if (!parsed.ok) throw new UsageError("bad-name", parsed.message);
  return name;
}

function isMendable(error: unknown): boolean {
  const isNo = error instanceof Refusal || error instanceof UsageError ||
    error instanceof TrustError;
  return isNo && TRY_AGAIN.has(error.code);
}
