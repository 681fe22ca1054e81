/** The verbs about messages: unread, reply, react, edit, delete, expire, log export. */

import { type MessageKinds, MESSAGES } from "../../app/commands/messages.ts";
import { UNREAD } from "../../app/commands/unread.ts";
import { type Whole, whole } from "../../commands/command_table.ts";
import { finish, result } from "../../commands/command_row.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { MAX_TEXT_BYTES } from "../../protocol/peer/chat.ts";
import { LOG_VERB } from "../log_verb.ts";
import type { PersonRow } from "../../app/person_row.ts";
import { findRecipient } from "../../app/recipient.ts";
import { CONVERSATION, personAt, showReport, verbsOf, verbSpec } from "../person_verbs.ts";
import { readText, STDIN_OPTION } from "../text_input.ts";
import type { Verb } from "../verb.ts";
import { beginMessage, ID_OPTION, isWritten, sendParcel, WAIT_OPTION } from "./sending.ts";

function verbOf(row: Whole<PersonRow<MessageKinds>>): Verb {
  const spec = verbSpec(row);
  const takesText = row.arguments.some(({ name }) => name === "TEXT");
  return {
    ...spec,
    options: [...spec.options, ...(takesText ? [STDIN_OPTION] : []), WAIT_OPTION, ID_OPTION],
    async run(context, values) {
      const { id, submission } = beginMessage(context, values);
      const text = () =>
        readText(values, {
          maxBytes: MAX_TEXT_BYTES,
          tooLong: "The text is too long: send it as a file",
          signal: context.signal,
          empty: `There is nothing to say. Example: heliograph ${spec.examples[0].line}`,
        });
      const client = await context.openClient();
      submission.followMessage(client, id.envelope);
      await context.connect(client, context.signal);
      const conversation = await findRecipient(client, values.required(CONVERSATION.name));
      const { peer } = conversation;
      const reports = await client.receiving(async (caughtUp, signal) => {
        await caughtUp;
        const said = takesText ? await text() : undefined;
        const done = await isWritten(client, id, { peer, words: wordsOf(row, values), text: said })
          ? undefined
          : await finish(
            row.run(
              {
                ...personAt(context, client, submission),
                ...{ conversation, id: id.envelope },
                text: () => said === undefined ? text() : Promise.resolve(said),
              },
              values,
              { signal },
            ),
            async (told) => {
              for (const report of told) await showReport(context, report, MESSAGES.wording);
            },
          );
        // Nothing is to be sent for it.
        if (done !== undefined && done.sends === undefined) return done.reports;
        const parcel = { id: id.envelope, ...conversation };
        await sendParcel(context, client, parcel, { values, signal });
        return done?.reports ?? result("sent", { to: peer }).reports;
      });
      const isSent = submission.state !== "none";
      const { output, clock } = context;
      // Where nothing is sent, nothing is said of it.
      const face = { output, clock, submission: isSent ? submission : undefined };
      for (const report of reports) await showReport(face, report, MESSAGES.wording, { isSent });
      return EXIT.done;
    },
  };
}

/** What was typed, but for a text: a message may be named by its place from the end, and is the same one when it is tried again. */
function wordsOf(
  { name, arguments: given, options }: Whole<PersonRow<MessageKinds>>,
  values: CommandValues,
) {
  const words = given.filter(({ name }) => name !== "TEXT").flatMap(({ name }) =>
    values.words(name)
  );
  return [
    name,
    ...words,
    ...options.filter(({ flag }) => values.has(flag)).map(({ flag }) => flag),
  ];
}

/** Every verb about messages that were said. */
export const TALK_VERBS: readonly Verb[] = [
  ...verbsOf(UNREAD),
  ...MESSAGES.rows.map(whole).map(verbOf),
  LOG_VERB,
];
