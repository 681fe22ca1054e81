/** The example of the seed uag, typed as it is printed there. */

import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { HAS_TMUX } from "../kit/tmux.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { Journey } from "./programs.ts";
import { enter, expectRows, folderOf, openShell, prepare } from "./transcripts.ts";

const ignore = !HAS_TMUX;

/** Of the one who sends, as the seed prints them. */
const SENDER = [
  "Sign-in/Sign-up.. Press ENTER when done.",
  "USER: b",
  "PWD:",
  "INFO:client:Connected to server.",
  "INFO:client:Sending cred data.",
  "INFO:client:Waiting for server response.",
  "INFO:client:{'msg': 'Welcome b'}",
  "INFO:client:starting listener.",
  "INFO:client:active users: dict_keys(['a', 'b'])",
  "INFO:client:Send data in the format <USER:Message>",
  "a:hello?",
  "a::) How are you??? (8)",
  "/ls",
  "{",
  '    "0": "test_file.txt",',
  '    "1": "video.MP4",',
  '    "2": "yo_en_png.png"',
  "}",
  "c:/send 2",
  "INFO:client:Preparing yo_en_png.png",
  "INFO:client:Total file size 134695",
  /^INFO:client:first_chunk: \d+, last_chuck size: \d+$/,
  "INFO:client:waiting for server to be ready...",
  "INFO:client:Server ACK transfer",
  "INFO:client:Sending chunks.",
  /^yo_en_png\.png: transfer completed!/,
  "INFO:client:Thread finished., True",
];

Deno.test({
  name:
    "rows S0.17 to S0.41: the example of uag, typed as printed: sign-in, messages, /ls, /send, /stream, /y, /info (needs tmux)",
  ignore,
  async fn() {
    await using journey = await Journey.open();
    for (const person of ["a", "b", "c"]) equal((await journey.register(person)).code, 0);
    await prepare(journey, "c", ["policy everybody files accept"]);
    const from = join(folderOf(journey, "b"), "from");
    await Deno.mkdir(from, { recursive: true });
    const picture = new Uint8Array(134_695).map((_, at) => (at * 7919) >>> 3);
    await Deno.writeFile(join(from, "yo_en_png.png"), picture);
    await Deno.copyFile(join(PROJECT_ROOT, "videos/realshort.mp4"), join(from, "video.MP4"));
    await Deno.writeTextFile(
      join(from, "test_file.txt"),
      "thirty-nine bytes of a small test file\n",
    );
    await using panes = new AsyncDisposableStack();
    const enterAs = async (person: string) => {
      const pane = panes.use(await openShell(journey, person, "uag"));
      await pane.see(/^USER:/);
      await enter(pane, person, /^PWD:/);
      await enter(pane, `correct horse battery ${person}`, /^INFO:client:Send data in the format/);
      return pane;
    };
    const a = await enterAs("a");
    const b = await enterAs("b");
    const c = await enterAs("c");
    await a.see(/^INFO:client:active users: dict_keys\(\['a', 'b', 'c'\]\)$/);
    await enter(b, "a:hello?", /^a:hello\?$/);
    await a.see(/^b:- hello\?$/);
    await enter(a, "c:Hello?", /^c:Hello\?$/);
    await c.see(/^a:- Hello\?$/);
    await enter(a, "b:(L)", /^b:\(L\)$/);
    await b.see(/^a:- ♥/);
    await enter(c, "a:(K)", /^a:\(K\)$/);
    await a.see(/^c:- 💋$/);
    await enter(b, "a::) How are you??? (8)", /^a::\) How/);
    await a.see(/^b:- 😀 How are you\?\?\? 🎵$/);
    await enter(c, "a::[", /^a::\[$/);
    await a.see(/^c:- 🧛/);
    await enter(c, "/info", /^Listener True True$/);
    await enter(b, "hello", /^hello$/);
    // Whom it is for stands before each text: a link goes to nobody, not to whoever had the last one.
    await enter(b, "see https://example.org/a", /^see https:/);
    await enter(b, "https://example.org/b", /^https:/);
    await enter(b, "/ls", /^\}$/);
    await enter(b, "c:/send 2", /^INFO:client:Preparing yo_en_png\.png$/);
    await b.see(/^yo_en_png\.png: transfer completed!/);
    await c.see(/^INFO:client:\/.*\/to\/yo_en_png\.png: transfer completed!$/);
    await enter(b, "c:/send 0", /^INFO:client:Preparing test_file\.txt$/);
    await c.see(/^INFO:client:\/.*\/to\/test_file\.txt: transfer completed!$/);
    await enter(b, "a:/stream 1", /^INFO:client:Getting source file video\.MP4$/);
    await a.see(/^Please type \/y, to accept stream!$/);
    await enter(a, "/y", /^INFO:client:EOF!!\.$/);
    await b.see(/^INFO:client:Preparing to stream video\.$/);
    expectRows(await b.rows(), SENDER);
    deepEqual(await Deno.readFile(join(folderOf(journey, "c"), "to/yo_en_png.png")), picture);
    deepEqual((await a.rows()).filter((row) => row.includes("example.org")), []);
    await a.press("C-d");
    equal(await a.ended(), 0);
  },
});

Deno.test({
  name:
    "row S0.17: uag signs up a name that nobody has, and lets nobody in by another's (needs tmux)",
  ignore,
  async fn() {
    await using journey = await Journey.open({ people: ["alice"] });
    await using pane = await openShell(journey, "newcomer", "uag");
    await pane.see(/^USER:/);
    await enter(pane, "newcomer", /^PWD:/);
    await enter(pane, "correct horse battery", /^INFO:client:\{'msg': 'Welcome newcomer'\}$/);
    await pane.see(/^Your recovery code: /);
    await using thief = await openShell(journey, "thief", "uag");
    await thief.see(/^USER:/);
    await enter(thief, "alice", /^PWD:/);
    await enter(thief, "not the password", /^Wrong name or password\.$/);
    equal(await thief.ended(), 3);
  },
});
