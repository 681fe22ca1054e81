/** Where pictures are drawn for rows: for a verb as its options say, in a dialogue on its screen. */

import { showName, typeName } from "../../app/names.ts";
import type {
  HostedShown,
  Played,
  VideoRequest,
  VideoSurface,
  ViewerStatistics,
} from "../../app/video_surface.ts";
import type { HostedFile } from "../../client/party/hosted_file.ts";
import { WatchMarks } from "../../client/video/watch_marks.ts";
import { UsageError } from "../../base/errors.ts";
import { anySignal } from "../../base/scope.ts";
import type { SoundChoice, VideoSettings } from "../../app/video_settings.ts";
import type { Client } from "../../client/client.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { isRenderChoice, type RenderChoice } from "../../terminal/capability/capability.ts";
import type { Context } from "../context.ts";
import { watchOffered } from "../streams/show_stream.ts";
import { sourceWords } from "../../client/streams/source_words.ts";
import type { ChatContext } from "../dialogue/slash_row.ts";
import { simulatedWords } from "../output.ts";
import { openFile } from "../streams/stream_source.ts";
import { FrameSaver } from "./frame_saver.ts";
import { hostFile } from "./host_file.ts";
import type { FindSound } from "./live_ear.ts";
import { openViewer } from "./open_viewer.ts";
import { soundFinder } from "./sound_finder.ts";
import { playingIn } from "./playing_words.ts";
import { NoViewer, type Viewer } from "./viewer.ts";
import { endWords } from "./words_viewer.ts";
import { connectAgain, untilConnected } from "./way_back.ts";
import { watch, type WatchOptions } from "./watch.ts";

interface Playing
  extends Pick<WatchOptions<never>, "clock" | "signal" | "reconnect" | "notice" | "tell"> {
  /** As the person has set it. */
  readonly usual: VideoSettings | undefined;
  readonly findSound: FindSound | undefined;
  /** Nothing is drawn: there is no pace to keep, and every frame is to be saved. */
  readonly savesOnly: boolean;
  openViewer(owned: AsyncDisposableStack): Promise<Viewer>;
  resolve(path: string): string;
}

/** Of a verb. */
export function surfaceAt(context: Context, client: Client, values: CommandValues): VideoSurface {
  const { clock, signal, output, options: { simulate } } = context;
  const resolve = (path: string) => context.person.path(path);
  return {
    play: (request) =>
      play(client, request, {
        clock,
        signal,
        notice: simulate && simulatedWords(simulate),
        usual: context.options.video,
        findSound: soundFinder(context),
        tell: (line) => output.note(line),
        // A party keeps its connection by itself: it hears what the others say.
        reconnect: (stop) =>
          request.party === undefined
            ? connectAgain(context, client, stop)
            : untilConnected(client, stop),
        savesOnly: request.folder !== undefined && values.option("--render") === "none",
        openViewer: (owned) => openViewer(context, values, owned),
        resolve,
      }),
    openFile: (path, stop) => openFile(path, { resolve, signal: stop }),
    async host(hosted, stop) {
      await using owned = new AsyncDisposableStack();
      const viewer = await openViewer(context, values, owned);
      const findSound = heardBy(context.options.video, soundFinder(context));
      return await hostFile(hosted, { viewer, clock, findSound, signal: anySignal(signal, stop) });
    },
    async watch(streams, stream, options) {
      await using owned = new AsyncDisposableStack();
      const viewer = await openViewer(context, values, owned);
      const tell = (line: string) => output.note(line);
      const findSound = heardBy(context.options.video, soundFinder(context), options.sound);
      const watched = await watchOffered(streams, stream, {
        ...{ ...options, viewer, resolve, clock, tell, findSound },
      });
      await owned.disposeAsync();
      return { ...watched, statistics: viewer.statistics };
    },
  };
}

