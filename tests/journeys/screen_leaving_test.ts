/** However the full screen ends, the terminal is as it was: at a real terminal, with the real program. */

import { equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { HAS_TMUX, type Pane } from "../kit/tmux.ts";
import { PROJECT_ROOT } from "../tools/floors.ts";
import { Journey } from "./programs.ts";
import { sitDown } from "./sitting.ts";

const ignore = !HAS_TMUX;

async function isAsBefore(pane: Pane): Promise<void> {
  const { before, after } = await pane.stty();
  equal(after, before);
  const { alternate, mouse, cursor, paste } = await pane.modes();
  equal(alternate, "0", "the other screen is left");
  equal(mouse, "0", "the mouse is given back");
  equal(cursor, "1", "the cursor is shown");
  ok(paste === "0" || paste === "", "pastes are not bracketed");
  // What stood there before stands there again.
  await pane.see(/^shell before$/);
}

const ENDINGS: Readonly<Record<string, { end(pane: Pane): Promise<void>; code: number }>> = {
  "/quit": { end: (pane) => pane.type("/quit\r"), code: 0 },
  "ctrl-D": { end: (pane) => pane.press("C-d"), code: 0 },
  "ctrl-C twice": { end: (pane) => pane.press("C-c", "C-c"), code: 0 },
  "SIGTERM": { end: (pane) => kill(pane, "SIGTERM"), code: 143 },
  "SIGHUP": { end: (pane) => kill(pane, "SIGHUP"), code: 143 },
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
    for (const [what, code] of [["SIGTERM", 143], ["SIGHUP", 143], ["SIGINT", 130]] as const) {
      await test.step(what, async () => {
        await using pane = await sitDown(journey, `nobody-${what}`, { server: false });
        await pane.see(/How do you want to begin\?/);
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
    await pane.see(/cockatoo .* (\d|\d\d)\/280/);
    Deno.kill(await pane.programPid(), "SIGTERM");
    equal(await pane.ended(), 143);
    const bytes = await pane.bytes();
    const drawn = bytes.lastIndexOf("\x1b_Ga=T");
    ok(drawn > 0, "a picture was drawn");
    ok(bytes.lastIndexOf("\x1b_Ga=d,d=I") > drawn, "and deleted after that");
    await isAsBefore(pane);
  },
});

Deno.test({
  name:
    "a fault of its own gives the terminal back, says so below what stood there, and is logged (needs tmux)",
  ignore: ignore || Deno.env.has("HELIOGRAPH_BIN"),
  async fn(test) {
    for (const fault of ["face", "rejection", "timer", "worker"] as const) {
      await test.step(fault, async () => {
        await using journey = await Journey.open({
          people: ["alice"],
          videosFolder: join(PROJECT_ROOT, "videos"),
        });
        await using pane = await sitDown(journey, "alice", {
          env: { TEST_FAULT: fault },
          entry: "tests/kit/faulty_client.ts",
        });
        await pane.see(/● online/);
        if (fault === "worker") {
          await pane.type("/watch cockatoo --render sixel\r");
          // The video ends with a word; the conversation goes on.
          await pane.see(/Cannot draw pictures: a planted fault/);
          await pane.type("/quit\r");
          const code = await pane.ended();
          equal(code, 0, (await pane.rows()).join("\n"));
        } else {
          await pane.type("/emoticons\r");
          equal(await pane.ended(), 1);
          await pane.see(/unexpected happened, please report it.*planted fault/);
          const log = join(journey.folder, "alice/heliograph/state/client.log");
          await pane.see(/More is in/);
          match(
            await Deno.readTextFile(log),
            /error (cli|cli\.stopper) \d+ (crash|command failed) .*planted fault/,
          );
        }
        await isAsBefore(pane);
      });
    }
  },
});
