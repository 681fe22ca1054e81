/** The questions of a first run: which server, new or known, name and password (rows S0.17, S2.03). */

import { askYes } from "../../app/ask.ts";
import { adviceOnPassword } from "../../app/password_advice.ts";
import { HeliographError, Refusal, TransportError, UsageError } from "../../base/errors.ts";
import { isNameFree } from "../../client/account/registration.ts";
import { showName } from "../../app/names.ts";
import { parseAccountName } from "../../base/account_name.ts";
import type { Client } from "../../client/client.ts";
import type { ProfileKeeper } from "../../client/profile/keeper.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { Context } from "../context.ts";
import { enterKnown, enterNew, type EntryOptions, IMPORTED_PASSWORD } from "../../app/entering.ts";
import { lobbyReports, REGISTERING } from "../../app/commands/registering.ts";
import { isBack, orBack } from "../person.ts";
import { showReport } from "../person_verbs.ts";
import { describeThrown } from "../failure_words.ts";
import { askRecoveryCode, keepRecoveryCode } from "./recovery_questions.ts";
import { type FirstContact, greetByAnswer } from "../first_contact.ts";
import { askMeeting, meetingWords, usualName } from "../p2p/meeting_questions.ts";

/** Refusals after which another password may do. */
const ANOTHER_PASSWORD: ReadonlySet<string> = new Set(["different-passwords", "wrong-credentials"]);
/** Refusals after which another name may do. */
const ANOTHER_NAME: ReadonlySet<string> = new Set([
  "bad-name",
  "bad-recovery-code",
  "name-refused",
  "name-taken",
]);

/** What a person can do here who has no other account, or forgot how it is called. */
const GO_BACK =
  "Wrong name or password. Press Enter to go back: to another name, or to a new account";

/** What those do next whose invite is used up, or who have none. */
const ANOTHER_INVITE = "Ask whoever invited you, or the operator, for a new one";

/** Somebody who signs in or registers, at a server that said hello. */
interface Newcomer {
  readonly contact: FirstContact;
  readonly keeper: ProfileKeeper;
  readonly isNew: boolean;
  readonly values: CommandValues;
}

/** Somebody who wants no server, and the words behind the command that does without. */
export interface NoServer {
  readonly words: readonly string[];
}

/**
 * Asks until somebody is signed in, or wants no server. Throws what no other answer can mend, and Refusal `interrupted` at ctrl-C.
 */
export async function firstRun(
  context: Context,
  values: CommandValues,
  keeper: ProfileKeeper,
): Promise<Client | NoServer> {
  const { output } = context;
  for (;;) {
    const contact = await meetServer(context, values);
    if (contact === "no-server") {
      const meeting = await askMeeting(context, await usualName(context));
      if (meeting === "back") continue;
      return { words: meetingWords(meeting) };
    }
    const { handshake } = contact;
    await output.note(`Connected to server. Welcome to ${handshake.serverName}!`);
    const client = await enterOrAsk(context, { contact, keeper, values });
    if (client === undefined) {
      handshake.link.close();
      continue;
    }
    if (values.has("--no-remember")) await output.note("You will be asked again next time");
    return client;
  }
}

/** The same as `enterAt`; who needs another invite is asked for that, unless an option says where to go. */
async function enterOrAsk(
  context: Context,
  newcomer: Omit<Newcomer, "isNew">,
): Promise<Client | undefined> {
  try {
    return await enterAt(context, newcomer);
  } catch (error) {
    const isInvite = error instanceof Refusal && error.code === "token-refused";
    const isGiven = context.options.server !== undefined ||
      newcomer.values.option("--invite-file") !== undefined;
    if (!isInvite || isGiven) throw error;
    await context.output.note(describeThrown(error, { "token-refused": ANOTHER_INVITE }).text);
    return undefined;
  }
}

/** Asks who they are until they are somebody there. Undefined: back to the server. */
async function enterAt(
  context: Context,
  newcomer: Omit<Newcomer, "isNew">,
): Promise<Client | undefined> {
  const { contact: { handshake }, keeper } = newcomer;
  const canRegister = !keeper.hasAccount && handshake.registration !== "closed";
  if (canRegister && handshake.registration === "open") return await enterOpen(context, newcomer);
  const askIfNew = () => orBack(askYes(context.person, "New here?", true));
  let isNew = canRegister && await askIfNew();
  for (;;) {
    if (isNew === "back") return undefined;
    const name = await orBack(askName(context));
    if (name === "back" && !canRegister) return undefined;
    if (name === "" || name === "back") {
      isNew = canRegister && await askIfNew();
      continue;
    }
    const client = await enterAs(context, { ...newcomer, isNew }, name.text);
    if (client !== undefined) return client;
  }
}

