/** What the home page shows besides the conversations: the last files, and videos of the server. */

import { HeliographError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import type { Peer } from "../../base/ids.ts";
import { nameItems } from "../../client/transfers/describe.ts";
import { placeOf, type Transfer } from "../../client/transfers/transfer.ts";
import { clockWords, type ListedVideo } from "../video_list.ts";

/** Files that came or went as a whole. */
export interface HomeFile {
  /** Foreign. */
  readonly name: string;
  readonly place: Peer;
  readonly isOwn: boolean;
}

/** Foreign text may be in it. */
export interface HomeFacts {
  /** The newest first. */
  readonly files: readonly HomeFile[];
  /** `cockatoo (0:14)`. */
  readonly videos: readonly string[];
  /** The same of those whose posters may be shown. */
  readonly posters: readonly Pick<ListedVideo, "name" | "sizeBytes">[];
  /** Whether the server has more videos than these. */
  readonly hasMoreVideos: boolean;
}

/** Before anything is known. */
export const NO_HOME_FACTS: HomeFacts = {
  files: [],
  videos: [],
  posters: [],
  hasMoreVideos: false,
};

const MOST_FILES = 4;
const MOST_VIDEOS = 5;
/** Of a room there is a transfer for each member. */
const LOOKED_AT = 40;

/** Reads them. `before`: what is kept where there is no server at the moment. Never rejects for a server that is gone. */
export async function readHomeFacts(
  client: Pick<Client, "transfers" | "isOnline" | "link">,
  before: HomeFacts,
): Promise<HomeFacts> {
  const files = filesOf(await client.transfers.newest(LOOKED_AT));
  if (!client.isOnline) return { ...before, files };
  try {
    // The first page of the list is enough.
    const { fields } = await client.link.ask("video.list", {});
    const videos = fields.videos.filter(({ problem }) => problem === undefined);
    return {
      files,
      videos: videos.slice(0, MOST_VIDEOS).map(videoWords),
      posters: videos.slice(0, MOST_VIDEOS).map(({ name, sizeBytes }) => ({ name, sizeBytes })),
      hasMoreVideos: fields.more || videos.length > MOST_VIDEOS,
    };
  } catch (error) {
    if (!(error instanceof HeliographError)) throw error;
    return { ...before, files };
  }
}

/** `transfers`: the oldest first. */
function filesOf(transfers: readonly Transfer[]): readonly HomeFile[] {
  const files = new Map<string, HomeFile>();
  for (const transfer of transfers.toReversed()) {
    if (transfer.state.state !== "done") continue;
    const name = nameItems(transfer.items);
    const file = { name, place: placeOf(transfer), isOwn: transfer.direction === "out" };
    const key = JSON.stringify(file);
    if (!files.has(key)) files.set(key, file);
  }
  return [...files.values()].slice(0, MOST_FILES);
}

function videoWords({ name, durationMs }: ListedVideo): string {
  return durationMs === undefined ? name : `${name} (${clockWords(durationMs)})`;
}
