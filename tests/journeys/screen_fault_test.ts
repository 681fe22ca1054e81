/** A fault of the full screen itself, which only a program made for it has: it runs from the source. */

import { equal, match } from "node:assert/strict";
import { join } from "node:path";
import { HAS_TMUX } from "../kit/tmux.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { isAsBefore } from "./as_before.ts";
import { Journey } from "./programs.ts";
import { sitDown } from "./sitting.ts";

Deno.test({
  name:
    "a fault of its own gives the terminal back, says so below what stood there, and is logged (needs tmux)",
  ignore: !HAS_TMUX,
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
          await pane.see(/unexpected happened. Please report it.*planted fault/);
          const log = join(journey.folder, "alice/heliograph/state/client.log");
          await pane.see(/More:/);
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
