/** The command that waits for a live stream and watches it, and its words. */

import { Refusal, TransportError, UsageError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import type { StreamRow } from "../../client/streams/stream_store.ts";
import type { Streams } from "../../client/streams/streams.ts";
import { result } from "../../commands/command_row.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Wording } from "../../commands/wording.ts";
import { framesOf, LOST_STREAM, shownBy, watchedStreamLine } from "../stream_lines.ts";
import { type PersonCommands, type PersonRow, surfaceOf } from "../person_row.ts";
import { findRecipient } from "../recipient.ts";
import type { WatchedStream } from "../video_surface.ts";
import type { SoundChoice } from "../video_settings.ts";
import { P2P_OPTION, readWay } from "./direct.ts";
import { SOUND_OPTION } from "./videos.ts";

interface AcceptKinds {
  "waiting-for-stream": Record<never, never>;
  "watching-stream": { readonly stream: StreamRow };
  "watched-stream": WatchedStream;
  "not-proven": Record<never, never>;
}

const WORDING: Wording<AcceptKinds> = {
  "waiting-for-stream": { isNote: true, line: () => "Waiting for a stream" },
  "watching-stream": { isNote: true, line: ({ stream }) => `Watching ${shownBy(stream)}` },
  "watched-stream": {
    fields: ({ summary, statistics, saved }) => ({
      ...summary,
      // Its end came, and was not that of what was to be shown.
      complete: summary.complete && summary.reason !== "failed",
      viewer: statistics,
      ...saved && { saved: saved.saved, refusedPictures: saved.refused },
    }),
    line: (watched) => {
      const { saved } = watched;
      const line = watchedStreamLine(watched);
      return saved === undefined
        ? line
        : [line, `${framesOf(saved.saved)} saved in ${saved.folder}`];
    },
  },
  "not-proven": {
    isNote: true,
    line: () => "The sender was not proven: do not rely on this video",
  },
};

const accept: PersonRow<AcceptKinds> = {
  name: "stream accept",
  group: "Videos",
  summary: "watch a live stream",
  details:
    "Watches the newest stream, or waits for one. With FROM only streams of this person, or in this room. The line below the picture warns when the sender is not proven. It is heard where it is drawn, as videos are: m mutes, + and - change the volume. q leaves.",
  arguments: [{ name: "FROM", summary: "the person or #room", required: false }],
  options: [
    {
      flag: "--wait",
      valueName: "SECONDS",
      summary: "give up when no stream starts in this time",
    },
    SOUND_OPTION,
    P2P_OPTION,
  ],
  examples: [
    { line: "stream accept", summary: "the newest stream, or the next one" },
    { line: "stream accept alice --render none --save out", summary: "only the frames" },
  ],
  exitCodes: [3, 4, 5, 6, 7],
  needs: ["server", "connection", "video"],
  slash: "none",
  lasting: () => LOST_STREAM,
  async *run(context, values, { signal }) {
    const { client } = context;
    const { clock, profile: { own, writes } } = client;
    const peer = await findOfferer(client, values.argument("FROM"));
    const untilMs = clock.monotonicMs() + readSeconds(values.option("--wait"));
    const leftMs = () => untilMs - clock.monotonicMs();
    const streams = context.streams();
    let stream = await newestOf(streams, peer);
    if (stream === undefined && leftMs() > 0) yield result("waiting-for-stream", {}).reports;
    stream ??= await writes.until(async () => {
      const newest = await newestOf(streams, peer);
      if (newest !== undefined || leftMs() > 0) return newest;
      throw new TransportError("timeout", "No stream started in time");
    }, { againMs: leftMs, signal });
    const way = { peer: stream.peer, shown: stream.account };
    const mode = readWay(client.transfers.direct.contacts, way, values);
    yield result("watching-stream", { stream }).reports;
    const folder = values.option("--save");
    const sound = values.option("--sound") as SoundChoice | undefined;
    const how = { folder, mode, sound, signal };
    const watched = await surfaceOf(context).watch(streams, stream, how);
    yield result("watched-stream", watched).reports;
    const { summary, interrupted } = watched;
    if (summary.proven === "not-proven" && stream.account !== own.account) {
      yield result("not-proven", {}).reports;
    }
    if (interrupted) return { reports: [], exit: EXIT.interrupted };
    if (watched.error !== undefined) throw watched.error;
    if (summary.reason !== "failed") return { reports: [] };
    throw new Refusal("stream-failed", "The sender's camera or file failed");
  },
};

/** Whose offers are meant; undefined for everybody's. Throws Refusal, UsageError. */
async function findOfferer(
  client: Client,
  from: string | undefined,
): Promise<StreamRow["peer"] | undefined> {
  return from === undefined ? undefined : (await findRecipient(client, from)).peer;
}

async function newestOf(
  streams: Streams,
  peer: StreamRow["peer"] | undefined,
): Promise<StreamRow | undefined> {
  return (await streams.waiting()).findLast((one) => peer === undefined || one.peer === peer);
}

/** In ms; without it, for ever. Throws UsageError. */
function readSeconds(text: string | undefined): number {
  if (text === undefined) return Infinity;
  const seconds = Number(text);
  if (seconds >= 0 && seconds <= 86_400) return seconds * 1000;
  throw new UsageError("bad-wait", `This is no time: ${text}. Try --wait 60`);
}

/** `stream accept`. */
export const STREAM_ACCEPT: PersonCommands<AcceptKinds> = { rows: [accept], wording: WORDING };
