/** What the two people of the demo say to each other. */

import type { Client } from "../../client/client.ts";
import { replaceEmoticons } from "../../commands/emoticons.ts";
import { formatSafetyNumber } from "../../app/safety.ts";
import type { Context } from "../context.ts";
import { say } from "./demo_person.ts";

/** Who says what; the last line is alice's, who then watches. */
const SCRIPT: readonly (readonly ["alice" | "bob", string])[] = [
  ["bob", "hello alice, this is sealed end to end 🧛‍♂️ (L)"],
  ["alice", "hi bob :) the server sees only ciphertext"],
  ["bob", "watch the cockatoo with me"],
];

/** Plays the script; each line is printed when the other one has received it. */
export async function talk(
  context: Context,
  people: { alice: Client; bob: Client },
): Promise<void> {
  const { output } = context;
  for (const [speaker, text] of SCRIPT) {
    const listener = speaker === "alice" ? "bob" : "alice";
    await say(people[speaker], people[listener], text);
    const [entry] = await people[listener].messenger.history.latest({ limit: 1, kinds: ["text"] });
    await output.fact(
      "message",
      { from: entry.from, to: listener, text: entry.text, delivered: true },
      `${entry.from} → ${listener}: ${replaceEmoticons(entry.text)}  (delivered)`,
    );
  }
  const contact = await people.alice.findContact("bob");
  const number = formatSafetyNumber(people.alice.safetyNumber(contact));
  await output.fact("safety-number", { number }, `Their safety number: ${number}`);
}
