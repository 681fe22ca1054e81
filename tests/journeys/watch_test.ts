import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { PROJECT_ROOT } from "../tools/floors.ts";
import { Journey, PROGRAMS_EXIST } from "./programs.ts";

/** Pictures of videos/realshort.mp4, by decoding it. */
const FRAMES = 36;

Deno.test({
  name: "watch saves one third of the frames from each rendition through the real programs",
  ignore: !PROGRAMS_EXIST,
  async fn() {
    await using journey = await Journey.open({ videosFolder: join(PROJECT_ROOT, "videos") });
    const registered = await journey.register("alice");
    equal(registered.code, 0, registered.stderr);
    const saved = join(journey.folder, "saved");
    const watched = await journey.run("alice", [
      ...["watch", "realshort", "--mode", "thirds", "--render", "none"],
      ...["--speed", "max", "--save", saved],
    ]);
    equal(watched.code, 0, watched.stderr);

    const pictures = [...Deno.readDirSync(saved)].map(({ name }) => name)
      .filter((name) => name.endsWith(".jpg")).sort();
    const names = Array.from({ length: FRAMES }, (_, i) => `${String(i).padStart(6, "0")}.jpg`);
    deepEqual(pictures, names);
    const headers = Deno.readTextFileSync(join(saved, "frames.jsonl")).trim().split("\n")
      .map((line) => JSON.parse(line));
    deepEqual(headers.map(({ index }) => index), names.map((_, i) => i));
    const renditions = headers.map(({ rendition }) => rendition);
    const thirds = ["240p", "720p", "1080p"].flatMap((name) => Array(FRAMES / 3).fill(name));
    deepEqual(renditions, thirds);
    for (const name of pictures) {
      const bytes = Deno.readFileSync(join(saved, name));
      deepEqual([...bytes.subarray(0, 3)], [0xff, 0xd8, 0xff], `${name} is a JPEG`);
    }
  },
});
