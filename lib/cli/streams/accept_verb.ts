/** The verb stream accept. */

import { framesOf } from "../../app/frame_words.ts";
import { Refusal } from "../../base/errors.ts";
import { streamsOf } from "../../client/client_streams.ts";
import { EXIT, type ExitCode } from "../../commands/exit_code.ts";
import type { Context } from "../context.ts";
import { P2P_OPTION, readWay } from "../../app/commands/direct.ts";
import type { Verb } from "../verb.ts";
import { PICTURE_OPTIONS } from "../video/open_viewer.ts";
import { findOfferer, nextOffer, readSeconds } from "./next_offer.ts";
import type { WatchedStream } from "../../app/video_surface.ts";
import { surfaceAt } from "../video/surface.ts";
import { shownBy, watchedStreamLine } from "../../app/stream_lines.ts";
import { whileConnected } from "./while_connected.ts";

/** `heliograph stream accept`. */
export const STREAM_ACCEPT_VERB: Verb = {
  name: "stream accept",
  group: "Videos",
  summary: "watch what somebody shows live",
  details:
    "Takes the newest offer, or waits for one. With FROM only what this person, or somebody in this room, offers. The line below the picture says when its sender is not proven. q leaves.",
  arguments: [{ name: "FROM", summary: "whose, or of which #room", required: false }],
  options: [
    ...PICTURE_OPTIONS,
    {
      flag: "--wait",
      valueName: "SECONDS",
      summary: "give up when nothing is offered for so long",
    },
    P2P_OPTION,
  ],
  examples: [
    { line: "stream accept", summary: "the newest offer, or the next one" },
    { line: "stream accept alice --render none --save out", summary: "only the frames" },
  ],
  exitCodes: [3, 4, 5, 6, 7],
  async run(context, values) {
    const client = await context.connectClient();
    const peer = await findOfferer(client, values.argument("FROM"));
    const waitMs = readSeconds(values.option("--wait"));
    return await whileConnected(context, client, async (signal) => {
      const streams = streamsOf(client);
      const stream = await nextOffer(context, { client, streams }, { peer, waitMs, signal });
      const { contacts } = client.transfers.direct;
      const mode = readWay(contacts, { peer: stream.peer, shown: stream.account }, values);
      await context.output.note(`Watching ${shownBy(stream)}`);
      const folder = values.option("--save");
      const surface = surfaceAt(context, client, values);
      const watched = await surface.watch(streams, stream, { folder, mode, signal });
      return await tellWatched(context, stream.account === client.profile.own.account, watched);
    });
  },
};

async function tellWatched(
  { output }: Context,
  isOwn: boolean,
  watched: WatchedStream,
): Promise<ExitCode> {
  const { summary, saved } = watched;
  await output.object("watched-stream", {
    ...summary,
    // Its end came, and was not that of what was to be shown.
    complete: summary.complete && summary.reason !== "failed",
    viewer: watched.statistics,
    ...saved && { saved: saved.saved, refusedPictures: saved.refused },
  });
  await output.line(watchedStreamLine(watched));
  if (saved !== undefined) {
    await output.line(`${framesOf(saved.saved)} saved in ${saved.folder}`);
  }
  if (summary.proven === "not-proven" && !isOwn) {
    await output.note("The sender was not proven: do not rely on what was shown");
  }
  if (watched.interrupted) return EXIT.interrupted;
  if (watched.error !== undefined) throw watched.error;
  if (summary.reason === "failed") {
    throw new Refusal("stream-failed", "The sender's source failed");
  }
  return EXIT.done;
}
