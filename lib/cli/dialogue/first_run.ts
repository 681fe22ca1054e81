/** What somebody is asked who opens the program for the first time: which server, and who they are. */

import { Refusal } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import { CommandValues } from "../../commands/command_values.ts";
import { LOGIN_VERB, REGISTER_VERB } from "../account_verbs.ts";
import { Context } from "../context.ts";
import { environmentServer } from "../first_contact.ts";
import { readServerAnswer } from "../server_choice.ts";

/** The signed-in profile; where nobody is signed in and there is a person to ask, they enter first. Throws Refusal. */
export async function openOrEnter(context: Context): Promise<Client> {
  try {
    return await context.openClient();
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "not-signed-in") throw error;
    if (!context.person.canBeAsked) throw error;
  }
  await enterByQuestions(context);
  return await context.openClient();
}

/** Registers or signs in by questions. Throws what `register` and `login` throw. */
async function enterByQuestions(context: Context): Promise<void> {
  const { person, output, options } = context;
  await output.note(
    "Welcome to Heliograph. Nobody is signed in here yet.\n" +
      "Everything you say is sealed on this machine; the server never sees your words or your password.",
  );
  const server = options.server ?? environmentServer() ??
    readServerAnswer(await person.ask("Server (HOST:PORT, or nothing for this machine):"));
  const isNew = !await person.confirm("Do you have an account there?", false);
  const name = await person.ask(isNew ? "Which name would you like?" : "Your name:");
  const verb = isNew ? REGISTER_VERB : LOGIN_VERB;
  const values = new CommandValues(verb, {
    arguments: new Map([["NAME", [name.trim()]]]),
    options: new Map(),
  });
  await using entering = new Context({ ...options, server });
  await verb.run(entering, values);
}
