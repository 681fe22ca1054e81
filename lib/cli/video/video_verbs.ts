/** Verbs about the server's videos: videos, watch. */

import type { Client } from "../../client/client.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT } from "../../commands/exit_code.ts";
import { VIDEO_MODES, type VideoMode } from "../../protocol/hop/video.ts";
import type { Context } from "../context.ts";
import { FrameSaver } from "./frame_saver.ts";
import { STREAM_VERBS } from "../streams/stream_verbs.ts";
import { VIDEOS } from "../../app/commands/videos.ts";
import { verbsOf } from "../person_verbs.ts";
import type { Verb } from "../verb.ts";
import { openViewer, PICTURE_OPTIONS } from "./open_viewer.ts";
import { connectAgain } from "./way_back.ts";
import { parseSpeed, savedLine, SPEED_OPTION, watch, type Watched, watchedLine } from "./watch.ts";

const watchVerb: Verb = {
  name: "watch",
  group: "Videos",
  summary: "watch a video of the server in the terminal",
  details:
    "--save keeps what arrives: at the video's own pace, late frames are left out; with --speed max, or --render none, all are saved. The mode thirds shows the first third of the video in 240p, the second in 720p, the last in 1080p. While it plays: space pauses, the arrows seek, [ and ] change the speed, q leaves. Ctrl-C leaves too, and ends with 130. A connection that is lost is looked for again for a minute, and the video goes on from the same moment; without one it ends with 5.",
  arguments: [{ name: "NAME", summary: "a name or number of the list", required: true }],
  options: [
    {
      flag: "--mode",
      valueName: "MODE",
      choices: VIDEO_MODES,
      summary: "which rendition each frame comes from (default: thirds)",
    },
    ...PICTURE_OPTIONS,
    SPEED_OPTION,
  ],
  examples: [
    { line: "watch cockatoo", summary: "until its end or q" },
    { line: "watch 2 --mode fixed:720p --render sixel", summary: "one rendition, as sixels" },
    { line: "watch cockatoo --render none --save out --speed max", summary: "only the frames" },
  ],
  exitCodes: [3, 4, 5, 7, 11],
  async run(context, values) {
    const client = await context.connectClient();
    const { interrupted } = await watchVideo(context, client, values);
    return interrupted ? EXIT.interrupted : EXIT.done;
  },
};

/** Plays a video to its end, by the values of `watch`, and says what came of it. */
async function watchVideo(
  context: Context,
  client: Client,
  values: CommandValues,
): Promise<Watched> {
  // Where nothing is drawn there is no pace to keep: every frame is to be saved.
  const savesOnly = values.has("--save") && values.option("--render") === "none";
  const speed = parseSpeed(values.option("--speed") ?? (savesOnly ? "max" : undefined));
  // Checked against the choices of the option.
  const mode = (values.option("--mode") ?? "thirds") as VideoMode;
  const folder = values.option("--save");
  const video = values.required("NAME");
  await using owned = new AsyncDisposableStack();
  const { watched, sinks: { viewer, saver } } = await watch(client.link, {
    video,
    mode,
    speed,
    open: async () => {
      const saver = folder === undefined
        ? undefined
        : owned.use(await FrameSaver.open(context.person.path(folder)));
      return { viewer: await openViewer(context, values, owned), saver };
    },
    clock: context.clock,
    signal: context.signal,
    reconnect: (stop) => connectAgain(context, client, stop),
  });
  // The terminal is given back first: the summary stays in its scrollback, and what is still to be drawn is counted.
  await owned.disposeAsync();
  const { statistics } = viewer;
  const saved = saver === undefined ? {} : { saved: saver.saved, refused: saver.refused };
  await context.output.object("watched", { ...watched, mode, ...statistics, ...saved });
  await context.output.line(watchedLine(watched, statistics));
  if (saver !== undefined) await context.output.line(savedLine(saver, watched, folder));
  return watched;
}

/** The verbs of the server's library. */
export const VIDEO_VERBS: readonly Verb[] = [...verbsOf(VIDEOS), watchVerb, ...STREAM_VERBS];
