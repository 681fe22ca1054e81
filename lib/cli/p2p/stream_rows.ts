/** Commands about live streams: stream. `y` and `n` answer what is offered (offer_rows). */

import { HeliographError, UsageError } from "../../base/errors.ts";
import { captureOf, requirePicture } from "../../client/streams/stream_sending.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import { openFfmpegHere } from "../streams/ffmpeg_here.ts";
import { requireWatched, sentStreamLine } from "../../app/stream_lines.ts";
import { chooseSource, type ChosenSource, SOURCE_OPTIONS } from "../streams/stream_source.ts";
import type { P2pDialogue } from "./p2p_dialogue.ts";
import type { ShellRow } from "./shell_row.ts";

/** What a desk shows now; its abort ends it. */
const showing = new WeakMap<P2pDialogue, AbortController>();
const STOPPED = new DOMException("The person ended the stream", "AbortError");

const stream: ShellRow = {
  name: "stream",
  group: "Files",
  title: "Show a video, a camera or a screen",
  summary: "show somebody a video, a camera or a screen, live and sealed",
  details:
    "It runs beside the shell, and size and rate follow the line: stream stop ends it. It needs ffmpeg here. --camera test shows a made picture.",
  arguments: [
    { name: "USERNAME", summary: "to whom, or stop", required: true },
    { name: "FILE", summary: "which video file", required: false },
  ],
  options: SOURCE_OPTIONS,
  examples: [
    { line: "stream julia film.mp4", summary: "julia is asked, and watches" },
    { line: "stream julia --camera test", summary: "a made picture" },
    { line: "stream stop", summary: "ends what is shown now" },
  ],
  exitCodes: [4, 11],
  completes: "connected",
  async run(desk, values) {
    const name = values.required("USERNAME");
    const file = values.argument("FILE");
    const isOther = [file, ...SOURCE_OPTIONS.map(({ flag }) => values.option(flag))]
      .some((one) => one !== undefined);
    if (name === "stop" && !isOther) return stop(desk);
    if (showing.has(desk)) {
      throw new UsageError("streaming", "You show something already: stream stop ends it");
    }
    const peer = desk.find(name);
    await begin(desk, peer, await chooseSource(values, file, desk.options.resolvePath));
  },
};

/** `stream`. */
export const STREAM_SHELL_ROWS: readonly ShellRow[] = [stream];

async function begin(
  desk: P2pDialogue,
  peer: KnownPeer,
  { source, title }: ChosenSource,
): Promise<void> {
  const opened = new AsyncDisposableStack();
  const ffmpeg = await openFfmpegHere(opened);
  const { streams } = await desk.pair(peer);
  const ending = new AbortController();
  const { signal } = ending;
  showing.set(desk, ending);
  const what = title === "" ? `your ${source.kind}` : title;
  desk.beside(async (stopped) => {
    stopped.addEventListener("abort", () => ending.abort(stopped.reason), { once: true, signal });
    const shown = (async () => {
      await using _owned = opened;
      await requirePicture(ffmpeg, source, signal);
      const offered = { source: source.kind, title };
      return await streams.send(peer.account, offered, {
        ...captureOf(ffmpeg, source),
        signal,
        onOffered: () => desk.say("stream-offered", offered, `Offered to ${peer.name}: ${what}`),
      });
    })();
    try {
      // Over before that is said: who reads it may show something else.
      const sent = await shown.finally(() => showing.delete(desk));
      requireWatched(sent, peer.name);
      await desk.say("streamed", { ...sent }, sentStreamLine(sent));
    } catch (error) {
      if (error === STOPPED) {
        return await desk.say("streamed", {}, "Stream stopped: nothing was shown");
      }
      if (!(error instanceof HeliographError)) throw error;
      await desk.complain(error);
    }
  });
}

function stop(desk: P2pDialogue): void {
  const ending = showing.get(desk);
  if (ending === undefined) throw new UsageError("no-stream", "You show nothing now");
  ending.abort(STOPPED);
}
