/** The verbs that send a message: send, reply, react, edit, delete, expire. */

import { knownPeer } from "../../app/find_contact.ts";
import type { ConversationRow, SendingCommands } from "../../app/person_row.ts";
import { findRecipient, type Recipient } from "../../app/recipient.ts";
import { describeError, StorageError } from "../../base/errors.ts";
import { isPassing } from "../../client/reconnect.ts";
import { finish, type RowSpec } from "../../commands/command_row.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Context } from "../context.ts";
import { given, personAt, showReport, verbSpec } from "../person_verbs.ts";
import { readText } from "../text_input.ts";
import type { Verb } from "../verb.ts";
import { beginMessage, ID_OPTION, isWritten, sendParcel, WAIT_OPTION } from "./sending.ts";

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
