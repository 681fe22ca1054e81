/** How videos are watched when nothing else is said: table `[video]` of `config.toml`. */

import { VIDEO_MODES, type VideoMode } from "../protocol/hop/video.ts";
import { badConfig, readConfigTable } from "../storage/config_table.ts";

/** What the text of the file says of it; undefined: nothing. Pure. Throws UsageError `bad-config`. */
export function parseVideoMode(text: string): VideoMode | undefined {
  const { mode } = readConfigTable(text, "video", ["mode"]);
  if (mode === undefined) return undefined;
  const known = VIDEO_MODES.find((one) => one === mode);
  if (known !== undefined) return known;
  throw badConfig(`mode is one of ${VIDEO_MODES.join(", ")}`);
}
