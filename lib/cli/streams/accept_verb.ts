/** The verb stream accept. */

import { Refusal, TransportError, UsageError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import { sourceWords } from "../../client/streams/source_words.ts";
import type { StreamRow } from "../../client/streams/stream_store.ts";
import { Streams } from "../../client/streams/streams.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT } from "../../commands/exit_code.ts";
import { RENDER_CHOICES } from "../../terminal/capability.ts";
import type { Context } from "../context.ts";
import { findRecipient } from "../recipient.ts";
import type { Verb } from "../verb.ts";
import { FrameSaver } from "../video/frame_saver.ts";
import { openViewer } from "../video/open_viewer.ts";
import { showStream } from "./show_stream.ts";
import { watchedStreamLine } from "./stream_lines.ts";

/** How often to look whether something is offered. */
const LOOK_MS = 250;

/** `heliograph stream accept`. */
export const STREAM_ACCEPT_VERB: Verb = {
  name: "stream accept",
  aliases: [],
  group: "Videos",
  summary: "watch what somebody shows live",
  details:
    "Takes the newest offer, or waits for one. With FROM only what this person, or somebody in this room, offers. The line below the picture says when its sender is not proven. q leaves.",
  arguments: [{ name: "FROM", summary: "whose, or of which #room", required: false }],
  options: [
    {
      flag: "--render",
      valueName: "METHOD",
      choices: RENDER_CHOICES,
      summary: "how pictures are drawn (default: auto)",
    },
    { flag: "--size", valueName: "WxH", summary: "no more pixels than these" },
    { flag: "--output", valueName: "FILE", summary: "write the terminal's bytes there" },
    { flag: "--save", valueName: "DIR", summary: "keep every frame as JPEG, and frames.jsonl" },
    {
      flag: "--wait",
      valueName: "SECONDS",
      summary: "give up when nothing is offered for so long",
    },
  ],
  examples: [
    { line: "stream accept", summary: "the newest offer, or the next one" },
    { line: "stream accept alice --render none --save out", summary: "only the frames" },
  ],
  exitCodes: [3, 4, 5, 6, 7],
  async run(context, values) {
    const client = await context.connectClient();
    const from = values.argument("FROM");
    const peer = from === undefined ? undefined : (await findRecipient(client, from)).peer;
    const waitMs = readSeconds(values.option("--wait"));
    return await client.receiving(async (caughtUp, lost) => {
      await caughtUp;
      const signal = AbortSignal.any([lost, context.signal]);
      const streams = new Streams(client);
      const stream = await nextOffer(context, streams, { peer, waitMs, signal });
      return await watchOffered(context, client, { values, streams, stream, signal });
    });
  },
};

async function nextOffer(
  { clock, output }: Context,
  streams: Streams,
  { peer, waitMs, signal }: {
    readonly peer: StreamRow["peer"] | undefined;
    readonly waitMs: number;
    readonly signal: AbortSignal;
  },
): Promise<StreamRow> {
  const untilMs = clock.monotonicMs() + waitMs;
  for (let isTold = false;;) {
    const waiting = (await streams.waiting()).filter((one) => {
      return peer === undefined || one.peer === peer;
    });
    const newest = waiting.at(-1);
    if (newest !== undefined) return newest;
    if (clock.monotonicMs() >= untilMs) {
      throw new TransportError("timeout", "Nothing was offered");
    }
    if (!isTold) await output.note("Waiting for somebody to show something");
    isTold = true;
    await clock.sleep(LOOK_MS, { signal });
  }
}

async function watchOffered(
  context: Context,
  client: Client,
  { values, streams, stream, signal }: {
    readonly values: CommandValues;
    readonly streams: Streams;
    readonly stream: StreamRow;
    readonly signal: AbortSignal;
  },
) {
  const folder = values.option("--save");
  await using owned = new AsyncDisposableStack();
  const { output, clock } = context;
  await output.note(`Watching ${stream.account}: ${sourceWords(stream)}`);
  const viewer = await openViewer(context, values, owned);
  const saver = folder === undefined
    ? undefined
    : owned.use(await FrameSaver.open(context.person.path(folder)));
  const watch = owned.use(await streams.accept(stream, signal));
  const sinks = { viewer, saver };
  let shown: Awaited<ReturnType<typeof showStream>>;
  try {
    shown = await showStream(watch, stream, { sinks, clock, signal });
  } catch (error) {
    if (!context.signal.aborted) throw error;
    await saver?.flush();
    shown = { summary: watch.summary(), interrupted: true };
  }
  if (!shown.summary.complete) await streams.leave(stream);
  // The terminal is given back first: the summary stays in its scrollback.
  await owned.disposeAsync();
  const saved = saver === undefined ? {} : { saved: saver.saved, refusedPictures: saver.refused };
  const { summary, interrupted } = shown;
  await output.object("watched-stream", {
    ...summary,
    viewer: viewer.statistics,
    ...saved,
  });
  await output.line(watchedStreamLine(summary));
  if (saver !== undefined) await output.line(`${saver.saved} frames saved in ${folder}`);
  if (summary.proven === "not-proven" && client.profile.own.account !== stream.account) {
    await output.note("The sender was not proven: do not rely on what was shown");
  }
  if (interrupted) return EXIT.interrupted;
  if (summary.reason === "failed") {
    throw new Refusal("stream-failed", "The sender's source failed");
  }
  return EXIT.done;
}

function readSeconds(text: string | undefined): number {
  if (text === undefined) return Infinity;
  const seconds = Number(text);
  if (seconds >= 0 && seconds <= 86_400) return seconds * 1000;
  throw new UsageError("bad-wait", `This is no time: ${text}. Try --wait 60`);
}
