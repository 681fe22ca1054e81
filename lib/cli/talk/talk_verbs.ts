/** The verbs about messages: unread, reply, react, edit, delete, expire, log export. */

import { EXIT } from "../../commands/exit_code.ts";
import { MAX_TEXT_BYTES } from "../../protocol/peer/chat.ts";
import { LOG_VERB } from "../log_verb.ts";
import { findRecipient } from "../recipient.ts";
import { readText, STDIN_OPTION } from "../text_input.ts";
import type { Verb } from "../verb.ts";
import { STATES } from "./fact_fields.ts";
import { sendParcel, WAIT_OPTION } from "./sending.ts";
import { rowOfTalkDeed, type TalkDeed } from "./talk_deed.ts";
import { TALK_DEEDS } from "./talk_deeds.ts";
import { UNREAD_VERB } from "./unread_verb.ts";

const NAME = {
  name: "NAME",
  summary: "in the conversation with whom, or a room as #256 or #ops",
  required: true,
};

function verbOf(deed: TalkDeed): Verb {
  const row = rowOfTalkDeed(deed, { argument: NAME, example: "bob" });
  const takesText = deed.arguments.some(({ name }) => name === "TEXT");
  return {
    ...row,
    aliases: deed.aliases,
    options: [...row.options, ...(takesText ? [STDIN_OPTION] : []), WAIT_OPTION],
    exitCodes: [3, 4, 5, 6, 7, 9],
    async run(context, values) {
      const text = () =>
        readText(values, {
          maxBytes: MAX_TEXT_BYTES,
          tooLong: "The text is too long: send it as a file",
          empty: `There is nothing to say. Example: heliograph ${row.examples[0].line}`,
        });
      const client = await context.connectClient();
      const { peer, shown } = await findRecipient(client, values.required("NAME"));
      const { told, id } = await client.receiving(async (caughtUp, signal) => {
        // What is said to a message is about what it says now.
        await caughtUp;
        const outcome = await deed.run({ client, values, peer, shown, text });
        const { id } = outcome;
        if (id !== undefined) {
          await sendParcel(context, client, { id, peer, shown }, { values, signal });
        }
        return outcome;
      });
      const state = id && client.deliveryOf(id);
      const sent = state === undefined ? {} : { id, state: STATES[state] };
      const fields = { ...told.fields, ...sent };
      if (id === undefined) await context.output.fact(told.type, fields, told.line);
      else {
        await context.output.object(told.type, fields);
        await context.output.note(told.line);
      }
      return EXIT.done;
    },
  };
}

/** Every verb about messages that were said. */
export const TALK_VERBS: readonly Verb[] = [UNREAD_VERB, ...TALK_DEEDS.map(verbOf), LOG_VERB];
