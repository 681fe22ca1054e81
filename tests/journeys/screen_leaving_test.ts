/** However the full screen ends, the terminal is as it was: at a real terminal, with the real program. */

import { equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { HAS_TMUX, type Pane } from "../kit/tmux.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { isAsBefore } from "./as_before.ts";
import { Journey } from "./programs.ts";
import { sitDown } from "./sitting.ts";

const ignore = !HAS_TMUX;

const ENDINGS: Readonly<Record<string, { end(pane: Pane): Promise<void>; code: number }>> = {
  "/quit": { end: (pane) => pane.type("/quit\r"), code: 0 },
  "ctrl-D": { end: (pane) => pane.press("C-d"), code: 0 },
  "ctrl-C twice": { end: (pane) => pane.press("C-c", "C-c"), code: 0 },
  "SIGTERM": { end: (pane) => kill(pane, "SIGTERM"), code: 143 },
  "SIGHUP": { end: (pane) => kill(pane, "SIGHUP"), code: 129 },
  "SIGINT": { end: (pane) => kill(pane, "SIGINT"), code: 130 },
};

async function kill(pane: Pane, signal: Deno.Signal): Promise<void> {
  Deno.kill(await pane.programPid(), signal);
}

Deno.test({
  name: "the full screen gives the terminal back as it was, however it ends (needs tmux)",
  ignore,
  async fn(test) {
    await using journey = await Journey.open({ people: ["alice"] });
    for (const [what, { end, code }] of Object.entries(ENDINGS)) {
      await test.step(what, async () => {
        await using pane = await sitDown(journey, "alice");
        await pane.see(/● online/);
        const { alternate, mouse } = await pane.modes();
        equal(alternate, "1");
        equal(mouse, "1");
        await end(pane);
        equal(await pane.ended(), code);
        await isAsBefore(pane);
      });
    }
  },
});

Deno.test({
  name: "a question on the full screen holds up no end of the program (needs tmux)",
  ignore,
  async fn(test) {
    await using journey = await Journey.open();
    for (const [what, code] of [["SIGTERM", 143], ["SIGHUP", 129], ["SIGINT", 130]] as const) {
      await test.step(what, async () => {
        await using pane = await sitDown(journey, `nobody-${what}`, { server: false });
        await pane.see(/How do you want to start\?/);
        await kill(pane, what);
        equal(await pane.ended(), code);
        await isAsBefore(pane);
      });
    }
  },
});

Deno.test({
  name:
    "the full screen deletes its picture when it is stopped in the middle of a video (needs tmux)",
  ignore,
  async fn() {
    await using journey = await Journey.open({
      people: ["alice"],
      videosFolder: join(PROJECT_ROOT, "videos"),
    });
    await using pane = await sitDown(journey, "alice", { columns: 100, rows: 30 });
    await pane.see(/● online/);
    // tmux shows none of it, and passes none of it on; what is written is what matters here.
    await pane.type("/watch cockatoo --render kitty\r");
    await pane.see(/F6 keys/);
    await pane.see(/0:0\d .*0:14 +thirds \[240p\]/);
    Deno.kill(await pane.programPid(), "SIGTERM");
    equal(await pane.ended(), 143);
    const bytes = await pane.bytes();
    const drawn = bytes.lastIndexOf("\x1b_Ga=T");
    ok(drawn > 0, "a picture was drawn");
    ok(bytes.lastIndexOf("\x1b_Ga=d,d=I") > drawn, "and deleted after that");
    await isAsBefore(pane);
  },
});
