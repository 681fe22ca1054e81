/** Looks for what plays sound on this machine. */

import type { Bytes } from "../../base/bytes.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { findSoundWays, locateProgram, type SoundWays } from "../../media/sound/sound_ways.ts";
import { LocalSocketStream } from "../../net/streams/local_socket.ts";
import { makePrivateFolder } from "../../storage/private_files.ts";
import type { Context } from "../context.ts";

const log = logger("cli", "sound");

/** Whoever calls what is returned gets the ways that there are by then. It never rejects. */
export function soundFinder(context: Pick<Context, "options" | "clock">): () => Promise<SoundWays> {
  const folder = context.options.folders.runtime;
  return async () => {
    try {
      await makePrivateFolder(folder);
      return await findSoundWays({
        env: (name) => Deno.env.get(name),
        os: Deno.build.os,
        exists,
        read,
        locate: locateProgram,
        folder,
        clock: context.clock,
        dial: (path) => LocalSocketStream.open(path),
      });
    } catch (error) {
      log.warn("sound not found", { reason: describeError(error) });
      return { ways: [], silence: "this machine could not be looked at" };
    }
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    // What may not be looked at cannot be used either.
    log.debug("not there", { path, reason: describeError(error) });
    return false;
  }
}

async function read(path: string, bytes: number): Promise<Bytes | undefined> {
  try {
    const found = await Deno.readFile(path);
    return found.length >= bytes ? found.slice(0, bytes) : undefined;
  } catch (error) {
    log.debug("not read", { path, reason: describeError(error) });
    return undefined;
  }
}