/**
 * Where anybody may register the name comes first, and the server says whether it is free: there that is no secret. Everywhere
 * else known and unknown names get the same questions (SR-42).
 */
async function enterOpen(
  context: Context,
  newcomer: Omit<Newcomer, "isNew">,
): Promise<Client | undefined> {
  let { contact } = newcomer;
  for (;;) {
    const name = await orBack(askName(context));
    if (name === "back") return undefined;
    if (name === "") continue;
    const { text } = name;
    let isNew = false;
    try {
      requireName(text);
      const asked = await isNameFree(contact, text);
      contact = { ...contact, handshake: asked.handshake };
      isNew = asked.result;
    } catch (error) {
      const code = error instanceof HeliographError ? error.code : "";
      // Whoever is kept out hears it behind the password, as at every door.
      if (!(error instanceof Refusal) && !ANOTHER_NAME.has(code)) throw error;
      if (ANOTHER_NAME.has(code)) {
        await context.output.note(describeThrown(error).text);
        continue;
      }
    }
    const question = `No account ${showName(text)} here. Create it?`;
    if (isNew && await orBack(askYes(context.person, question, true)) !== true) continue;
    const client = await enterAs(context, { ...newcomer, contact, isNew }, text);
    if (client !== undefined) return client;
  }
}

/** Asks for the password until it is right (row S3.07). Undefined when another name is to be asked for. */
async function enterAs(
  context: Context,
  newcomer: Newcomer,
  name: string,
): Promise<Client | undefined> {
  const { output, person } = context;
  for (;;) {
    try {
      requireName(name);
      const password = await orBack(secretOf(person, newcomer, name));
      if (password === "back") return undefined;
      return await enter(context, newcomer, { name, password: password.text });
    } catch (error) {
      const code = error instanceof HeliographError ? error.code : "";
      if (code === "empty-password") return undefined;
      if (!ANOTHER_PASSWORD.has(code) && !ANOTHER_NAME.has(code)) throw error;
      await output.note(describeThrown(error, { "wrong-credentials": GO_BACK }).text);
      if (ANOTHER_NAME.has(code)) return undefined;
    }
  }
}

/** Asks for the server until one answers. */
async function meetServer(
  context: Context,
  values: CommandValues,
): Promise<FirstContact | "no-server"> {
  for (;;) {
    try {
      return await greetByAnswer(context, values);
    } catch (error) {
      // Where there is nothing to choose, the same question would come again.
      if (isBack(error) && context.options.server === undefined) continue;
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
  { contact, keeper, isNew, values }: Newcomer,
  { name, password }: { name: string; password: string },
): Promise<Client> {
  const { output, person } = context;
  const { invite, handshake, greetAgain } = contact;
  if (isNew && !person.showsRemarks) {
    const about = [name, handshake.serverName];
    const advice = await adviceOnPassword(password, { isTyped: true, about });
    if (advice !== undefined) await output.note(advice);
  }
  await output.note(isNew ? "Creating your keys" : "Signing in");
  const { clock, random } = context.options;
  const remember = !values.has("--no-remember");
  const entrance: EntryOptions = {
    handshake,
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
      recoveryCode: () => askRecoveryCode(context, { name, server: handshake.address }),
      showLinkCode: (code, expiresMs) =>
        showReport(context, { kind: "link-code", facts: { code, expiresMs } }, REGISTERING.wording),
      signal: context.signal,
      keepRecoveryCode: (code) => keepRecoveryCode(context, name, code),
      resets: false,
    });
  if (entered.signedIn.isImported) await output.note(IMPORTED_PASSWORD);
  const lobby = isNew ? await lobbyReports(entered.client) : [];
  for (const report of lobby) await showReport(context, report, REGISTERING.wording);
  return entered.client;
}

/** An object, so that no name is taken for the way back. Empty: for nothing. */
async function askName({ person }: Context): Promise<"" | { readonly text: string }> {
  const text = (await person.text("Name:")).trim();
  return text === "" ? "" : { text };
}

async function secretOf(
  person: Context["person"],
  { isNew, contact: { handshake } }: Newcomer,
  name: string,
): Promise<{ readonly text: string }> {
  const about = [name, handshake.serverName];
  return { text: await person.secret("Password", { isNew, about }) };
}

function requireName(name: string): void {
  const parsed = parseAccountName(name);
  if (!parsed.ok) throw new UsageError("bad-name", parsed.message);
}