/** Of a dialogue. */
export function surfaceIn(chat: ChatContext, values: CommandValues): VideoSurface {
  return {
    async play(request) {
      const { client, stage: { open, resolve, video: usual, findSound } } = chat;
      const words = open === undefined && request.folder === undefined
        ? playingIn(chat)
        : undefined;
      const signal = words === undefined ? chat.signal : anySignal(chat.signal, words.signal);
      const common = {
        clock: client.clock,
        signal,
        reconnect: (stop: AbortSignal) => untilConnected(client, stop),
        savesOnly: open === undefined,
        usual,
        findSound,
        tell: (line: string) => chat.print(line),
        resolve,
      };
      if (open !== undefined) {
        const render = renderOf(values);
        return await chat.behindCurtain(() =>
          play(client, request, {
            ...common,
            openViewer: async (owned) => owned.use(await open({ render, signal })),
          })
        );
      }
      if (words !== undefined) {
        const played = await play(client, {
          ...request,
          // Nobody sees the pictures: the smallest do.
          mode: request.mode ?? "fixed:240p",
        }, {
          ...common,
          savesOnly: false,
          openViewer: (owned) => Promise.resolve(owned.use(words.viewer)),
        });
        await chat.print(`* ${endWords(played.watched)}`);
        return played;
      }
      if (request.folder === undefined) {
        const video = typeName(request.video);
        throw new UsageError(
          "no-terminal",
          `Cannot draw videos on this terminal. /watch ${video} --save DIR keeps the pictures; the full screen of a graphical terminal plays them`,
        );
      }
      return await play(client, request, {
        ...common,
        openViewer: () => Promise.resolve(new NoViewer()),
      });
    },
    openFile: (path, signal) => openIn(chat, path, signal),
    host: (hosted, stop) => hostIn(chat, values, { hosted, stop }),
    async watch(streams, stream, options) {
      const { stage: { open, resolve, video, findSound: find }, client: { clock } } = chat;
      const tell = (line: string) => chat.print(`* ${line}`);
      const findSound = heardBy(video, find, options.sound);
      const watchOn = (viewer: Viewer) =>
        watchOffered(streams, stream, { ...options, viewer, resolve, clock, tell, findSound });
      if (open !== undefined) {
        const watched = await chat.behindCurtain(async () => {
          await using viewer = await open({ render: "auto", signal: chat.signal });
          return await watchOn(viewer);
        });
        chat.signal.throwIfAborted();
        return watched;
      }
      if (options.folder === undefined) {
        throw new UsageError(
          "no-terminal",
          `Cannot draw videos on this terminal. /y s${stream.number} --to DIR keeps the pictures; the full screen of a graphical terminal plays them`,
        );
      }
      const shown = showName(stream.account);
      await tell(`watching ${sourceWords(stream)} of ${shown}: /n s${stream.number} leaves`);
      return await watchOn(new NoViewer());
    },
  };
}

function openIn(chat: ChatContext, path: string, stop: AbortSignal) {
  const signal = anySignal(chat.signal, stop);
  return openFile(path, { resolve: chat.stage.resolve, signal });
}

async function hostIn(
  chat: ChatContext,
  values: CommandValues,
  { hosted, stop }: { readonly hosted: HostedFile; readonly stop: AbortSignal },
): Promise<HostedShown> {
  const { stage: { open, video, findSound: find }, client: { clock } } = chat;
  if (open === undefined) {
    throw new UsageError(
      "no-terminal",
      "Cannot draw videos on this terminal. heliograph party FILE WITH --render none shows one to others",
    );
  }
  const signal = anySignal(chat.signal, stop);
  return await chat.behindCurtain(async () => {
    await using viewer = await open({ render: renderOf(values), signal });
    return await hostFile(hosted, { viewer, clock, findSound: heardBy(video, find), signal });
  });
}

/** What looks for a player, where the person wants to hear: `asked` for this one, else as they have set it. */
function heardBy(
  usual: VideoSettings | undefined,
  find: FindSound | undefined,
  asked?: SoundChoice,
): FindSound | undefined {
  return (asked ?? usual?.sound ?? "auto") === "auto" ? find : undefined;
}

function renderOf(values: CommandValues): RenderChoice {
  const choice = values.maybe("--render") ?? "auto";
  return isRenderChoice(choice) ? choice : "auto";
}

async function play(
  client: Client,
  { speed, folder, mode: asked, sound, subtitles, ...request }: VideoRequest,
  { savesOnly, usual, findSound, openViewer, resolve, ...options }: Playing,
): Promise<Played> {
  const mode = asked ?? usual?.mode ?? "thirds";
  await using owned = new AsyncDisposableStack();
  const { watched, before, sinks: { viewer, saver } } = await watch(client.link, {
    ...request,
    mode,
    ...options,
    marks: new WatchMarks(client.profile),
    speed: speed ?? (savesOnly ? 0 : 1),
    extras: {
      findSound: heardBy(usual, findSound, sound),
      subtitles: subtitles ?? usual?.subtitles,
    },
    open: async () => {
      const saver = folder === undefined
        ? undefined
        : owned.use(await FrameSaver.open(resolve(folder)));
      return { viewer: await openViewer(owned), saver };
    },
  });
  // The terminal is given back first: what is said stays in its scrollback, and what is still to be drawn is counted.
  await owned.disposeAsync();
  const saved = saver && {
    ...{ saved: saver.saved, refused: saver.refused },
    missing: saver.missing(watched.total),
  };
  const counted = [...before.map(({ statistics }) => statistics), viewer.statistics];
  const each = counted.map((statistics, i) => without(statistics, counted[i - 1]));
  return {
    ...{ watched, mode, saved },
    statistics: each[before.length],
    before: before.map(({ watched }, i) => ({ watched, statistics: each[i] })),
  };
}

/** What was counted since. */
function without(all: ViewerStatistics, before: ViewerStatistics | undefined): ViewerStatistics {
  if (before === undefined) return all;
  return {
    method: all.method,
    drawn: all.drawn - before.drawn,
    dropped: all.dropped - before.dropped,
    refused: all.refused - before.refused,
  };
}
