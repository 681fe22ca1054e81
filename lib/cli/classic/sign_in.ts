/** How somebody comes into a classic shell: its own questions, and underneath the sign-in and the registration of everywhere. */

import { HeliographError, Refusal } from "../../base/errors.ts";
import type { EntryWords } from "../../app/shells/shell.ts";
import {
  type Entered,
  enterKnown,
  enterNew,
  type EntryOptions,
  IMPORTED_PASSWORD,
} from "../../app/entering.ts";
import { REGISTERING } from "../../app/commands/registering.ts";
import { parseAccountName } from "../../base/account_name.ts";
import type { Client } from "../../client/client.ts";
import type { ProfileKeeper } from "../../client/profile/keeper.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { ExitCode } from "../../commands/exit_code.ts";
import type { Context } from "../context.ts";
import { askRecoveryCode, noteRecoveryCode } from "../dialogue/recovery_questions.ts";
import { describeThrown } from "../failure_words.ts";
import { type FirstContact, greetByOptions } from "../first_contact.ts";
import { showReport } from "../person_verbs.ts";

/** Somebody is in, or what the program ends with: why is said already. */
export type CameIn = { readonly client: Client } | { readonly exit: ExitCode };

/** After these another password may do. */
const ANOTHER_PASSWORD: ReadonlySet<string> = new Set([
  "wrong-credentials",
  "different-passwords",
]);
/** And after these another name. */
const ANOTHER_NAME: ReadonlySet<string> = new Set(["bad-name", "name-refused", "name-taken"]);

/** Somebody has it, or only the invited may register: who types it may be who has it. */
const KNOWN_NAME: ReadonlySet<string> = new Set(["name-taken", "token-refused"]);

interface Coming {
  readonly context: Context;
  readonly words: EntryWords;
  readonly values: CommandValues;
  readonly keeper: ProfileKeeper;
  readonly contact: FirstContact;
}

/**
 * Asks until somebody is in. Where nobody can be asked, a profile that is signed in comes in without a question. `values`: of a
 * verb with `TRUST_OPTIONS`. Throws what no other answer can mend.
 */
export async function comeIn(
  context: Context,
  words: EntryWords,
  values: CommandValues,
): Promise<CameIn> {
  const { output, person } = context;
  const keeper = await context.keeper();
  if (!person.isPossible) return { client: await context.openClient() };
  for (const line of words.before) await output.note(line);
  const own = keeper.hasAccount ? await context.lastServer() : undefined;
  const contact = await greetByOptions(context, values, own);
  const coming = { context, words, values, keeper, contact };
  for (;;) {
    const isNew = words.isNew !== undefined && await saysYes(context, words.isNew);
    const name = (await person.text(words.name)).trim();
    if (name === "") continue;
    if (words.trustsProfile && await isSignedIn(keeper, name)) {
      await contact.handshake.link.close();
      return { client: await context.openClient() };
    }
    const came = await enterAs(coming, name, isNew);
    if (came !== undefined) return came;
  }
}

/** `y` or `n`, as the seed asks; asked until it is one of them. */
async function saysYes({ person }: Context, question: string): Promise<boolean> {
  for (;;) {
    const answer = (await person.text(question)).trim().toLowerCase();
    if (answer === "y" || answer === "n") return answer === "y";
  }
}

async function isSignedIn(keeper: ProfileKeeper, name: string): Promise<boolean> {
  if (!keeper.hasAccount || !await keeper.keys.hasSession()) return false;
  const { own } = await keeper.unlock();
  const parsed = parseAccountName(name);
  return parsed.ok && parsed.id === own.account;
}

/** Asks for the password until it is right, if the shell does (row S3.07). Undefined: another name is to be asked for. */
async function enterAs(
  coming: Coming,
  name: string,
  isNew: boolean,
): Promise<CameIn | undefined> {
  const { context, words } = coming;
  const { output, person } = context;
  for (;;) {
    const password = await person.secret(words.password, { mayBeEmpty: true });
    // Another name, or another answer, as in the line dialogue: no try is used up.
    if (password === "") return undefined;
    try {
      const parsed = parseAccountName(name);
      if (!parsed.ok) throw new Refusal("bad-name", parsed.message);
      for (const line of words.entering) await output.note(line);
      const { client, signedIn } = await enter(coming, { name, password }, isNew);
      if (signedIn.isImported) await output.note(IMPORTED_PASSWORD);
      return { client: await context.own(client) };
    } catch (error) {
      if (!(error instanceof HeliographError)) throw error;
      const next = nextAfter(error, words);
      if (next === undefined) throw error;
      const { text, exit, details } = describeThrown(error, { "wrong-credentials": "" });
      await output.note(words.failed({ code: error.code, text: text.trimEnd(), details }));
      if (next === "end") return { exit };
      if (next === "name") return undefined;
    }
  }
}

/** What comes after a failure that the person can do something about; undefined: it is another one. */
function nextAfter(
  error: HeliographError,
  words: EntryWords,
): "password" | "name" | "end" | undefined {
  const { code } = error;
  const isLast = error instanceof Refusal && error.details.attemptsLeft === 0;
  if (code === "locked" || isLast) return "end";
  const isName = ANOTHER_NAME.has(code);
  if (!isName && !ANOTHER_PASSWORD.has(code)) return undefined;
  if (!words.asksAgain) return "end";
  // A second try must not become visible in answer to another question (rows S2.05, S3.07).
  return isName ? "name" : "password";
}

/** In one of the two ways, or by the seed's: a name that nobody has is registered. The server says so before keys are made. */
async function enter(
  coming: Coming,
  typed: Pick<EntryOptions, "name" | "password">,
  isNew: boolean,
): Promise<Entered> {
  const { words, keeper, contact: { handshake } } = coming;
  if (isNew) return await register(coming, typed);
  const mayBeNew = words.registers && !keeper.hasAccount && handshake.registration !== "closed";
  if (!mayBeNew) return await signIn(coming, typed);
  try {
    return await register(coming, typed);
  } catch (error) {
    if (!(error instanceof Refusal) || !KNOWN_NAME.has(error.code)) throw error;
    return await signIn(coming, typed);
  }
}

function entrance(
  { context, keeper, contact, values }: Coming,
  typed: Pick<EntryOptions, "name" | "password">,
): EntryOptions {
  const { clock, random } = context.options;
  return {
    ...typed,
    handshake: contact.handshake,
    greetAgain: contact.greetAgain,
    keeper,
    remember: !values.has("--no-remember"),
    clock,
    random,
  };
}

async function signIn(
  coming: Coming,
  typed: Pick<EntryOptions, "name" | "password">,
): Promise<Entered> {
  const { context, contact: { handshake: { address } } } = coming;
  return await enterKnown(entrance(coming, typed), {
    recoveryCode: () => askRecoveryCode(context, { name: typed.name, server: address }),
    showLinkCode: (code, expiresMs) =>
      showReport(context, { kind: "link-code", facts: { code, expiresMs } }, REGISTERING.wording),
    signal: context.signal,
    keepRecoveryCode: (code) => noteRecoveryCode(context, code),
    resets: false,
  });
}

async function register(
  coming: Coming,
  typed: Pick<EntryOptions, "name" | "password">,
): Promise<Entered> {
  const { context, contact: { invite } } = coming;
  return await enterNew(entrance(coming, typed), {
    token: invite?.token,
    keepRecoveryCode: (code) => noteRecoveryCode(context, code),
  });
}
