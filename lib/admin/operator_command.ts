/** Rows of the operator with their words, of whichever group: what the verbs and the console run, and how they show what came of it. */

import { TransportError } from "../base/errors.ts";
import { finish, type RowSpec, type Share, spell } from "../commands/command_row.ts";
import { columns } from "../commands/help.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { present, type Report, type Voice, type Wording } from "../commands/wording.ts";
import { jsonLine } from "./admin_command.ts";
import type { AdminIo } from "./admin_io.ts";
import {
  type Gathered,
  minute,
  type OperatorCommands,
  type OperatorContext,
  type OperatorRow,
} from "./operator_row.ts";

/** Where a command was typed. */
export type Face = "verb" | "console";

/** How it was called. */
export interface OperatorCall {
  readonly values: CommandValues;
  readonly face: Face;
  readonly isJson: boolean;
  /** Told what is worth telling on the way; left out, that comes with the rest. What it throws ends the command. */
  readonly tell?: TellLines | undefined;
}

/** Shows lines to whoever waits for the rest. */
export type TellLines = (lines: Pick<OperatorOutcome, "out" | "notes">) => Promise<void>;

/** What a command prints, and what it ends with. */
export interface OperatorOutcome {
  /** For standard output. Holds names and reasons: foreign text as far as a screen is concerned. */
  readonly out: readonly string[];
  /** For standard error. */
  readonly notes: readonly string[];
  readonly exit: ExitCode;
  /** Of a row that runs in this process. */
  readonly shares?: Share;
  /** What is left to do once the answer is on its way. */
  readonly afterwards?: () => void;
}

/** A row of any group. */
export interface OperatorCommand extends Omit<OperatorRow<never>, "run"> {
  /** Throws StorageError, TransportError, UsageError, Refusal; then nothing was changed. */
  perform(
    context: Omit<OperatorContext, "afterwards">,
    call: OperatorCall,
  ): Promise<OperatorOutcome>;
}

/** The rows of a group. */
export function commandsOf<Kinds extends object>(
  { rows, wording }: OperatorCommands<Kinds>,
): readonly OperatorCommand[] {
  return rows.map(({ run, ...row }) => ({
    ...row,
    async perform(context, { values, face, isJson, tell }) {
      let afterwards: (() => void) | undefined;
      const whole = { ...context, afterwards: (task: () => void) => afterwards = task };
      // None is to stop half-way. One that is not short tells how far it is, which fails once nobody waits.
      const { signal } = new AbortController();
      const told: Report<Kinds>[] = [];
      const voice = voiceOf(rows, face);
      const show = (reports: readonly Report<Kinds>[]) =>
        showReports(reports, wording, { isJson, voice });
      const { reports, shares, exit = EXIT.done } = await finish(
        run(whole, values, { signal }),
        async (reports) => {
          if (tell === undefined) told.push(...reports);
          else await tell(show(reports));
        },
      );
      const shown = show([...told, ...reports]);
      const also = shares === undefined ? {} : { shares };
      return { ...shown, ...also, exit, ...(afterwards === undefined ? {} : { afterwards }) };
    },
  }));
}

/** With what was gathered for it, which is undone when it certainly did not get done. */
export async function withGathered<Outcome extends { readonly exit: ExitCode }>(
  command: OperatorCommand,
  { io, values, folder }: {
    readonly io: AdminIo;
    readonly values: CommandValues;
    readonly folder: string;
  },
  run: (gathered: Gathered["given"]) => Promise<Outcome>,
): Promise<Outcome> {
  const gathered = await command.gather?.(io, values, folder);
  try {
    const outcome = await run(gathered?.given ?? {});
    if (outcome.exit !== EXIT.done) await gathered?.undo?.();
    return outcome;
  } catch (error) {
    if (!(error instanceof TransportError)) await gathered?.undo?.();
    throw error;
  }
}

function voiceOf(rows: readonly RowSpec[], face: Face): Voice {
  const verbOf = (name: string) => {
    const row = rows.find((row) => row.name === name);
    return row === undefined ? name : spell(row, row.verb).name;
  };
  return {
    time: minute,
    command: (name, rest) =>
      face === "console" ? `${name} ${rest}` : `heliograph-server ${verbOf(name)} ${rest}`,
    isDialogue: face === "console",
  };
}

function showReports<Kinds extends object>(
  reports: readonly Report<Kinds>[],
  wording: Wording<Kinds>,
  { voice, isJson }: { readonly voice: Voice; readonly isJson: boolean },
): Pick<OperatorOutcome, "out" | "notes"> {
  const out: string[] = [];
  const notes: string[] = [];
  const table: (readonly string[])[] = [];
  for (const report of reports) {
    const { headings, lines, object } = present(report, wording, voice);
    if (object === undefined) notes.push(...lines);
    else if (isJson) out.push(jsonLine(object.type, object.fields));
    else if (headings === undefined) out.push(...lines);
    else table.push(...table.length === 0 ? [headings, lines] : [lines]);
  }
  return { out: [...out, ...columns(table)], notes };
}
