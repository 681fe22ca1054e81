import { ok } from "node:assert/strict";
import { answerAsTerminal } from "../kit/screen_user.ts";
import { playedFrame, readTerminal } from "../kit/screens.ts";
import { openTalk } from "../kit/test_client.ts";
import { watch } from "../kit/watching.ts";

const F6 = "\x1b[17~";
const F7 = "\x1b[18~";
const ESCAPE = "\x1b";

/** A video plays, and has shown a picture; it ends, and alice leaves. */
async function playing(action: (user: Watching["user"]) => Promise<void>): Promise<void> {
  await using talk = await openTalk();
  const { user, video } = await watch(talk.alice, answerAsTerminal);
  await using _leaving = user;
  using _reading = readTerminal();
  await video.show(playedFrame(0), { inOrder: true });
  await action(user);
  await user.wait(video[Symbol.asyncDispose]());
  await user.leave();
}

type Watching = Awaited<ReturnType<typeof watch>>;

Deno.test("video goes from the whole screen back to who had the keys before", () =>
  playing(async (user) => {
    // Keys of the text: the whole screen takes them, and gives them back.
    user.type(F7);
    await user.see(/escape back to typing/);
    user.type("f");
    await user.see(/F6 keys · F7 size/);
    user.type("words");
    await user.see(/bob> words$/);
    // Keys of the video stay with it.
    user.type(F6);
    await user.see(/escape back to typing/);
    user.type("f");
    await user.seeNo(/bob> words$/);
    user.type("f");
    await user.see(/bob> words$/);
    user.type("x");
    await user.see(/escape back to typing/);
    ok(!(await user.rows()).some((row) => row.includes("wordsx")));
  }));

Deno.test("video gives the text back with escape, also from the whole screen", () =>
  playing(async (user) => {
    user.type(F7);
    await user.seeNo(/bob>/);
    user.type(ESCAPE);
    await user.see(/F6 keys · F7 size/);
    user.type("words");
    await user.see(/bob> words$/);
    // The picture is there still, once it is painted in its own size.
    ok((await user.see(/▀{8}/)).some((row) => /bob> words$/.test(row)));
  }));
