/** The demo on a terminal: alice's full screen, with bob's film beside what they said; bob answers. */

import { anySignal, Scope } from "../../base/scope.ts";
import { TransportError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import { quoteWord } from "../../commands/words.ts";
import type { Context } from "../context.ts";
import { openFullScreen, talkOn } from "../screen/open_screen.ts";

/** What bob says to whatever alice says. */
const ANSWERS = [
  "I am only a script, but this message went through the server encrypted :)",
  "F7 shows the video full screen, F6 gives it the keys, F1 lists all keys",
  "ctrl-D quits; the demo leaves nothing on your disk",
];

/** False where there is no terminal to show it on. Returns when the person has left. */
export async function showOnScreen(
  context: Context,
  { alice, bob }: { readonly alice: Client; readonly bob: Client },
  video: string | undefined,
): Promise<boolean> {
  if (context.output.isJson) return false;
  await using screen = await openFullScreen(context);
  if (screen === undefined) return false;
  const talk = talkOn(screen, context, {
    client: alice,
    // A server that is gone is gone with all of the demo.
    connect: () => Promise.reject(new TransportError("offline", "The demo's server has stopped")),
  });
  await using scope = new Scope(context.signal);
  scope.run("bob", () => answer(bob, alice, scope));
  const partner = bob.profile.own.account;
  scope.run("film", async () => {
    await talk.enter(`/to ${partner}`, undefined);
    if (video !== undefined) await talk.enter(`/watch ${quoteWord(video)}`, partner);
  });
  await screen.run(talk);
  return true;
}

/** Bob receives, and answers each text once. */
async function answer(bob: Client, alice: Client, scope: Scope): Promise<void> {
  const { account } = alice.profile.own;
  const contact = await bob.findContact(account);
  let told = 0;
  const stopListening = bob.listen((event) => {
    const text = ANSWERS[told];
    if (event.type !== "entry" || event.entry.own || event.entry.kind !== "text") return;
    if (text === undefined) return;
    told++;
    scope.run("answer", async () => {
      await bob.write(contact.account, text);
      await bob.flush();
    });
  });
  try {
    await bob.receiving(async (_caughtUp, ended) => {
      const until = anySignal(scope.signal, ended);
      await new Promise<void>((resolve) => {
        if (until.aborted) resolve();
        until.addEventListener("abort", () => resolve(), { once: true });
      });
    });
  } finally {
    stopListening();
  }
}
