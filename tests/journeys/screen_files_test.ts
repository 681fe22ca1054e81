/** J4 between two faces: the line dialogue sends, the full screen takes, and the programs between them break. */

import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { untilFileHas } from "../kit/file_wait.ts";
import { HAS_TMUX } from "../kit/tmux.ts";
import { Journey } from "./programs.ts";
import { sitDown } from "./sitting.ts";

const SIZE_BYTES = 60_000_000;

Deno.test({
  name:
    "J4: from the line dialogue to the full screen, past kill -9 of server and sender and a pause (needs tmux)",
  ignore: !HAS_TMUX,
  async fn() {
    await using journey = await Journey.open({ people: ["alice", "bob"] });
    const [source, inbox] = [join(journey.folder, "big.iso"), join(journey.folder, "in")];
    await Deno.writeFile(source, new Uint8Array(SIZE_BYTES).fill(5));
    const part = join(inbox, "big.iso.part");
    await using bob = await sitDown(journey, "bob");
    await using first = journey.converse("alice", ["--plain"]);
    await first.line(/online: .*bob/);
    await first.type(`/send @bob ${source}`);
    await first.line(/^\* sent a request to bob: big\.iso \(60\.0 MB\), transfer 1$/);
    await bob.see(/alice sends you big\.iso \(60\.0 MB\)/);
    await bob.type(`/y --to ${inbox}`);
    await bob.press("Enter");
    await bob.see(/receiving big\.iso/);
    await untilFileHas(part, 1);
    await bob.type("/pause 1");
    await bob.press("Enter");
    await first.line(/bob paused transfer 1/);
    await bob.see(/1 {2}from alice {2}big\.iso \(60\.0 MB\) {2}paused at/);
    await bob.type("/resume 1");
    await bob.press("Enter");
    await first.line(/bob resumes transfer 1/);
    const before = await untilFileHas(part, 1);
    await journey.kill();
    await bob.see(/○ offline|connecting|not connected/);
    await journey.restart();
    await untilFileHas(part, before + 1);
    await first.stop("SIGKILL");
    // The next start goes on by itself.
    await using second = journey.converse("alice", ["--plain"]);
    await second.line(/big\.iso has uploaded: bob has it/);
    // The status line names it, and its conversation has the card.
    await bob.see(/● online.* ✓ big\.iso/);
    await bob.press("M-Down");
    await bob.see(/✓ big\.iso · 60\.0 MB · verified/);
    deepEqual([...Deno.readDirSync(inbox)].map(({ name }) => name), ["big.iso"]);
    equal((await Deno.stat(join(inbox, "big.iso"))).size, SIZE_BYTES);
    await second.type("/transfers");
    await second.line(/^1 {2}to bob {2}big\.iso \(60\.0 MB\) {2}done, verified$/);
  },
});
