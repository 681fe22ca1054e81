/** Finds ffmpeg and opens the frame store for the server's videos. */

import { describeError, MediaError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { Ffmpeg } from "../../media/ffmpeg/ffmpeg.ts";
import { locateFfmpeg } from "../../media/ffmpeg/ffmpeg_locate.ts";
import { FrameStore } from "../../media/frames/frame_store.ts";
import { makePrivateFolder } from "../../storage/private_files.ts";
import { Library } from "./library.ts";
import type { ServerOptions } from "../config/server_options.ts";

const log = logger("server", "library");

type LibraryOptions = Pick<
  ServerOptions,
  "dataFolder" | "cacheFolder" | "videoFolder" | "ffmpegPath" | "frameQuotaBytes"
>;

/**
 * What is opened belongs to `owned`. Without an ffmpeg the server runs all the same, and shows what was extracted before;
 * but one that a person named must work: throws MediaError `ffmpeg-missing`.
 */
export async function openLibrary(
  options: LibraryOptions,
  owned: AsyncDisposableStack,
  finding: Promise<Ffmpeg | undefined>,
): Promise<{ library: Library; ffmpeg: Ffmpeg | undefined }> {
  const ffmpeg = await finding;
  const frames = owned.use(
    await FrameStore.open({
      folder: `${options.cacheFolder}/frames`,
      quotaBytes: options.frameQuotaBytes,
      ffmpeg,
    }),
  );
  const library = new Library(options.videoFolder, frames, ffmpeg !== undefined);
  await library.arriving.removeOld({ atStart: true });
  return { library, ffmpeg };
}

/** Looks for ffmpeg, and tries it inside its walls, which takes a while. Throws as `openLibrary`. */
export async function findFfmpeg(options: LibraryOptions): Promise<Ffmpeg | undefined> {
  const { ffmpegPath } = options;
  await makePrivateFolder(options.cacheFolder);
  const located = await locateFfmpeg({
    given: ffmpegPath,
    dataFolder: options.dataFolder,
    projectFolder: Deno.cwd(),
    foreignFolders: [options.videoFolder],
  });
  if (!located.found) {
    for (const { path, reason } of located.tried) log.warn("ffmpeg refused", { path, reason });
    if (ffmpegPath !== undefined) {
      throw new MediaError("ffmpeg-missing", `Cannot use ffmpeg: ${ffmpegPath} cannot be run`);
    }
    log.warn("ffmpeg not found: videos cannot be prepared");
    return undefined;
  }
  try {
    const workFolder = `${options.cacheFolder}/ffmpeg`;
    const ffmpeg = await Ffmpeg.open({ path: located.path, workFolder });
    log.info("ffmpeg", { path: ffmpeg.path, version: ffmpeg.version });
    return ffmpeg;
  } catch (error) {
    if (ffmpegPath !== undefined || !(error instanceof MediaError)) throw error;
    log.warn("ffmpeg refused: videos cannot be prepared", { reason: describeError(error) });
    return undefined;
  }
}
