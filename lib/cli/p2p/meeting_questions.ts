/** What somebody is asked who talks without a server: their name, and where the other side is. */

import { join } from "node:path";
import { parseAccountName } from "../../base/account_name.ts";
import { HeliographError } from "../../base/errors.ts";
import type { Context } from "../context.ts";
import { inviteWords } from "../invite_words.ts";
import { orBack } from "../person.ts";
import { looksLikeInvite } from "../../net/addresses/invite.ts";
import { personName } from "./open_p2p_dialogue.ts";
import { readPlace } from "./places.ts";

/** Opens the shell at once, as the older program did. */
export const BARE_SHELL = "--shell";
/** Of the command: what the questions are about. */
export const NAME_OPTION = "--name";
/** Likewise. */
export const CONNECT_OPTION = "--connect";

/** Who somebody is, and where the other side is. */
export interface Meeting {
  readonly name: string;
  /** An invite or an address; undefined for whoever waits. */
  readonly place: string | undefined;
}

/** The words behind the command that say it. */
export function meetingWords({ name, place }: Meeting): readonly string[] {
  return [NAME_OPTION, name, ...place === undefined ? [] : [CONNECT_OPTION, place]];
}

/** `usual`: the name of who only presses Enter. */
export async function askMeeting(
  { person, output }: Pick<Context, "person" | "output">,
  usual: string,
): Promise<Meeting | "back"> {
  for (;;) {
    const name = await orBack(person.text(`Your name (empty: ${usual}):`, nameWords));
    if (name === "back") return "back";
    const chosen = name.trim() === "" ? usual : name.trim();
    const parsed = parseAccountName(chosen);
    if (!parsed.ok) {
      await output.note(parsed.message);
      continue;
    }
    const place = await askPlace({ person, output });
    if (place === "back") continue;
    return { name: chosen, place: place?.text };
  }
}

/** Undefined: for whoever waits for the other side. */
async function askPlace(
  { person, output }: Pick<Context, "person" | "output">,
): Promise<{ readonly text: string } | undefined | "back"> {
  for (;;) {
    const question =
      "Invite or address of the other side (empty: you wait, and they get your invite):";
    const typed = await orBack(person.text(question, placeWords));
    if (typed === "back") return "back";
    const text = typed.trim();
    if (text === "") return undefined;
    try {
      readPlace(text, undefined);
      return { text };
    } catch (error) {
      if (!(error instanceof HeliographError)) throw error;
      await output.note(error.message);
    }
  }
}

function nameWords(typed: string): string {
  if (typed.trim() === "") return "";
  const parsed = parseAccountName(typed.trim());
  return parsed.ok ? "" : parsed.message;
}

function placeWords(typed: string): string {
  const text = typed.trim();
  if (text === "" || "heliograph://".startsWith(text)) return "";
  if (looksLikeInvite(text)) return inviteWords(text);
  try {
    readPlace(text, undefined);
    return "An address proves nothing: compare numbers once you are connected";
  } catch {
    // What is wrong with it is one thing: half an address is none yet.
    return "An address is HOST:PORT, as in 192.168.0.1:8090";
  }
}

/** Who somebody was the last time, if they were one person; else the name that the system knows. */
export async function usualName({ options }: Context): Promise<string> {
  const before: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(join(options.profileFolder, "p2p"))) {
      if (isDirectory && /^(?!name-)[a-z0-9]/.test(name)) before.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return before.length === 1 ? before[0] : personName();
}
