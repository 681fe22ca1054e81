/** The questions about a recovery code, in a first run (SR-03, SR-04). */

import { askYes } from "../../app/ask.ts";
import { utf8 } from "../../base/bytes.ts";
import { Refusal } from "../../base/errors.ts";
import { quoteWord } from "../../commands/words.ts";
import { formatHostPort, type HostPort } from "../../net/addresses/address.ts";
import { createPrivateFile } from "../../storage/atomic_file.ts";
import type { Context } from "../context.ts";
import { describeThrown } from "../failure_words.ts";

/**
 * The code that brings an account's keys to a new machine; undefined when another device is to do that. Throws Refusal `no-recovery-code`, which says what is left, when
 * there is none.
 */
export async function askRecoveryCode(
  { person, output }: Context,
  { name, server }: { name: string; server: HostPort },
): Promise<string | undefined> {
  await output.note(
    "This machine is new to your account. Your recovery code or another device of yours brings its keys here",
  );
  const code = await person.text("Recovery code (empty: I have none):");
  if (code.trim() !== "") return code;
  if (await askYes(person, "Is another device of yours signed in?", true)) return undefined;
  throw new Refusal(
    "no-recovery-code",
    `Without either, the account needs a new identity, which all your contacts see: heliograph login ${
      quoteWord(name)
    } --server ${formatHostPort(server)} --reset-identity`,
  );
}

/** Shows the code once. The account is made only after that. */
export async function noteRecoveryCode({ output }: Context, code: string): Promise<void> {
  await output.note(
    `Your recovery code: ${code}\nYou see it only now: write it down.\nLose this code and all your devices, and the account is gone`,
  );
}

/** Shows it, and offers to save it. */
export async function keepRecoveryCode(
  context: Context,
  name: string,
  code: string,
): Promise<void> {
  const { output, person } = context;
  await noteRecoveryCode(context, code);
  if (!await askYes(person, "Save it to a file too?", false)) return;
  for (;;) {
    const answer = await person.text(`File (empty: ${defaultFile(name)}):`);
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
