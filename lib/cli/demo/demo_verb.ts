/** `demo`: a server, two people and a video on this machine, with nothing asked and nothing left behind. */

import { EXIT } from "../../commands/exit_code.ts";
import type { Verb } from "../verb.ts";
import { makePerson, say } from "./demo_person.ts";
import { DemoServer } from "./demo_server.ts";
import { checkVideo, prepareVideo, showOnScreen, showVideo } from "./demo_show.ts";
import type { Client } from "../../client/client.ts";
import { replaceEmoticons } from "../../commands/emoticons.ts";
import { formatSafetyNumber } from "../../app/safety.ts";
import type { Context } from "../context.ts";
import type { ProgramFolders } from "../../storage/paths.ts";

// What the two people of the demo say to each other.

/** Who says what; the last line is alice's, who then watches. */
const SCRIPT: readonly (readonly ["alice" | "bob", string])[] = [
  ["bob", "hello alice, this is end-to-end encrypted 🧛‍♂️ (L)"],
  ["alice", "hi bob :) the server sees only ciphertext"],
  ["bob", "watch the cockatoo with me"],
];

/** Plays the script; each line is printed when the other one has received it. */
async function talk(
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

/** What the person may do then. */
const NEXT = [
  "That was the demo. It left nothing on this machine. What next?",
  "heliograph-server serve   starts your own server and prints an invite to it",
  "heliograph                joins a server, by an invite or its address",
  "heliograph p2p            talks with somebody directly, without a server",
].join("\n");

/** Whoever tries the demo first has no folders of the program yet, and shall have none after it. What is in one stays. */
async function removeEmptyFolders({ runtime, state, data }: ProgramFolders): Promise<void> {
  for (const folder of [runtime, state, data]) {
    // Removes no folder that holds something: that one is in use, as one that cannot be removed may be.
    await Deno.remove(folder).catch(() => {});
  }
}

/** The row of `demo`. */
export const DEMO_VERB: Verb = {
  name: "demo",
  group: "This machine",
  summary: "see it all on this machine: a server, two people, a video",
  details:
    "Starts a server on a free port of this machine, creates two accounts that talk to each other, opens the full screen of one of them, and plays a video beside the chat: yours, or one of the folder videos beside the program. The video needs ffmpeg. The demo leaves nothing behind.",
  arguments: [{ name: "VIDEO", summary: "a video file of yours", required: false }],
  examples: [{ line: "demo holiday.mp4", summary: "with a video of yours" }],
  exitCodes: [5, 11],
  async run(context, values) {
    await using owned = new AsyncDisposableStack();
    owned.defer(() => removeEmptyFolders(context.options.folders));
    const folder = await Deno.makeTempDir({ prefix: "heliograph-demo-" });
    owned.defer(() => Deno.remove(folder, { recursive: true }));
    const video = await prepareVideo(
      `${folder}/videos`,
      values.argument("VIDEO"),
      (path) => context.person.path(path),
    );
    const { clock, random } = context.options;
    await context.output.note("Starting a server on this machine");
    const server = owned.use(
      await DemoServer.start({ folder, videoFolder: video.folder, clock, signal: context.signal }),
    );
    const world = { server, folder, clock, random };
    await context.output.note("Creating two accounts: alice and bob");
    const alice = await makePerson(world, "alice", owned);
    await checkVideo(alice, video);
    const bob = await makePerson(world, "bob", owned);
    await talk(context, { alice, bob });
    if (await showOnScreen(context, { alice, bob }, video.name)) {
      await context.output.note(NEXT);
      return EXIT.done;
    }
    if (video.name === undefined) {
      await context.output.note("To watch your own video file: heliograph demo VIDEO");
      await context.output.note(NEXT);
      return EXIT.done;
    }
    const isShown = await showVideo(context, alice, video.name);
    if (isShown) await context.output.note(NEXT);
    return isShown ? EXIT.done : EXIT.interrupted;
  },
};
