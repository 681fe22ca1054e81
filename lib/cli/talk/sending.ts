/** From what was written down to the server, and to the other side if that is waited for. */

import { anySignal, untilAborted } from "../../base/scope.ts";
import { Refusal, TransportError, type TrustError, UsageError } from "../../base/errors.ts";
import { type EnvelopeId, newEnvelopeId, parseEnvelopeId, type Peer } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { type IdUse, isChosenFor } from "../../client/talk/chosen_ids.ts";
import { isPassing } from "../../client/reconnect.ts";
import { untilSent } from "../../client/sending/until_sent.ts";
import type { OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { Context } from "../context.ts";
import { Submission } from "../../app/submission.ts";

/** How long `--wait delivered` waits for the other side to be there. */
const DELIVERY_TIMEOUT_MS = 60_000;

/** Of verbs that send something. */
export const WAIT_OPTION: OptionSpec = {
  flag: "--wait",
  valueName: "STATE",
  choices: ["sent", "delivered"],
  summary: "when to end: once the server has it, or once a device of the receiver confirms it",
};

/** Of the same. */
export const ID_OPTION: OptionSpec = {
  flag: "--id",
  valueName: "ID",
  summary: "an id of your choice, 32 hexadecimal digits: repeating the command sends it only once",
};

/** The first thing that a command does which says something: from here on each of its ends says what became of it. */
export function beginMessage(
  context: Context,
  values: CommandValues,
): { readonly id: MessageId; readonly submission: Submission } {
  const isChosen = values.has(ID_OPTION.flag);
  const id = { envelope: readId(context, values), isChosen };
  return { id, submission: context.submission = Submission.ofMessage(id.envelope) };
}

/** Of what is sent. */
export interface MessageId {
  readonly envelope: EnvelopeId;
  /** By `--id`. */
  readonly isChosen: boolean;
}

/** What a command is to do, as it was typed. */
export interface Doing extends IdUse {
  readonly text: string | undefined;
}

/** The id of what is sent: that of `--id`, else a new one. Throws UsageError. */
function readId({ options: { random } }: Context, values: CommandValues): EnvelopeId {
  const text = values.option(ID_OPTION.flag);
  if (text === undefined) return newEnvelopeId(random);
  // As `uuidgen` writes them too.
  const id = parseEnvelopeId(text.replaceAll("-", "").toLowerCase());
  if (id !== undefined) return id;
  throw new UsageError("bad-id", `This is no id: ${text}. Give 32 hexadecimal digits, or a UUID`);
}

/**
 * Whether what has this id was written down before, by the same command: then it is not written again. Throws UsageError when
 * the id is that of something else (decision 0060).
 */
export async function isWritten(
  client: Client,
  { envelope, isChosen }: MessageId,
  { peer, words, text }: Doing,
): Promise<boolean> {
  if (!isChosen) return false;
  const isWritten = client.deliveryOf(envelope) !== undefined;
  const said = await client.talk.saidWith(envelope);
  // One that was erased or edited meanwhile was said all the same.
  const isSame = said === undefined || said.peer === peer && [text, undefined].includes(said.text);
  if (isSame && await isChosenFor(client.profile, envelope, { peer, words, isWritten })) {
    return isWritten;
  }
  throw new UsageError("id-taken", `Another message has the id ${envelope}: nothing was sent`);
}

/** What is to be sent, and to whom. */
export interface Parcel {
  readonly id: EnvelopeId;
  readonly peer: Peer;
  readonly shown: string;
}

/** Sends inside `Client.receiving`, and waits as `--wait` says. Throws why it cannot leave: it stays written down. */
export async function sendParcel(
  context: Context,
  client: Client,
  { id, peer, shown }: Parcel,
  { values, signal }: { values: CommandValues; signal: AbortSignal },
): Promise<void> {
  // Ctrl-C too ends the waiting; what was said stays written down.
  const stop = anySignal(signal, context.signal);
  await settle(client, { id, peer, stop });
  if (values.option("--wait") !== "delivered") return;
  if (client.deliveryOf(id) !== "delivered") {
    await context.output.note(`Sent. Waiting for ${shown}; ctrl-C stops waiting`);
  }
  const delivered = await client.waitDelivered(id, {
    timeoutMs: DELIVERY_TIMEOUT_MS,
    signal: stop,
  });
  if (!delivered) {
    throw new TransportError("timeout", `${shown} has not received it yet`);
  }
}

function notSent({ code, message, details }: Refusal | TrustError): Refusal {
  return new Refusal(code, `Not sent: ${message}`, { details });
}

async function settle(
  client: Client,
  { id, peer, stop }: { id: EnvelopeId; peer: Peer; stop: AbortSignal },
): Promise<void> {
  const end = await untilSent(client.messenger, peer, {
    flush: () => untilAborted(client.flush(), stop),
    hasLeft: () => ["failed", "sent", "delivered"].includes(client.deliveryOf(id) ?? ""),
    signal: stop,
  });
  if (end.is === "held") throw isPassing(end.error) ? notSent(end.error) : end.error;
  if (end.is === "late") throw new TransportError("timeout", "The conversation is not ready yet");
  if (client.deliveryOf(id) !== "failed") return;
  throw new Refusal("not-member", "You are not in this conversation");
}
