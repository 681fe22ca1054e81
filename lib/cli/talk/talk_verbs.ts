/** The verbs that send a message: send, reply, react, edit, delete, expire. */

import { knownPeer } from "../../app/find_contact.ts";
import type { ConversationRow, SendingCommands } from "../../app/person_row.ts";
import { findRecipient, type Recipient } from "../../app/recipient.ts";
import { Submission } from "../../app/submission.ts";
import {
  describeError,
  Refusal,
  StorageError,
  TransportError,
  type TrustError,
  UsageError,
} from "../../base/errors.ts";
import { type EnvelopeId, newEnvelopeId, parseEnvelopeId, type Peer } from "../../base/ids.ts";
import { anySignal, untilAborted } from "../../base/scope.ts";
import type { Client } from "../../client/client.ts";
import { isPassing } from "../../client/reconnect.ts";
import { untilSent } from "../../client/sending/until_sent.ts";
import { type IdUse, isChosenFor } from "../../client/talk/chosen_ids.ts";
import { finish, type RowSpec } from "../../commands/command_row.ts";
import type { OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Context } from "../context.ts";
import { given, personAt, showReport, verbSpec } from "../person_verbs.ts";
import { readText } from "../text_input.ts";
import type { Verb } from "../verb.ts";

/** Every row of such a group. */
export function sendingVerbsOf<Kinds extends object>(
  commands: SendingCommands<Kinds>,
): readonly Verb[] {
  return commands.rows.map((row) => verbOf(row, commands));
}

function verbOf<Kinds extends object>(
  row: ConversationRow<Kinds>,
  { wording, sentBefore }: SendingCommands<Kinds>,
): Verb {
  const spec = verbSpec(row);
  return {
    ...spec,
    options: [...spec.options, WAIT_OPTION, ID_OPTION],
    async run(context, values) {
      const { id, submission } = beginMessage(context, values);
      const text = row.text && await readText(values, { ...row.text, signal: context.signal });
      const client = await context.openClient();
      submission.followMessage(client, id.envelope);
      const act = async (conversation: Recipient, signal: AbortSignal) => {
        const { peer } = conversation;
        if (await isWritten(client, id, { peer, words: wordsOf(row, values), text })) {
          return { reports: [sentBefore(peer, id.envelope)], sends: id.envelope };
        }
        const person = {
          ...personAt(context, client, submission),
          ...{ conversation, id: id.envelope, text: () => given(text) },
        };
        return await unlessFull(() =>
          finish(row.run(person, values, { signal }), async (told) => {
            for (const report of told) await showReport(context, report, wording);
          })
        );
      };
      const to = values.required(spec.arguments[0].name);
      try {
        await context.connect(client, context.signal);
      } catch (error) {
        if (values.maybe("--spool") === undefined || !isPassing(error)) throw error;
        const peer = await knownPeer(client, to);
        await act({ peer, shown: to }, context.signal);
        return await tellSpooled(context, peer, error);
      }
      const conversation = await findRecipient(client, to);
      // What is only said is written down at once: whatever happens then, it is sent.
      const done = row.needs.includes("receiving")
        ? undefined
        : await act(conversation, context.signal);
      const reports = await client.receiving(async (caughtUp, signal) => {
        await caughtUp;
        const { reports, sends } = done ?? await act(conversation, signal);
        // Else nothing is to be sent for it.
        if (sends !== undefined) {
          const parcel = { id: id.envelope, ...conversation };
          await sendParcel(context, client, parcel, { values, signal });
        }
        return reports;
      });
      const isSent = submission.state !== "none";
      const { output, clock } = context;
      // Where nothing is sent, nothing is said of it.
      const face = { output, clock, submission: isSent ? submission : undefined };
      for (const report of reports) await showReport(face, report, wording, { isSent });
      return EXIT.done;
    },
  };
}

/** What was typed, but for a text: a message may be named by its place from the end, and is the same one when it is tried again. */
function wordsOf(
  { name, arguments: given = [], options = [] }: RowSpec,
  values: CommandValues,
): readonly string[] {
  const words = given.filter(({ name }) => name !== "TEXT").flatMap(({ name }) =>
    values.words(name)
  );
  return [
    name,
    ...words,
    ...options.filter(({ flag }) => values.has(flag)).map(({ flag }) => flag),
  ];
}

async function unlessFull<Result>(write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== "disk-full") throw error;
    throw new StorageError(error.code, "Nothing was sent: the disk of this machine is full", {
      cause: error,
    });
  }
}

/** It is sealed and sent by whichever command reaches the server next. */
async function tellSpooled(
  { output, submission }: Context,
  to: Recipient["peer"],
  reason: unknown,
): Promise<typeof EXIT.unreachable> {
  const why = describeError(reason);
  await output.object("spooled", { ...submission?.fields(), to, reason: why });
  await output.note(`${why}. ${submission?.words()}`);
  return EXIT.unreachable;
}

// From what was written down to the server, and to the other side if that is waited for.

/** How long `--wait delivered` waits for the other side to be there. */
const DELIVERY_TIMEOUT_MS = 60_000;

/** Of verbs that send something. */
const WAIT_OPTION: OptionSpec = {
  flag: "--wait",
  valueName: "STATE",
  choices: ["sent", "delivered"],
  summary: "when to end: once the server has it, or once a device of the receiver confirms it",
};

/** Of the same. */
const ID_OPTION: OptionSpec = {
  flag: "--id",
  valueName: "ID",
  summary: "an id of your choice, 32 hexadecimal digits: repeating the command sends it only once",
};

/** The first thing that a command does which says something: from here on each of its ends says what became of it. */
function beginMessage(
  context: Context,
  values: CommandValues,
): { readonly id: MessageId; readonly submission: Submission } {
  const isChosen = values.has(ID_OPTION.flag);
  const id = { envelope: readId(context, values), isChosen };
  return { id, submission: context.submission = Submission.ofMessage(id.envelope) };
}

/** Of what is sent. */
interface MessageId {
  readonly envelope: EnvelopeId;
  /** By `--id`. */
  readonly isChosen: boolean;
}

/** What a command is to do, as it was typed. */
interface Doing extends IdUse {
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
async function isWritten(
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
interface Parcel {
  readonly id: EnvelopeId;
  readonly peer: Peer;
  readonly shown: string;
}

/** Sends inside `Client.receiving`, and waits as `--wait` says. Throws why it cannot leave: it stays written down. */
async function sendParcel(
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
