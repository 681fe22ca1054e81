import { deepEqual, equal, throws } from "node:assert/strict";
import { parseVideoSettings } from "../../../lib/app/video_settings.ts";

Deno.test("usual mode of videos is what config.toml says, and nothing where it says nothing", () => {
  const { mode } = parseVideoSettings('[video]\nmode = "adaptive"\n');
  equal(mode, "adaptive");
  const nothing = { mode: undefined, sound: undefined, subtitles: undefined };
  deepEqual(parseVideoSettings(""), nothing);
  deepEqual(parseVideoSettings("[video]\n"), nothing);
  for (const wrong of ['mode = "best"', "mode = 3", 'modes = "adaptive"']) {
    throws(() => parseVideoSettings(`[video]\n${wrong}\n`), { code: "bad-config" });
  }
});

Deno.test("sound and subtitles are what config.toml says, and words that mean neither are refused", () => {
  const { sound, subtitles } = parseVideoSettings('[video]\nsound = "off"\nsubtitles = "de"\n');
  deepEqual([sound, subtitles], ["off", "de"]);
  for (
    const wrong of ['sound = "loud"', "sound = true", 'subtitles = "\\u001b[2J"', "subtitles = 1"]
  ) {
    throws(() => parseVideoSettings(`[video]\n${wrong}\n`), { code: "bad-config" });
  }
});
