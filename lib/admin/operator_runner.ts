/** Runs commands of the operator in the server's process, whoever typed them (SR-57). */

import { describeError, HeliographError, UsageError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { EXIT } from "../commands/exit_code.ts";
import { exampleOf } from "../commands/seed_words.ts";
import type { Operator } from "../server/health/operator.ts";
import { jsonLine } from "./admin_command.ts";
import { type ConsoleLine, parseConsoleLine } from "./console/console_line.ts";
import { explainFailure } from "./failure_words.ts";
import type {
  OperatorCall,
  OperatorCommand,
  OperatorOutcome,
  TellLines,
} from "./operator_command.ts";
import type { Controls, Gathered } from "./operator_row.ts";

const log = logger("server", "operator");

/** The operator's hands on one server. */
export class OperatorRunner {
  readonly operator: Operator;
  readonly #controls: Controls;

  constructor(operator: Operator, controls: Controls) {
    this.operator = operator;
    this.#controls = controls;
  }

  /** Runs a row. Throws what the row throws. */
  perform(
    command: OperatorCommand,
    call: OperatorCall,
    gathered: Gathered["given"] = {},
  ): Promise<OperatorOutcome> {
    const { clock, random, store, moderation, dataFolder: folder } = this.operator.parts;
    const server = { operator: this.operator, controls: this.#controls };
    const context = { clock, random, store, moderation, folder, server, isUntold: false, gathered };
    return command.perform(context, call);
  }

  /** Runs a line of the console. Each command is written down by its name before it is done. Never rejects for what a person can type. */
  async run(
    line: string,
    { json = false, gathered, tell }: {
      readonly json?: boolean | undefined;
      readonly gathered?: Gathered["given"] | undefined;
      readonly tell?: TellLines | undefined;
    } = {},
  ): Promise<OperatorOutcome> {
    const parsed = parseConsoleLine(line);
    switch (parsed.kind) {
      case "empty":
        return { out: [], notes: [], exit: EXIT.done };
      case "invalid": {
        const { message } = parsed;
        const out = json ? [jsonLine("error", { code: EXIT.usage, message })] : message.split("\n");
        return { out, notes: [], exit: EXIT.usage };
      }
      case "command":
        await this.#record(parsed.row);
        return await this.#answer(parsed, {
          isJson: json || parsed.values.has("--json"),
          gathered,
          tell,
        });
    }
  }

  async #answer(
    { row, values }: Extract<ConsoleLine, { kind: "command" }>,
    { isJson, gathered, tell }: {
      readonly isJson: boolean;
      readonly gathered: Gathered["given"] | undefined;
      readonly tell: TellLines | undefined;
    },
  ): Promise<OperatorOutcome> {
    try {
      const { out, notes, ...ended } = await this.perform(
        row,
        { values, face: "console", isJson, tell },
        gathered,
      );
      // One screen has both.
      return { out: isJson ? out : [...out, ...notes], notes: [], ...ended };
    } catch (error) {
      if (!(error instanceof HeliographError)) throw error;
      return refusedReply(error, row, isJson);
    }
  }

  /** Only the name: people type passwords into the wrong field, and what was really done is written down with it. */
  async #record({ name }: OperatorCommand): Promise<void> {
    const { store, clock } = this.operator.parts;
    try {
      await store.recordCommand({ detail: name, nowMs: clock.nowMs() });
    } catch (error) {
      // A full disk: of all things, the operator must now be able to act.
      log.error("command not written down", { command: name, reason: describeError(error) });
    }
  }
}

/** The answer to a line whose row has thrown. */
export function refusedReply(
  error: HeliographError,
  row: OperatorCommand,
  isJson: boolean,
): OperatorOutcome {
  const { text, exit } = explainFailure(error);
  const example = error instanceof UsageError ? [`Example: ${exampleOf(row)}`] : [];
  const out = isJson ? [jsonLine("error", { code: exit, message: text })] : [text, ...example];
  return { out, notes: [], exit };
}
