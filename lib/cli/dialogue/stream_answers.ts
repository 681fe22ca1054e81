/** What `/y` and `/n` do with a stream that was offered. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { sourceWords } from "../../client/streams/source_words.ts";
import type { StreamRow } from "../../client/streams/stream_store.ts";
import { Streams } from "../../client/streams/streams.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { showStream } from "../streams/show_stream.ts";
import { watchedStreamLine } from "../streams/stream_lines.ts";
import { showName } from "./names.ts";
import type { ChatHands } from "./slash_row.ts";

/** `s3`, as offers of streams are numbered. */
const NUMBER = /^s([0-9]{1,9})$/;

/** Whether an answer without a number, or with this one, is about a stream. */
export function asksForStream(chat: ChatHands, number: string | undefined): boolean {
  if (number !== undefined) return NUMBER.test(number);
  return new Streams(chat.client).hasWaiting();
}

/** Watches what was offered: where there is a screen, on it. */
export async function takeStream(chat: ChatHands, values: CommandValues): Promise<void> {
  const stream = await findOffered(chat, values.argument("N"));
  const { open } = chat.stage;
  if (open === undefined) {
    throw new UsageError(
      "no-terminal",
      `There is no screen to draw on here. Say heliograph stream accept ${stream.account} --render none --save DIR to keep its pictures`,
    );
  }
  const streams = new Streams(chat.client);
  let line = "";
  await chat.behindCurtain(async () => {
    await using owned = new AsyncDisposableStack();
    const viewer = owned.use(await open({ render: "auto", signal: chat.signal }));
    const watch = owned.use(await streams.accept(stream, chat.signal));
    const { clock } = chat.client;
    const { summary } = await showStream(watch, stream, {
      sinks: { viewer },
      clock,
      signal: chat.signal,
    });
    if (!summary.complete) await streams.leave(stream);
    line = watchedStreamLine(summary);
  });
  await chat.print(`* ${line}`);
}

/** Says no. */
export async function declineStream(chat: ChatHands, number: string | undefined): Promise<void> {
  const stream = await findOffered(chat, number);
  await new Streams(chat.client).decline(stream);
  await chat.print(`* declined ${sourceWords(stream)} of ${showName(stream.account)}`);
}

async function findOffered(chat: ChatHands, number: string | undefined): Promise<StreamRow> {
  const waiting = await new Streams(chat.client).waiting();
  const wanted = number === undefined ? undefined : Number(NUMBER.exec(number)?.[1]);
  const found = wanted === undefined
    ? waiting.at(-1)
    : waiting.find((stream) => stream.number === wanted);
  if (found !== undefined) return found;
  throw new Refusal(
    "unknown-stream",
    number === undefined ? "Nothing waits for an answer" : `Stream ${number} waits for no answer`,
  );
}
