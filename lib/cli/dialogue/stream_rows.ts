/** Slash commands about live streams: stream. `/y` and `/n` answer them (stream_answers). */

import { UsageError } from "../../base/errors.ts";
import { captureOf, requirePicture } from "../../client/streams/stream_sending.ts";
import { streamsOf } from "../../client/client_streams.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { P2P_OPTION, readWay } from "../../app/commands/direct.ts";
import { openFfmpegHere } from "../streams/ffmpeg_here.ts";
import { requireWatched, sentStreamLine } from "../../app/stream_lines.ts";
import { chooseSource, SOURCE_OPTIONS } from "../streams/stream_source.ts";
import { findNamedFile } from "./named_files.ts";
import { showPeer } from "../../app/names.ts";
import type { ChatContext, SlashRow } from "./slash_row.ts";
import { type Addressed, readAddressed } from "./whom.ts";

type Partner = Awaited<ReturnType<ChatContext["findPartner"]>>;

/** What this dialogue shows now; its abort ends it. */
const showing = new WeakMap<ChatContext, AbortController>();
const STOPPED = new DOMException("The person ended the stream", "AbortError");

const streamRow: SlashRow = {
  name: "stream",
  group: "Videos",
  summary: "show somebody or a room a video, a camera or a screen, live and sealed",
  details:
    "A number is one of /ls; everything else is a path. bob:/stream 0 is the same. It runs beside the conversation: /stream stop ends it.",
  arguments: [
    {
      name: "WHAT",
      summary: "@name or #room, unless it is for the open conversation, then a file; or stop",
      required: false,
      rest: "words",
    },
  ],
  options: [...SOURCE_OPTIONS, P2P_OPTION],
  examples: [
    { line: "stream @bob film.mp4", summary: "bob is asked, and watches" },
    { line: "stream stop", summary: "ends what is shown now" },
    { line: "stream @bob --camera test", summary: "a made picture" },
  ],
  async run(chat, { values, to }) {
    const given = values.words("WHAT");
    if (to === undefined && given.length === 1 && given[0] === "stop") return stop(chat);
    if (showing.has(chat)) {
      throw new UsageError("streaming", "You show something already: /stream stop ends it");
    }
    const { partner, what } = await findShownTo(chat, given, to);
    if (what.length > 1) throw new UsageError("no-source", "Show one file at a time");
    if (partner.peer === chat.people.own.account) {
      throw new UsageError("to-yourself", "This is you: choose another name");
    }
    await begin(chat, partner, { values, file: what[0] });
  },
};

/** `/stream`. */
export const STREAM_ROWS: readonly SlashRow[] = [streamRow];

async function begin(
  chat: ChatContext,
  partner: Addressed["partner"],
  { values, file }: { readonly values: CommandValues; readonly file: string | undefined },
): Promise<void> {
  const resolve = (path: string) => chat.stage.resolve(path);
  const { source, title } = await chooseSource(
    values,
    file && (await findNamedFile(chat, file) ?? file),
    resolve,
  );
  const shown = showPeer(partner.peer, partner.name);
  const { contacts } = chat.client.transfers.direct;
  const mode = readWay(contacts, { peer: partner.peer, shown }, values);
  const opened = new AsyncDisposableStack();
  const ending = new AbortController();
  const ffmpeg = await openFfmpegHere(opened);
  showing.set(chat, ending);
  const what = title === "" ? `your ${source.kind}` : title;
  chat.beside(async (stopped) => {
    await using _owned = opened;
    const { signal } = ending;
    stopped.addEventListener("abort", () => ending.abort(stopped.reason), { once: true, signal });
    try {
      await requirePicture(ffmpeg, source, signal);
      const sent = await streamsOf(chat.client).send(
        partner.peer,
        { source: source.kind, title, mode },
        {
          ...captureOf(ffmpeg, source),
          signal,
          onOffered: () => chat.print(`* offered to ${shown}: ${what}`),
        },
      );
      requireWatched(sent, shown);
      await chat.print(`* ${sentStreamLine(sent)}`);
    } catch (error) {
      if (error !== STOPPED) throw error;
      await chat.print("* Stream stopped: nothing was shown");
    } finally {
      showing.delete(chat);
    }
  });
}

function stop(chat: ChatContext): void {
  const ending = showing.get(chat);
  if (ending === undefined) throw new UsageError("no-stream", "You show nothing now");
  ending.abort(STOPPED);
}

/** A camera or a screen needs no more words than whom it is for, and none in an open conversation. */
async function findShownTo(
  chat: ChatContext,
  given: readonly string[],
  to: Addressed["partner"] | undefined,
): Promise<Addressed> {
  const open = to ?? chat.partner;
  if (given.length > 0) return await readAddressed(chat, given, to);
  if (open !== undefined) return { partner: open, what: [] };
  throw new UsageError("no-recipient", "Say to whom, and what: /stream @bob film.mp4");
}
