/** The picture that stands for a video of the server's, for whoever draws a list of them. */

import { HeliographError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { Link } from "../link/link.ts";
import type { ReadPicture } from "../transfers/pictures.ts";

const log = logger("client", "poster");

/** Asks for it. A server without posters, and one that cannot make this one, has none. */
export async function readPoster(
  client: { readonly link: Pick<Link, "ask"> },
  video: string,
): Promise<ReadPicture> {
  try {
    // Throws where there is no connection.
    const { payload } = await client.link.ask("video.poster", { video });
    return payload.length === 0
      ? { ok: false, why: "not-here" }
      : { ok: true, bytes: payload.slice() };
  } catch (error) {
    if (!(error instanceof HeliographError)) throw error;
    log.debug("no poster", { code: error.code });
    return { ok: false, why: "not-here" };
  }
}
