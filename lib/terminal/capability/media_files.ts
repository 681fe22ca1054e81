/** Throw-away files, to find out whether a terminal can read pictures from where we can write them. */

import { encodeBase64, utf8 } from "../../base/bytes.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";

const log = logger("terminal", "media_files");

/** One pixel in a place that the terminal is asked to read from. */
export interface MediaFile {
  /** The name as the kitty protocol wants it: base64 of the path, or of the object's name. */
  readonly nameBase64: string;
  /** Removes it, unless the terminal already did. */
  remove(): void;
}

/** Makes the files for one detection. Each is undefined when this program may not write there. */
export interface MediaFiles {
  temporaryFile(): MediaFile | undefined;
  sharedMemory(): MediaFile | undefined;
}

/** One RGB pixel. */
const PIXEL = new Uint8Array(3);

/** kitty deletes a file only when its name says that it was made for that (graphics protocol, "t=t"). */
const NAME_PREFIX = "tty-graphics-protocol-";

/**
 * Files of this machine. On Linux a POSIX shared memory object is a file in /dev/shm; Deno lets a program write there only with
 * all permissions, which ours does not have, so this is for those who grant them.
 */
export const systemMediaFiles: MediaFiles = {
  temporaryFile: () =>
    make("temporary file", () => {
      const path = Deno.makeTempFileSync({ prefix: NAME_PREFIX });
      Deno.writeFileSync(path, PIXEL);
      return { path, name: path };
    }),
  sharedMemory: () => {
    if (Deno.build.os !== "linux") return undefined;
    return make("shared memory", () => {
      const path = Deno.makeTempFileSync({ dir: "/dev/shm", prefix: NAME_PREFIX });
      Deno.writeFileSync(path, PIXEL);
      return { path, name: path.slice("/dev/shm".length) };
    });
  },
};

function make(medium: string, write: () => { path: string; name: string }): MediaFile | undefined {
  try {
    const { path, name } = write();
    return { nameBase64: encodeBase64(utf8(name)), remove: () => remove(path) };
  } catch (error) {
    // Not allowed or no room: then the terminal is not asked about it.
    log.debug("medium not usable", { medium, reason: describeError(error) });
    return undefined;
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      log.warn("temporary file left", { path, reason: describeError(error) });
    }
  }
}
