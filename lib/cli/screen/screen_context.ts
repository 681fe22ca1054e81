/** A context that asks and notes on a full screen: nothing may be written beside it. */

import { decodeUtf8 } from "../../base/bytes.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { TerminalOutput } from "../../terminal/output.ts";
import { Context } from "../context.ts";
import { Output } from "../output.ts";
import { Person } from "../person.ts";
import type { FullScreen } from "./full_screen.ts";

/** Whoever asks for it closes it. */
export function contextOn(context: Context, values: CommandValues, screen: FullScreen): Context {
  const notes: TerminalOutput = {
    write: (bytes) => Promise.resolve(screen.note((decodeUtf8(bytes) ?? "").trimEnd())),
    writeAcknowledged: () => Promise.resolve(undefined),
  };
  const streams = { data: notes, notes, noteCells: () => undefined };
  return new Context({
    ...context.options,
    output: new Output(streams, { json: false }),
    person: new Person(screen.questioner, {
      canBeAsked: !values.has("--no-input"),
      resolve: (path) => context.person.path(path),
      signal: context.signal,
    }),
  });
}
