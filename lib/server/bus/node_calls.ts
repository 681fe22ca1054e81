/** What one node has all others do, as it travels, and how they do it. */

import { Type } from "@sinclair/typebox";
import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, DeviceId } from "../../base/ids.ts";
import { HOP_PUSHES, type HopPushKind, type PushFields } from "../../protocol/hop/mod.ts";
import type { EndReason } from "../sessions/sessions.ts";
import type { LocalBus, Questions, WhichSessions } from "./bus.ts";
import { type Packed, QUESTION_CODECS } from "./node_topics.ts";
import { readAs } from "./node_words.ts";

/** A call. */
export type NodeCall =
  | {
    readonly what: "push";
    readonly accounts: readonly AccountId[];
    readonly kind: HopPushKind;
    readonly fields: object;
    readonly withoutBots: boolean;
  }
  | { readonly what: "packet"; readonly packet: Bytes }
  | { readonly what: "end"; readonly which: WhichSessions; readonly why: EndReason }
  | { readonly what: "ask"; readonly question: keyof Questions; readonly about: unknown };

/** As it is heard. */
interface HeardCall {
  readonly what: string;
  readonly about: unknown;
  readonly payload: Bytes;
}

const Account = Type.Unsafe<AccountId>(Type.String({ maxLength: 400 }));
const PUSH = Type.Object({
  accounts: Type.Array(Account),
  kind: Type.String(),
  fields: Type.Record(Type.String(), Type.Unknown()),
  withoutBots: Type.Boolean(),
});
const END = Type.Object({
  which: Type.Union([
    Type.Object({
      account: Account,
      device: Type.Optional(Type.Unsafe<DeviceId>(Type.String({ maxLength: 32 }))),
    }),
    Type.Object({ device: Type.String({ maxLength: 32 }) }, { additionalProperties: false }),
  ]),
  why: Type.Object({
    log: Type.String(),
    told: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  }),
});
const ASK = Type.Object({ question: Type.String(), about: Type.Unknown() });

/** What goes into the word, and behind it. */
export function packCall({ what: _, ...about }: NodeCall): Packed {
  return "packet" in about ? { about: {}, payload: about.packet } : { about };
}

/**
 * Does it at this node, and resolves with the answer; undefined for what a node of another version may ask. Rejects with
 * ProtocolError for a push that is none.
 */
export async function answerCall(
  local: LocalBus,
  { what, about, payload }: HeardCall,
): Promise<unknown> {
  switch (what) {
    case "push": {
      const push = readAs(PUSH, about);
      if (push !== undefined && isPushKind(push.kind)) await pushHere(local, push.kind, push);
      return undefined;
    }
    case "packet":
      return await local.toAll(payload);
    case "end": {
      const end = readAs(END, about);
      return end && await local.endSessions(end.which, end.why);
    }
    case "ask": {
      const ask = readAs(ASK, about);
      if (ask === undefined || !isQuestion(ask.question)) return undefined;
      return await askHere(local, ask.question, ask.about);
    }
    default:
      return undefined;
  }
}

async function pushHere<Kind extends HopPushKind>(
  local: LocalBus,
  kind: Kind,
  { accounts, fields, withoutBots }: {
    accounts: readonly AccountId[];
    fields: Readonly<Record<string, unknown>>;
    withoutBots: boolean;
  },
): Promise<void> {
  // The cast: the definition is that of `kind`, which its type does not carry through the table.
  const checked = HOP_PUSHES[kind].read(fields, new Uint8Array()) as PushFields<Kind>;
  await local.toAccounts(accounts, kind, checked, { withoutBots });
}

async function askHere<Question extends keyof Questions>(
  local: LocalBus,
  question: Question,
  about: unknown,
): Promise<unknown> {
  const { asked, answer } = QUESTION_CODECS[question];
  const read = asked.read(about, new Uint8Array());
  if (read === undefined) return [];
  return (await local.ask(question, read)).map((one) => answer.pack(one).about);
}

function isPushKind(kind: string): kind is HopPushKind {
  return Object.hasOwn(HOP_PUSHES, kind);
}

function isQuestion(question: string): question is keyof Questions {
  return Object.hasOwn(QUESTION_CODECS, question);
}
