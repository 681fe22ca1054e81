import { deepEqual, equal, match, throws } from "node:assert/strict";
import { requestLines } from "../../../lib/app/questions/request_words.ts";
import type { PlayingNow, Sought } from "../../../lib/app/video_surface.ts";
import { numbered, pageInLines } from "../../../lib/cli/dialogue/numbered.ts";
import { control, playingIn, wordsTask } from "../../../lib/cli/video/playing_words.ts";
import { WordsViewer } from "../../../lib/cli/video/words_viewer.ts";
import type { Key } from "../../../lib/terminal/input/key.ts";
import { accountId } from "../client/profile_kit.ts";

Deno.test("a list in lines numbers its items, and neither messages nor what is said about the list", () => {
  deepEqual(numbered(["bob, online", "carol", "[7] 12:00  bob ▸ hi", "* and 3 more", "dave"]), [
    "1. bob, online",
    "2. carol",
    "[7] 12:00  bob ▸ hi",
    "* and 3 more",
    "3. dave",
  ]);
});

Deno.test("a safety number in lines is numbered rows that can be compared one by one", () => {
  const number = "11111 22222 33333 44444 55555 66666 77777 88888 99999 00000 12345 67890";
  const page = { kind: "verify", account: accountId("bob") } as const;
  const lines = pageInLines(page, [number, "* bob is not verified"]);
  deepEqual(lines.slice(0, 3), [
    "1. 11111 22222 33333 44444",
    "2. 55555 66666 77777 88888",
    "3. 99999 00000 12345 67890",
  ]);
  match(lines[3], /^\* bob sees the same lines\. .*\/verify bob and the digits that bob reads/);
  equal(lines[4], "* bob is not verified");
});

Deno.test("a request in lines has what a stranger wrote on one line, and every word that answers it", () => {
  const from = accountId("bob");
  const stranger = { wrote: 'hi "you"\nthere', block: "/block bob" };
  const asked = { key: "1", from, words: "bob (new) wants to chat", untilMs: Infinity };
  const file = { key: "2", from, words: "bob sends you a.txt (3 B)", untilMs: 7_200_000 };
  deepEqual(
    requestLines([
      { ...asked, accept: "/accept bob", decline: "/decline bob", stranger },
      { ...file, accept: "/y 4", decline: "/n 4" },
    ], 0),
    [
      String
        .raw`1. bob (new) wants to chat: "hi \"you\" there". /accept bob, /decline bob or /block bob`,
      "2. bob sends you a.txt (3 B) · 2 h left. /y 4 or /n 4",
    ],
  );
});

const FILM: PlayingNow = {
  name: "film",
  positionMs: 0,
  durationMs: 600_000,
  bufferedMs: 0,
  rate: 1,
  state: "playing",
  quality: "fixed:240p",
};

Deno.test("a video in words says what changes, and where it is at each tenth", async () => {
  const said: string[] = [];
  await using viewer = new WordsViewer((line) => Promise.resolve(void said.push(line)));
  const at = (more: Partial<PlayingNow>) => viewer.status("", "", { ...FILM, ...more });
  for (let seconds = 0; seconds <= 125; seconds++) await at({ positionMs: seconds * 1_000 });
  await at({ positionMs: 125_000, state: "paused" });
  await at({ positionMs: 125_000, state: "paused" });
  equal(viewer.where, "film paused at 2:05 of 10:00");
  await at({ positionMs: 125_000, also: ["bob hosts, 1 watches", "12 frames dropped"] });
  await at({ positionMs: 126_000, also: ["bob hosts, 1 watches", "13 frames dropped"] });
  await viewer.subtitle("Hello");
  await viewer.subtitle("");
  match(said[0], /^\* film plays, 10:00 long\. /);
  deepEqual(said.slice(1), [
    "* 1:00 of 10:00",
    "* 2:00 of 10:00",
    "* film paused at 2:05 of 10:00",
    "* film plays on at 2:05 of 10:00",
    "* bob hosts, 1 watches",
    "* 2:06 subtitle: Hello",
  ]);
});

Deno.test("words control a video that plays in words: pause only what plays, resume only what is paused", async () => {
  const printed: string[] = [];
  const dialogue = { print: (line: string) => Promise.resolve(void printed.push(line)) };
  const { promise, resolve } = Promise.withResolvers<void>();
  const { signal } = new AbortController();
  const task = wordsTask(dialogue, () => promise)(signal);
  const playing = playingIn(dialogue);
  if (playing === undefined) throw new Error("nothing plays");
  throws(() => wordsTask(dialogue, () => promise), /A video plays already/);
  const { viewer } = playing;
  await viewer.status("", "", FILM);
  equal(control(playing, "resume"), true);
  equal(control(playing, "pause"), true);
  await viewer.status("", "", { ...FILM, state: "paused" });
  equal(control(playing, "pause"), true);
  equal(control(playing, "forward"), true);
  equal(control(playing, "dance"), false);
  viewer.seek(60_000);
  const nameOf = (key: Key | Sought | undefined) =>
    key?.kind === "seek"
      ? key.share
      : key?.kind === "text"
      ? key.text
      : key?.kind === "key"
      ? key.name
      : undefined;
  const pressed = [];
  for (let i = 0; i < 3; i++) pressed.push(nameOf(await viewer.nextKey(signal)));
  deepEqual(pressed, [" ", "right", 0.1]);
  resolve();
  await task;
  equal(playingIn(dialogue), undefined);
});
