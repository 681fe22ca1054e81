/** What the console does with the server as a whole: a word to everybody, the log, the end. */

import { UsageError } from "../../base/errors.ts";
import type { ArgumentSpec } from "../../commands/command_table.ts";
import { parseEndTerms } from "../../commands/terms.ts";
import {
  MAX_END_REASON_LENGTH,
  MAX_END_SECONDS,
  NOTICE_MAX_LENGTH,
} from "../../protocol/hop/server.ts";
import { type EndKind, endWords } from "../../server/serving/ending.ts";
import { LOG_LEVELS, type LogLevel } from "../../base/log.ts";
import { type CommandResult, result } from "../../commands/command_row.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import {
  type OperatorCommands,
  type OperatorContext,
  type OperatorRow,
  type Reloaded,
  serverOf,
} from "../operator_row.ts";

/** Every kind of report of these commands. */
interface ServerKinds {
  "notice": { readonly told: number };
  "log": { readonly level: LogLevel };
  "reload": Reloaded;
  "stop": { readonly connections: number };
  "end-cancelled": { readonly wasPlanned: boolean };
  "end": {
    readonly kind: EndKind;
    readonly atMs: number;
    readonly reason: string;
    readonly delayMs: number;
  };
}

type ServerRow = OperatorRow<ServerKinds>;

const COMMON = { group: "This server", needs: ["running"], verb: "none" } as const;

const BROADCAST: ServerRow = {
  ...COMMON,
  name: "broadcast",
  aliases: ["notice"],
  summary: "send a notice to everybody who is online, as the server",
  details:
    "It appears as a notice of the server. It is not a broadcast with a number: the device of a person signs those, which the server cannot do. People who are offline do not get it.",
  arguments: [{ name: "TEXT", summary: "the text", required: true, rest: "text" }],
  examples: [{ line: "broadcast back in five minutes", summary: "on every screen" }],
  async run(context, values) {
    const text = values.required("TEXT");
    if (text.length > NOTICE_MAX_LENGTH) {
      throw new UsageError(
        "too-long",
        `The text has ${text.length} characters: at most ${NOTICE_MAX_LENGTH} are allowed`,
      );
    }
    const told = await serverOf(context).operator.parts.presence.notifyAll(text);
    return result("notice", { told });
  },
};

const LOG: ServerRow = {
  ...COMMON,
  name: "log",
  aliases: ["loglevel"],
  summary: "show or change the log level",
  arguments: [{
    name: "LEVEL",
    summary: "the lowest level that is logged",
    required: false,
    choices: LOG_LEVELS,
  }],
  examples: [
    { line: "log", summary: "shows the level" },
    { line: "log debug", summary: "logs much more, until you change it or the server ends" },
  ],
  run(context, values) {
    const { controls } = serverOf(context);
    const asked = values.argument("LEVEL");
    const level = LOG_LEVELS.find((known) => known === asked);
    if (level !== undefined) controls.setLogLevel(level);
    return Promise.resolve(result("log", { level: controls.logLevel }));
  },
};

const RELOAD: ServerRow = {
  ...COMMON,
  name: "reload",
  aliases: ["rehash"],
  summary: "read certificate and configuration again; nobody is disconnected",
  details:
    "The same as SIGHUP. New connections see the new certificate; open ones keep the old one.",
  examples: [{ line: "reload", summary: "prints what changed, and what needs a restart" }],
  run: async (context) => result("reload", await serverOf(context).controls.reload()),
};

const EXIT_ROW: ServerRow = {
  ...COMMON,
  name: "exit",
  aliases: ["quit", "stop"],
  summary: "tell the clients, and stop the server",
  details:
    "The same as SIGTERM and ctrl-C. Ctrl-D closes the console, and the server keeps running.",
  arguments: [{
    name: "REASON",
    summary: "the reason, for the clients",
    required: false,
    rest: "text",
  }],
  examples: [
    { line: "exit", summary: "waits up to ten seconds for requests to finish" },
    { line: "exit new disks", summary: "with a reason" },
  ],
  endsServer: true,
  confirms: "Stop the server for everybody?",
  run(context, values) {
    const { controls, operator } = serverOf(context);
    const { connected } = operator.connections;
    const { ending } = operator.parts;
    const reason = values.argument("REASON") ?? "";
    requireReason(reason);
    context.afterwards(() => {
      if (reason === "") controls.stop();
      else ending.plan("stop", { delayMs: 0, reason });
    });
    return Promise.resolve(result("stop", { connections: connected }));
  },
};

const END_TERMS: ArgumentSpec = {
  name: "TERMS",
  summary: "when, as 30s, 5m, 1h or now (the default), then the reason; or the word cancel",
  required: false,
  rest: "text",
};

