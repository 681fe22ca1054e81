import { equal, throws } from "node:assert/strict";
import { parseVideoMode } from "../../../lib/app/video_settings.ts";

Deno.test("usual mode of videos is what config.toml says, and nothing where it says nothing", () => {
  equal(parseVideoMode(""), undefined);
  equal(parseVideoMode('[video]\nmode = "adaptive"\n'), "adaptive");
  equal(parseVideoMode("[video]\n"), undefined);
  for (const wrong of ['mode = "best"', "mode = 3", 'modes = "adaptive"']) {
    throws(() => parseVideoMode(`[video]\n${wrong}\n`), { code: "bad-config" });
  }
});
