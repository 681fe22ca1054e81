/** Runs lines of the console in the server's process, whoever typed them (SR-57). */

import { describeError, HeliographError, UsageError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { EXIT, type ExitCode } from "../../commands/exit_code.ts";
import { exampleOf } from "../../commands/seed_words.ts";
import type { Operator } from "../../server/health/operator.ts";
import { jsonLine } from "../admin_command.ts";
import { explainFailure } from "../failure_words.ts";
import { type ConsoleLine, parseConsoleLine } from "./console_line.ts";
import type { ConsoleRow, Controls } from "./console_row.ts";

const log = logger("server", "operator");

/** The answer to a line. */
export interface ConsoleReply {
  /** Holds names and reasons: foreign text as far as a screen is concerned. */
  readonly lines: readonly string[];
  readonly exit: ExitCode;
  /** What is left to do once the answer is on its way. */
  readonly afterwards?: () => void;
}

/** The console of one server. */
export class ConsoleRunner {
  readonly operator: Operator;
  readonly #controls: Controls;

  constructor(operator: Operator, controls: Controls) {
    this.operator = operator;
    this.#controls = controls;
  }

  /** Each command is written down by its name before it is done. Never rejects for what a person can type. */
  async run(line: string, options: { json?: boolean } = {}): Promise<ConsoleReply> {
    const parsed = parseConsoleLine(line);
    switch (parsed.kind) {
      case "empty":
        return { lines: [], exit: EXIT.done };
      case "invalid": {
        const { message } = parsed;
        const lines = options.json === true
          ? [jsonLine("error", { code: EXIT.usage, message })]
          : message.split("\n");
        return { lines, exit: EXIT.usage };
      }
      case "command":
        await this.#record(parsed.row);
        return await this.#perform(parsed, options.json === true || parsed.values.has("--json"));
    }
  }

  async #perform(
    { row, values }: Extract<ConsoleLine, { kind: "command" }>,
    isJson: boolean,
  ): Promise<ConsoleReply> {
    const { operator } = this;
    const { parts: { store, clock, moderation, presence } } = operator;
    try {
      const outcome = await row.run({
        store,
        clock,
        moderation,
        values,
        operator,
        controls: this.#controls,
        typed: (other, rest) => `${other.name} ${rest}`,
        isOnline: (account) => presence.isOnline(account),
      });
      const { facts, lines, notes = [], exit = EXIT.done, afterwards } = outcome;
      const shown = isJson
        ? facts.map(({ type, fields }) => jsonLine(type, fields))
        : [...lines, ...notes];
      return { lines: shown, exit, ...(afterwards === undefined ? {} : { afterwards }) };
    } catch (error) {
      if (!(error instanceof HeliographError)) throw error;
      const { text, exit } = explainFailure(error);
      if (isJson) return { lines: [jsonLine("error", { code: exit, message: text })], exit };
      return {
        lines: error instanceof UsageError ? [text, `Example: ${exampleOf(row)}`] : [text],
        exit,
      };
    }
  }

  /** Only the name: people type passwords into the wrong field, and what was really done is written down with it. */
  async #record({ name }: ConsoleRow): Promise<void> {
    const { store, clock } = this.operator.parts;
    try {
      await store.recordCommand({ detail: name, nowMs: clock.nowMs() });
    } catch (error) {
      // A full disk: of all things, the operator must now be able to act.
      log.error("command not written down", { command: name, reason: describeError(error) });
    }
  }
}
