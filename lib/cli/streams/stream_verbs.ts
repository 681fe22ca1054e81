/** The verbs stream and stream accept. */

import { streamsOf } from "../../client/client_streams.ts";
import { captureOf, requirePicture } from "../../client/streams/stream_sending.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Context } from "../context.ts";
import { P2P_OPTION, readWay } from "../../app/commands/direct.ts";
import { findRecipient } from "../../app/recipient.ts";
import type { Verb } from "../verb.ts";
import { STREAM_ACCEPT_VERB } from "./accept_verb.ts";
import { openFfmpegHere } from "./ffmpeg_here.ts";
import { requireWatched, sentStreamLine } from "../../app/stream_lines.ts";
import { chooseSource, SOURCE_OPTIONS } from "./stream_source.ts";
import { whileConnected } from "./while_connected.ts";

const streamVerb: Verb = {
  name: "stream",
  group: "Videos",
  summary: "show somebody or a room a video, a camera or a screen, live and sealed",
  details:
    "One picture is tried first: what shows none is not offered. Then it waits until somebody says yes, for two minutes, and the rest is read only while somebody watches. Size and rate follow the line. Ctrl-C ends it, a lost connection does not for 15 s. --camera test shows a made picture, for machines without a camera.",
  arguments: [
    { name: "TO", summary: "whom, or a #room", required: true },
    { name: "FILE", summary: "which video file", required: false },
  ],
  options: [...SOURCE_OPTIONS, P2P_OPTION],
  examples: [
    { line: "stream bob film.mp4", summary: "ends with the film" },
    { line: "stream '#3' --camera default", summary: "a room sees this camera" },
    { line: "stream bob --camera test", summary: "tries it out" },
  ],
  exitCodes: [3, 4, 5, 6, 7, 11],
  async run(context, values) {
    await using owned = new AsyncDisposableStack();
    const resolve = (path: string) => context.person.path(path);
    const { source, title } = await chooseSource(values, values.argument("FILE"), resolve);
    const ffmpeg = await openFfmpegHere(owned);
    await requirePicture(ffmpeg, source, context.signal);
    const client = await context.connectClient();
    const { peer, shown } = await findRecipient(client, values.required("TO"));
    const mode = readWay(client.transfers.direct.contacts, { peer, shown }, values);
    const sent = await whileConnected(
      context,
      client,
      (signal) =>
        streamsOf(client).send(peer, { source: source.kind, title, mode }, {
          ...captureOf(ffmpeg, source),
          signal,
          onOffered: () => context.output.note(`Offered to ${shown}. Ctrl-C ends it`),
          onWatchers: (count) => tellWatchers(context, count),
        }),
    );
    await context.output.object("streamed", { ...sent });
    requireWatched(sent, shown);
    await context.output.line(sentStreamLine(sent));
    return sent.end === "stopped" ? EXIT.interrupted : EXIT.done;
  },
};

/** Told beside everything else; what cannot be written is told by the next line. */
function tellWatchers({ output }: Context, count: number): void {
  output.note(count === 1 ? "1 device watches" : `${count} devices watch`).catch(() => {});
}

/** `heliograph stream TO FILE`, `heliograph stream accept`. */
export const STREAM_VERBS: readonly Verb[] = [streamVerb, STREAM_ACCEPT_VERB];
