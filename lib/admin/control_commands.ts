/**
 * What another process of the same user may ask of a running server, one JSON object a line each way over `control.sock`.
 * New commands are rows here.
 */

import {
  type Static,
  type TInteger,
  type TLiteral,
  type TObject,
  type TSchema,
  type TUnion,
  Type,
} from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { logger } from "../base/log.ts";
import type { Operator } from "../server/operator.ts";

const log = logger("server", "operator");

const REQUEST = Type.Union([
  Type.Object({ command: Type.Literal("connections") }),
  Type.Object({ command: Type.Literal("unlock"), name: Type.String() }),
]);

/** The server's line to `connections`. */
export const CONNECTIONS_REPLY: TObject<{ connected: TInteger; signedIn: TInteger }> = Type.Object({
  connected: Type.Integer(),
  signedIn: Type.Integer(),
});

/** The server's line to `unlock`. */
export const UNLOCK_REPLY: TObject<{
  result: TUnion<
    [TLiteral<"unlocked">, TLiteral<"was-not-locked">, TLiteral<"unknown-account">]
  >;
}> = Type.Object({
  result: Type.Union([
    Type.Literal("unlocked"),
    Type.Literal("was-not-locked"),
    Type.Literal("unknown-account"),
  ]),
});

/** One line to the server. */
export type ControlRequest = Static<typeof REQUEST>;

/** Longer lines are none of ours, in either direction. */
export const CONTROL_LINE_MAX_BYTES = 8192;

/** Answers one line. What changes something is logged (SR-57). */
export async function answerControl(operator: Operator, line: string): Promise<object> {
  const request = readJson(line);
  if (!Value.Check(REQUEST, request)) return { error: "Unknown command" };
  switch (request.command) {
    case "connections":
      return operator.connections;
    case "unlock": {
      const result = await operator.unlock(request.name);
      // A name that nobody has is not logged: people type passwords into the wrong field.
      const account = result === "unknown-account" ? {} : { account: request.name };
      log.info("operator.unlock", { ...account, result });
      return { result };
    }
  }
}

/** A reply as `schema` has it, undefined for anything else. */
export function readControlReply<T extends TSchema>(
  schema: T,
  line: string,
): Static<T> | undefined {
  const reply = readJson(line);
  return Value.Check(schema, reply) ? reply : undefined;
}

function readJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
