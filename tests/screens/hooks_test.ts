import { deepEqual, equal } from "node:assert/strict";
import { openTalk } from "../kit/test_client.ts";
import { ScreenUser } from "../kit/screen_user.ts";

Deno.test({
  name: "a program of the person's own is told of a message that comes, and answers",
  // It is a script of the shell.
  ignore: Deno.build.os === "windows",
  async fn() {
    await using talk = await openTalk();
    const { alice, bob, world } = talk;
    const folder = await world.folder();
    const script = `${folder}/hook.sh`;
    await Deno.writeTextFile(script, `#!/bin/sh\ncat >> ${folder}/told\necho pong\n`, {
      mode: 0o700,
    });
    await using user = await ScreenUser.open(alice, {
      stage: () => ({
        open: undefined,
        resolve: (path: string) => path,
        downloads: folder,
        hooks: { programs: { message: [script] }, answer: true, timeoutMs: 60_000 },
      }),
    });
    await user.see(/● online/);
    await bob.say(alice, "ping");
    user.type("\x1b[1;3B");
    await user.see(/│.{7}pong/);
    const told = (await Deno.readTextFile(`${folder}/told`)).trim().split("\n");
    // What was said before the screen was there is no news, and what one says oneself neither.
    equal(told.length, 1, told.join("\n"));
    const { v, type, from, text, own } = JSON.parse(told[0]);
    deepEqual({ v, type, from, text, own }, {
      v: 1,
      type: "message",
      from: bob.account,
      text: "ping",
      own: false,
    });
    await user.leave();
  },
});
