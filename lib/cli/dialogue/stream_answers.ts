/** What `/y` and `/n` do with a stream that was offered. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { anySignal } from "../../base/scope.ts";
import { sourceWords } from "../../client/streams/source_words.ts";
import type { StreamRow } from "../../client/streams/stream_store.ts";
import { streamsOf } from "../../client/client_streams.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { readWay } from "../../app/commands/direct.ts";
import { framesOf } from "../../app/frame_words.ts";
import { type Watched, watchOffered } from "../streams/watch_offered.ts";
import { NoViewer, type Viewer } from "../video/viewer.ts";
import { showName } from "../../app/names.ts";
import type { ChatContext } from "./slash_row.ts";

/** `s3`, as offers of streams are numbered. */
const NUMBER = /^s([0-9]{1,9})$/;

/** Whether this number is a stream's. */
export function isOfStream(number: string | undefined): number is string {
  return number !== undefined && NUMBER.test(number);
}

/** What is watched beside the conversation, by number; the abort leaves it. */
const watching = new WeakMap<ChatContext, Map<number, AbortController>>();
const LEFT = new DOMException("The person left the stream", "AbortError");

/** Watches what was offered: where there is a screen, on it; else beside the conversation. `--to` keeps its pictures. */
export async function takeStream(
  chat: ChatContext,
  number: string,
  values: CommandValues,
): Promise<void> {
  const stream = await findOffered(chat, number);
  const { open } = chat.stage;
  const folder = values.option("--to");
  const { contacts } = chat.client.transfers.direct;
  const shown = showName(stream.account);
  const mode = readWay(contacts, { peer: stream.peer, shown }, values);
  if (open === undefined && folder === undefined) {
    throw new UsageError(
      "no-terminal",
      `There is no screen to draw on here. Say /y s${stream.number} --to DIR to keep its pictures, or watch it in a terminal`,
    );
  }
  const { clock } = chat.client;
  const tell = (line: string) => chat.print(`* ${line}`);
  const into = folder && chat.stage.resolve(folder);
  const options = { folder: into, mode, tell, clock };
  const watchOn = (viewer: Viewer, signal: AbortSignal) =>
    watchOffered(streamsOf(chat.client), stream, { ...options, viewer, signal });
  const close = async (watched: Watched) => {
    const { line, saver } = watched;
    const kept = saver === undefined ? "" : `; ${framesOf(saver.saved)} saved in ${folder}`;
    await chat.print(`* ${line}${kept}`);
    if (watched.error !== undefined) throw watched.error;
  };
  if (open === undefined) {
    await chat.print(`* watching ${sourceWords(stream)} of ${shown}: /n s${stream.number} leaves`);
    return watchBeside(chat, stream, async (signal) => {
      await close(await watchOn(new NoViewer(), signal));
    });
  }
  let watched: Watched | undefined;
  await chat.behindCurtain(async () => {
    await using viewer = await open({ render: "auto", signal: chat.signal });
    watched = await watchOn(viewer, chat.signal);
  });
  chat.signal.throwIfAborted();
  if (watched !== undefined) await close(watched);
}

/** The conversation goes on meanwhile. */
function watchBeside(
  chat: ChatContext,
  { number }: StreamRow,
  watch: (signal: AbortSignal) => Promise<void>,
): void {
  const all = watching.get(chat) ?? new Map<number, AbortController>();
  watching.set(chat, all);
  const leaving = new AbortController();
  all.set(number, leaving);
  chat.beside(async (stopped) => {
    try {
      await watch(anySignal(stopped, leaving.signal));
    } finally {
      all.delete(number);
    }
  });
}

/** Says no, or leaves what is watched. */
export async function declineStream(chat: ChatContext, number: string): Promise<void> {
  const watched = watching.get(chat)?.get(Number(NUMBER.exec(number)?.[1]));
  if (watched !== undefined) return watched.abort(LEFT);
  const stream = await findOffered(chat, number);
  await streamsOf(chat.client).decline(stream);
  await chat.print(`* declined ${sourceWords(stream)} of ${showName(stream.account)}`);
}

async function findOffered(chat: ChatContext, number: string): Promise<StreamRow> {
  const waiting = await streamsOf(chat.client).waiting();
  const wanted = Number(NUMBER.exec(number)?.[1]);
  const found = waiting.find((stream) => stream.number === wanted);
  if (found !== undefined) return found;
  throw new Refusal("unknown-stream", `Stream ${number} waits for no answer`);
}
