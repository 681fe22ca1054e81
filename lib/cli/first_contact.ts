/** The first word with a server, for the verbs that sign in or register. */

import { askYes } from "../app/ask.ts";
import { UsageError } from "../base/errors.ts";
import type { Greeted } from "../client/link/greeted.ts";
import type { Trust } from "../client/link/server_trust.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { formatHostPort, type HostPort } from "../net/addresses/address.ts";
import { type Invite, parseInvite } from "../net/addresses/invite.ts";
import type { Context } from "./context.ts";
import { inviteProblem, inviteWords, serverWords } from "./invite_words.ts";
import {
  DEFAULT_SERVER,
  readServerAnswer,
  readServerOption,
  readTrustOption,
  type ServerChoice,
} from "./server_choice.ts";

/** A server that said hello, and the invite that led there. */
export interface FirstContact extends Greeted {
  readonly invite: Invite | undefined;
}

/** The environment's word for a server, behind that of the options. */
const SERVER_VARIABLE = "HELIOGRAPH_SERVER";

/**
 * Greets the server of `--server`, the invite, the environment or the profile, in that order. `values` are those of a verb
 * with `TRUST_OPTIONS`. `own`: where the profile's account was made, if it has one. Throws UsageError, TrustError,
 * TransportError.
 */
export async function greetByOptions(
  context: Context,
  values: CommandValues,
  own?: HostPort,
): Promise<FirstContact> {
  const invite = await inviteOption(context, values);
  const choice = context.options.server ?? invite ?? environmentServer() ??
    { address: own ?? DEFAULT_SERVER };
  return await greetChoice(context, values, { choice, invite });
}

/** What the person chose who wants to talk with others directly. */
type NoServer = "no-server";

/** What is typed for that where there is no list to choose from: the word of the command. */
const NO_SERVER_WORD = "p2p";

/** The same for a person who can be asked where no option says it. `no-server` only where the program can do without. */
export async function greetByAnswer(
  context: Context,
  values: CommandValues,
): Promise<FirstContact | NoServer> {
  const given = await inviteOption(context, values);
  const named = context.options.server ?? given ?? environmentServer();
  if (named !== undefined) {
    return await greetChoice(context, values, { choice: named, invite: given });
  }
  const usual = await context.lastServer() ?? DEFAULT_SERVER;
  const asked = await askHow(context, formatHostPort(usual));
  if (asked === undefined) return "no-server";
  const { question, isForInvite } = asked;
  const typed = isForInvite
    ? await askInvite(context, question)
    : await context.person.text(question, serverWords);
  if (context.options.withoutServer !== undefined && typed.trim() === NO_SERVER_WORD) {
    return "no-server";
  }
  const answer = readServerAnswer(typed, usual);
  return await greetChoice(context, values, { choice: answer, invite: answer.invite });
}

/** An invite says where to go and whom to trust; without one there is a server to name. Undefined: there is to be none. */
async function askHow(
  { person, options }: Context,
  usual: string,
): Promise<{ readonly question: string; readonly isForInvite: boolean } | undefined> {
  const canGoWithout = options.withoutServer !== undefined;
  if (!person.listsChoices) {
    const without = canGoWithout ? `, or ${NO_SERVER_WORD} to go without` : "";
    return { question: `Server or invite${without} (empty: ${usual}):`, isForInvite: false };
  }
  const how = await person.choice("How do you want to start?", [
    "Join with an invite",
    "Connect to a server",
    ...canGoWithout ? ["Talk to somebody directly, without a server"] : [],
  ], 0);
  return [
    { question: "The invite, heliograph://…:", isForInvite: true },
    { question: `Server (empty: ${usual}):`, isForInvite: false },
  ][how];
}

/** Until it is one: half of one leads nowhere. */
async function askInvite({ person, output }: Context, question: string): Promise<string> {
  for (;;) {
    const typed = await person.text(question, inviteWords);
    const problem = inviteProblem(typed);
    if (problem === undefined) return typed;
    await output.note(problem);
  }
}

async function greetChoice(
  context: Context,
  values: CommandValues,
  facts: { choice: ServerChoice; invite: Invite | undefined },
): Promise<FirstContact> {
  const option = values.option("--trust");
  const handshake = await context.greet(facts.choice.address, {
    trust: chooseTrust(context, {
      ...facts,
      option: option === undefined ? undefined : readTrustOption(option),
    }),
    forget: values.has("--forget-server"),
  });
  const greetAgain = () => context.greet(facts.choice.address, { trust: { kind: "none" } });
  return { handshake, invite: facts.invite, greetAgain };
}

/** The server of the environment, if it names one. Throws UsageError for what is none. */
function environmentServer(): ServerChoice | undefined {
  const text = Deno.env.get(SERVER_VARIABLE);
  return text === undefined || text === "" ? undefined : readServerOption(text);
}

/** By an invite, by `--trust`, by the fingerprint beside the address, by asking, or not at all. */
function chooseTrust(
  context: Context,
  given: { invite: Invite | undefined; option: Trust | undefined; choice: ServerChoice },
): Trust {
  const { invite, option, choice } = given;
  if (invite !== undefined) return { kind: "expected", fingerprint: invite.fingerprint };
  if (option !== undefined) return option;
  if (choice.fingerprint !== undefined) {
    return { kind: "expected", fingerprint: choice.fingerprint };
  }
  return context.person.isPossible ? askAboutServer(context) : { kind: "none" };
}

/** Shows the fingerprint of an unknown server and lets the person decide. */
function askAboutServer(context: Context): Trust {
  return {
    kind: "ask",
    confirm: async (fingerprint) => {
      await context.output.note(
        `First time on this server. Check its fingerprint with the operator:\n${fingerprint}`,
      );
      return await askYes(context.person, "Is it the same?", false);
    },
  };
}

/** An invite may hold a secret, so it never stands in the arguments (SR-51). */
async function inviteOption(
  context: Context,
  values: CommandValues,
): Promise<Invite | undefined> {
  const file = values.option("--invite-file");
  if (file === undefined) return undefined;
  const invite = parseInvite(await context.person.secret("Invite", { file, mayBeEmpty: true }));
  if (invite === undefined) throw new UsageError("bad-invite", `This is no invite: ${file}`);
  return invite;
}
