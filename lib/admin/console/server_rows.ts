/** What the console does with the server as a whole: a word to everybody, the log, the end. */

import { UsageError } from "../../base/errors.ts";
import { NOTICE_MAX_LENGTH } from "../../protocol/hop/server.ts";
import { LOG_LEVELS } from "../../server/logging.ts";
import { done } from "../order/data_row.ts";
import type { ConsoleRow } from "./console_row.ts";

const COMMON = { options: [], exitCodes: [], group: "This server" } as const;

const BROADCAST: ConsoleRow = {
  ...COMMON,
  name: "broadcast",
  aliases: ["notice"],
  summary: "say something to everybody who is here, as the server",
  details:
    "It is shown as the server's own notice. It is no broadcast with a number: those are signed by the device of the person who says them, which the server cannot do. Who is away does not get it.",
  arguments: [{ name: "TEXT", summary: "what to say", required: true, rest: "text" }],
  examples: [{ line: "broadcast back in five minutes", summary: "on every screen" }],
  run({ operator, values }) {
    const text = values.required("TEXT");
    if (text.length > NOTICE_MAX_LENGTH) {
      throw new UsageError(
        "too-long",
        `The text has ${text.length} characters, the most is ${NOTICE_MAX_LENGTH}`,
      );
    }
    const told = operator.notify(text);
    const to = told === 1 ? "1 connection" : `${told} connections`;
    return Promise.resolve(done("notice", { told }, `Told ${to}; who is away does not get it`));
  },
};

const LOG: ConsoleRow = {
  ...COMMON,
  name: "log",
  aliases: ["loglevel"],
  summary: "show or change from which level on lines are logged",
  arguments: [{
    name: "LEVEL",
    summary: "the least that is logged",
    required: false,
    choices: LOG_LEVELS,
  }],
  examples: [
    { line: "log", summary: "shows the level" },
    { line: "log debug", summary: "says much more, until it is changed or the server ends" },
  ],
  run({ controls, values }) {
    const asked = values.argument("LEVEL");
    const level = LOG_LEVELS.find((known) => known === asked);
    if (level !== undefined) controls.setLogLevel(level);
    const { logLevel } = controls;
    return Promise.resolve(done("log", { level: logLevel }, `Log level ${logLevel}`));
  },
};

const RELOAD: ConsoleRow = {
  ...COMMON,
  name: "reload",
  aliases: ["rehash"],
  summary: "read certificate and configuration again; nobody is dropped",
  details:
    "As SIGHUP does. Who connects from now on sees the new certificate; who is connected stays.",
  arguments: [],
  examples: [{ line: "reload", summary: "says what is new, and what needs a restart" }],
  run: ({ controls }) => controls.reload(),
};

const EXIT_ROW: ConsoleRow = {
  ...COMMON,
  name: "exit",
  aliases: ["quit", "stop"],
  summary: "tell the clients, and end the server",
  details: "As SIGTERM and ctrl-C do. Ctrl-D leaves the console and lets the server run on.",
  arguments: [],
  examples: [{ line: "exit", summary: "waits up to ten seconds for what is on its way" }],
  ends: true,
  confirms: "Stop the server for everybody?",
  run({ controls, operator }) {
    const { connected } = operator.connections;
    const outcome = done("stop", { connections: connected }, "The server stops");
    return Promise.resolve({ ...outcome, afterwards: () => controls.stop() });
  },
};

/** What is done with the server as a whole. */
export const SERVER_ROWS: readonly ConsoleRow[] = [BROADCAST, LOG, RELOAD, EXIT_ROW];
