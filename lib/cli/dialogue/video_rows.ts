/** Slash commands about the server's videos: videos, watch. */

import { UsageError } from "../../base/errors.ts";
import { VIDEO_MODES, type VideoMode } from "../../protocol/hop/video.ts";
import { isRenderChoice, RENDER_CHOICES } from "../../terminal/capability.ts";
import { FrameSaver } from "../video/frame_saver.ts";
import { type VideoKinds, VIDEOS } from "../../app/commands/videos.ts";
import { NoViewer, type Viewer } from "../video/viewer.ts";
import { untilConnected } from "../video/way_back.ts";
import { parseSpeed, savedLine, SPEED_OPTION, watch, watchedLine } from "../video/watch.ts";
import { typeName } from "../../app/names.ts";
import { type AroundRows, slashRowsOf } from "./person_rows.ts";
import { videoNamesOf } from "./video_names.ts";
import type { ChatContext, SlashRow } from "./slash_row.ts";
import { STREAM_ROWS } from "./stream_rows.ts";

/** What was listed can be completed. */
const keepNames: AroundRows<VideoKinds> = async ({ client }, _call, run) => {
  const done = await run();
  const listed = done.reports.filter((report) => report.kind === "video");
  videoNamesOf(client).keep(listed.map(({ facts }) => facts.name));
  return done;
};

const watchRow: SlashRow = {
  name: "watch",
  aliases: ["play"],
  group: "Videos",
  takesTerminal: true,
  summary: "watch a video of the server",
  details:
    "The mode thirds shows the first third of the video in 240p, the second in 720p, the last in 1080p. While it plays: space pauses, the arrows seek, [ and ] change the speed, q leaves. What is said meanwhile is shown afterwards.",
  arguments: [
    { name: "NAME", summary: "a name or number of the list", required: true },
    {
      name: "MODE",
      summary: "which rendition each frame comes from (default: thirds)",
      required: false,
      choices: VIDEO_MODES,
    },
  ],
  options: [
    { flag: "--mode", valueName: "MODE", choices: VIDEO_MODES, summary: "the same as MODE" },
    {
      flag: "--render",
      valueName: "METHOD",
      choices: RENDER_CHOICES,
      summary: "how pictures are drawn (default: auto)",
    },
    { flag: "--save", valueName: "DIR", summary: "keep the frames as JPEG, and frames.jsonl" },
    SPEED_OPTION,
  ],
  examples: [
    { line: "watch cockatoo", summary: "until its end or q" },
    { line: "watch 2 fixed:720p", summary: "one rendition" },
    { line: "watch cockatoo --save out", summary: "where nothing can be drawn: only the frames" },
  ],
  async run(chat, { values }) {
    const video = values.required("NAME");
    // Checked against the choices of the argument.
    const mode = (values.option("--mode") ?? values.argument("MODE") ?? "thirds") as VideoMode;
    const folder = values.option("--save");
    const request = { video, mode, folder, speed: values.option("--speed") };
    const choice = values.option("--render") ?? "auto";
    const render = isRenderChoice(choice) ? choice : "auto";
    const { open } = chat.stage;
    if (open !== undefined) {
      return await watchOn(chat, () => open({ render, signal: chat.signal }), request);
    }
    if (folder !== undefined) return await saveOnly(chat, request);
    throw new UsageError(
      "no-terminal",
      `There is no screen to draw on here. Say /watch ${
        typeName(video)
      } --save DIR to keep its pictures, or watch it in a terminal`,
    );
  },
};

interface WatchRequest {
  readonly video: string;
  readonly mode: VideoMode;
  readonly folder: string | undefined;
  readonly speed: string | undefined;
}

async function watchOn(
  chat: ChatContext,
  open: () => Promise<Viewer>,
  request: WatchRequest,
): Promise<void> {
  let line = "";
  await chat.behindCurtain(async () => {
    const speed = parseSpeed(request.speed);
    line = await play(chat, { ...request, speed }, async (owned) => {
      const saver = await openSaver(chat, request, owned);
      return { viewer: owned.use(await open()), saver };
    });
  });
  await chat.print(`* ${line}`);
}

async function saveOnly(chat: ChatContext, request: WatchRequest): Promise<void> {
  const speed = parseSpeed(request.speed ?? "max");
  const line = await play(chat, { ...request, speed }, async (owned) => ({
    viewer: new NoViewer(),
    saver: await openSaver(chat, request, owned),
  }));
  await chat.print(`* ${line}`);
}

async function openSaver(
  chat: ChatContext,
  { folder }: WatchRequest,
  owned: AsyncDisposableStack,
): Promise<FrameSaver | undefined> {
  if (folder === undefined) return undefined;
  return owned.use(await FrameSaver.open(chat.stage.resolve(folder)));
}

/** Plays to the end, and says in a line what it came to. */
async function play(
  chat: ChatContext,
  request: Omit<WatchRequest, "speed"> & { readonly speed: number },
  open: (
    owned: AsyncDisposableStack,
  ) => Promise<{ viewer: Viewer; saver: FrameSaver | undefined }>,
): Promise<string> {
  const { client, signal } = chat;
  await using owned = new AsyncDisposableStack();
  const { watched, sinks: { viewer, saver } } = await watch(client.link, {
    ...request,
    open: () => open(owned),
    clock: client.clock,
    signal,
    reconnect: (stop) => untilConnected(client, stop),
  });
  // What is still to be drawn is counted by then.
  await owned.disposeAsync();
  const saved = saver === undefined ? "" : `; ${savedLine(saver, watched, request.folder)}`;
  return `${watchedLine(watched, viewer.statistics)}${saved}`;
}

/** `/videos`, `/watch` and `/stream`. */
export const VIDEO_ROWS: readonly SlashRow[] = [
  ...slashRowsOf(VIDEOS, keepNames),
  watchRow,
  ...STREAM_ROWS,
];
