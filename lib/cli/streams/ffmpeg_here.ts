/** ffmpeg for what this person shows: found, checked, with an empty folder of its own. */

import { MediaError } from "../../base/errors.ts";
import { Ffmpeg } from "../../media/ffmpeg.ts";
import { locateFfmpeg } from "../../media/ffmpeg_locate.ts";

/** The folder goes with `owned`. Throws MediaError `ffmpeg-missing`. */
export async function openFfmpegHere(owned: AsyncDisposableStack): Promise<Ffmpeg> {
  const found = await locateFfmpeg({ projectFolder: Deno.cwd() });
  if (!found.found) {
    throw new MediaError(
      "ffmpeg-missing",
      "Showing a video needs ffmpeg, and there is none here: install it, or set HELIOGRAPH_FFMPEG",
    );
  }
  const workFolder = await Deno.makeTempDir({ prefix: "heliograph-" });
  owned.defer(() => Deno.remove(workFolder, { recursive: true }));
  return await Ffmpeg.open({ path: found.path, workFolder });
}
