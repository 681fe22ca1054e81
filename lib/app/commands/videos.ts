/** Commands about the server's videos, and the words for what they report. */

import { result } from "../../commands/command_row.ts";
import type { Wording } from "../../commands/wording.ts";
import type { PersonCommands, PersonRow } from "../person_row.ts";
import { type ListedVideo, listVideos, videoLine } from "../video_list.ts";

/** Every kind of report of these commands. */
export interface VideoKinds {
  "video": ListedVideo;
  "no-videos": Record<never, never>;
}

const WORDING: Wording<VideoKinds> = {
  "video": { isList: true, line: videoLine },
  "no-videos": { isNote: true, line: () => "this server has no videos" },
};

const videos: PersonRow<VideoKinds> = {
  name: "videos",
  group: "Videos",
  summary: "list the server's videos",
  examples: [{ line: "videos", summary: "number, name, length, size, ready renditions" }],
  exitCodes: [3, 5, 7],
  needs: ["server", "connection"],
  slash: { aliases: ["avvid", "ls videos"] },
  async run({ client }) {
    const listed = await listVideos(client.link);
    if (listed.length === 0) return result("no-videos", {});
    return { reports: listed.map((facts) => ({ kind: "video", facts }) as const) };
  },
};

/** `videos`. */
export const VIDEOS: PersonCommands<VideoKinds> = { rows: [videos], wording: WORDING };
