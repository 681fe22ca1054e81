/** Commands about live streams: stream. `y` and `n` answer what is offered (offer_rows). */

import {
  shownWords,
  SOURCE_OPTIONS,
  STREAMING,
  type StreamKinds,
} from "../../app/commands/streams.ts";
import { HeliographError } from "../../base/errors.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { Wording } from "../../commands/wording.ts";
import { requireIdle, showTask, stopShowing } from "../streams/show_beside.ts";
import { openSource } from "../streams/stream_source.ts";
import { shellRowsOf } from "./conversation_rows.ts";
import type { ShellRow } from "./shell_row.ts";

/** What is told of it, with the other one's name as they write it. */
function wordingOf({ name }: KnownPeer): Wording<StreamKinds> {
  return {
    ...STREAMING.wording,
    "stream-offered": {
      fields: ({ kind, title }) => ({ source: kind, title }),
      line: (facts) => `Offered to ${name}: ${shownWords(facts)}`,
    },
  };
}

/** `stream stop`, and nothing else. */
function isStop(values: CommandValues): boolean {
  const others = [
    values.argument("FILE"),
    ...SOURCE_OPTIONS.map(({ flag }) => values.option(flag)),
  ];
  return values.required("USERNAME") === "stop" && others.every((one) => one === undefined);
}

/** `stream`: runs beside the shell. */
export const STREAM_SHELL_ROWS: readonly ShellRow[] = shellRowsOf(STREAMING, wordingOf, {
  async show(desk, values, run) {
    if (isStop(values)) return stopShowing(desk);
    requireIdle(desk, "stream stop");
    const peer = desk.find(values.required("USERNAME"));
    const source = await openSource(values, values.argument("FILE"), desk.options.resolvePath);
    const task = showTask(desk, source, {
      show: (live) => run(peer, live),
      stopped: () => desk.say("streamed", {}, "Stream stopped: nothing was shown"),
    });
    desk.beside(async (until) => {
      try {
        await task(until);
      } catch (error) {
        if (!(error instanceof HeliographError)) throw error;
        await desk.complain(error);
      }
    });
  },
});