function requireReason({ length }: string): void {
  if (length <= MAX_END_REASON_LENGTH) return;
  throw new UsageError(
    "reason-too-long",
    `The reason has ${length} characters: at most ${MAX_END_REASON_LENGTH} are allowed`,
  );
}

/** Orders the end, or takes it back. Throws UsageError. */
function endServer(
  context: OperatorContext,
  values: CommandValues,
  kind: EndKind,
): Promise<CommandResult<ServerKinds>> {
  const { ending } = serverOf(context).operator.parts;
  const text = values.argument(END_TERMS.name);
  if (text === "cancel") {
    return Promise.resolve(result("end-cancelled", { wasPlanned: ending.cancel() }));
  }
  const terms = parseEndTerms(text);
  if (!terms.ok) throw new UsageError("bad-duration", terms.message);
  const { durationMs: delayMs = 0, reason } = terms;
  if (delayMs > MAX_END_SECONDS * 1000) {
    throw new UsageError("too-long", "The longest time is a week");
  }
  requireReason(reason);
  const { atMs } = ending.plan(kind, { delayMs, reason });
  return Promise.resolve(result("end", { kind, atMs, reason, delayMs }));
}

const DRAIN: ServerRow = {
  ...COMMON,
  name: "drain",
  summary: "announce when the server stops, then stop it",
  details:
    "Without a time it stops at once, as exit does. Until then people may stay and join, but health checks by HTTP get the " +
    "answer that the server is not ready. A later order replaces the one before.",
  arguments: [END_TERMS],
  examples: [
    { line: "drain cancel", summary: "the server keeps running" },
    { line: "drain 5m new disks", summary: "in five minutes, with a reason" },
  ],
  confirms: "Stop the server for everybody?",
  run: (context, values) => endServer(context, values, "stop"),
};

const RESTART: ServerRow = {
  ...COMMON,
  name: "restart",
  summary: "restart the server; clients reconnect by themselves",
  details:
    "Starts the program that is now in its place, with the same arguments and on the same port: to upgrade, replace the program and " +
    "restart. Nothing that was accepted is lost.",
  arguments: [END_TERMS],
  examples: [
    { line: "restart", summary: "now" },
    { line: "restart 5m upgrade", summary: "in five minutes, with a reason" },
  ],
  confirms: "Restart the server?",
  run: (context, values) => endServer(context, values, "restart"),
};

/** What a reload found, in words. */
export function reloadLines(
  { certificate, metricsCertificate: metrics, changed, needsRestart }: Reloaded,
): string[] {
  return [
    certificate === null
      ? "Certificate: none, this server is without TLS"
      : `Certificate: ${certificate.changed ? "new" : "unchanged"}, ${untilWords(certificate)}`,
    ...(metrics === undefined ? [] : [
      `Certificate of metrics: ${metrics.changed ? "new" : "unchanged"}, ${untilDay(metrics)}`,
    ]),
    `Settings: ${changed.length === 0 ? "unchanged" : `changed ${changed.join(", ")}`}`,
    ...(needsRestart.length === 0
      ? []
      : [`Changed, but only after a restart: ${needsRestart.join(", ")}`]),
  ];
}

function untilWords(news: NonNullable<Reloaded["certificate"]>): string {
  return `${untilDay(news)}${news.changed ? "; open connections keep the old one" : ""}`;
}

function untilDay({ untilMs }: NonNullable<Reloaded["certificate"]>): string {
  return `valid until ${
    untilMs === undefined ? "?" : new Date(untilMs).toISOString().slice(0, 10)
  }`;
}

/** What is done with the server as a whole. */
export const SERVER_COMMANDS: OperatorCommands<ServerKinds> = {
  rows: [BROADCAST, LOG, RELOAD, DRAIN, RESTART, EXIT_ROW],
  wording: {
    "notice": {
      line: ({ told }) =>
        `Sent to ${
          told === 1 ? "1 connection" : `${told} connections`
        }; people who are offline do not get it`,
    },
    "log": { line: ({ level }) => `Log level ${level}` },
    "reload": { line: reloadLines },
    "stop": { line: () => "The server is stopping" },
    "end-cancelled": {
      type: "end",
      fields: () => ({ cancelled: true }),
      line: ({ wasPlanned }) =>
        wasPlanned ? "The server keeps running" : "No stop or restart was planned",
    },
    "end": {
      fields: ({ delayMs: _, ...fields }) => fields,
      line: ({ kind, delayMs, atMs }) => {
        const when = delayMs === 0
          ? "now"
          : `${endWords({ delayMs, atMs })}; everybody online sees it`;
        return `The server ${kind === "restart" ? "restarts" : "stops"} ${when}`;
      },
    },
  },
};
