/**
 * What another process of the same user may ask of a running server, one JSON object a line each way over `control.sock`.
 * New commands are rows here.
 */

import { HeliographError, Refusal, StorageError, UsageError } from "../base/errors.ts";
import { parseJson } from "../base/json_line.ts";
import { CommandValues, type GivenValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import type { Store } from "../server/store/store.ts";
import type { OperatorOutcome, TellLines } from "./operator_command.ts";
import { OPERATOR_VERBS } from "./operator_commands.ts";
import type { OperatorRunner } from "./operator_runner.ts";
import {
  type Static,
  type TInteger,
  type TLiteral,
  type TObject,
  type TSchema,
  type TString,
  type TUnion,
  Type,
} from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

/** What a row throws when it refuses, as it goes over the socket. */
const REFUSALS = { Refusal, StorageError, UsageError } as const;
type RefusalName = keyof typeof REFUSALS;
// The names of a constant object are its keys.
const REFUSAL_NAMES = Object.keys(REFUSALS) as RefusalName[];

const GATHERED = Type.Optional(Type.Record(Type.String(), Type.String()));

const REQUEST = Type.Union([
  Type.Object({ command: Type.Literal("connections") }),
  Type.Object({
    command: Type.Literal("console"),
    line: Type.String(),
    json: Type.Optional(Type.Boolean()),
    gathered: GATHERED,
  }),
  Type.Object({ command: Type.Literal("names") }),
  Type.Object({
    command: Type.Literal("data"),
    verb: Type.String(),
    given: Type.Unsafe<GivenValues>(Type.Object({
      arguments: Type.Record(Type.String(), Type.Array(Type.String())),
      options: Type.Record(Type.String(), Type.Union([Type.String(), Type.Literal(true)])),
    })),
    json: Type.Boolean(),
    gathered: GATHERED,
  }),
]);

/** The server's line to `connections`. */
export const CONNECTIONS_REPLY: TObject<{ connected: TInteger; signedIn: TInteger }> = Type.Object({
  connected: Type.Integer(),
  signedIn: Type.Integer(),
});

/** The server's lines to everything else: any number that are printed, then the exit code, or what the row of a verb threw. */
export const OUTCOME_REPLY: TUnion<
  [
    TObject<{ out: TString }>,
    TObject<{ note: TString }>,
    TObject<{ end: TUnion<TLiteral<ExitCode>[]> }>,
    TObject<{ refused: TUnion<TLiteral<RefusalName>[]>; code: TString; message: TString }>,
  ]
> = Type.Union([
  Type.Object({ out: Type.String() }),
  Type.Object({ note: Type.String() }),
  Type.Object({ end: Type.Union(Object.values(EXIT).map((code) => Type.Literal(code))) }),
  Type.Object({
    refused: Type.Union(REFUSAL_NAMES.map((name) => Type.Literal(name))),
    code: Type.String(),
    message: Type.String(),
  }),
]);

/** One line to the server. */
export type ControlRequest = Static<typeof REQUEST>;
type DataRequest = Extract<ControlRequest, { command: "data" }>;

/** Longer lines are none of ours, in either direction: the accounts of the longest list that is imported. */
export const CONTROL_LINE_MAX_BYTES = 16 * 1024 * 1024;

/** Lines for the asker, and what is left to do when they are on their way. */
export interface ControlAnswer {
  readonly lines: readonly object[];
  readonly afterwards?: () => void;
}

/** Answers one line; `say` takes lines that come before the others. */
export async function answerControl(
  runner: OperatorRunner,
  line: string,
  say: (lines: readonly object[]) => Promise<void>,
): Promise<ControlAnswer> {
  const tell: TellLines = (told) => say(spoken(told));
  const request = parseJson(line);
  if (!Value.Check(REQUEST, request)) return { lines: [{ error: "Unknown command" }] };
  switch (request.command) {
    case "connections":
      return { lines: [runner.operator.connections] };
    case "console": {
      return answerWith(await runner.run(request.line, { ...request, tell }));
    }
    case "names": {
      const out = await accountNames(runner.operator.parts.store);
      return answerWith({ out, notes: [], exit: EXIT.done });
    }
    case "data":
      return await answerData(runner, request, tell);
  }
}

function answerWith({ out, notes, exit, ...left }: OperatorOutcome): ControlAnswer {
  return { lines: [...spoken({ out, notes }), { end: exit }], ...left };
}

function spoken({ out, notes }: Pick<OperatorOutcome, "out" | "notes">): readonly object[] {
  return [...out.map((line) => ({ out: line })), ...notes.map((note) => ({ note }))];
}

/** Runs a row for a verb that another process was called with. Never rejects for what a row refuses. */
async function answerData(
  runner: OperatorRunner,
  { verb, given, json, gathered }: DataRequest,
  tell: TellLines,
): Promise<ControlAnswer> {
  const found = OPERATOR_VERBS.find(({ row }) => row.name === verb);
  if (found === undefined) return { lines: [{ error: "Unknown command" }] };
  const values = CommandValues.from(found.row, given);
  try {
    const call = { values, face: "verb", isJson: json, tell } as const;
    return answerWith(await runner.perform(found.command, call, gathered));
  } catch (error) {
    if (!(error instanceof HeliographError) || !(error.name in REFUSALS)) throw error;
    return { lines: [{ refused: error.name, code: error.code, message: error.message }] };
  }
}

/** What a row threw, out of what went over the socket. */
export function refusalFrom(
  { refused, code, message }: {
    readonly refused: RefusalName;
    readonly code: string;
    readonly message: string;
  },
): HeliographError {
  return new REFUSALS[refused](code, message);
}

/** A reply as `schema` has it, undefined for anything else. */
export function readControlReply<T extends TSchema>(
  schema: T,
  line: string,
): Static<T> | undefined {
  const reply = parseJson(line);
  return Value.Check(schema, reply) ? reply : undefined;
}

// Names for completion.

/** More are not completed: they would not fit a screen either. */
const MAX_NAMES = 500;

/** The first names in the order of the account ids. */
export async function accountNames(store: Store): Promise<readonly string[]> {
  const { accounts } = await store.listAccounts({ limit: MAX_NAMES });
  return accounts.map(({ name }) => name);
}
