/** The verbs about message requests and blocking. */

import { EXIT } from "../../commands/exit_code.ts";
import { shortTime } from "../dialogue/chat_lines.ts";
import { findContact } from "../nobody.ts";
import type { Verb } from "../verb.ts";
import { type RequestDeed, rowOfDeed } from "./request_deed.ts";
import { REQUEST_DEEDS } from "./request_deeds.ts";

function verbOf(deed: RequestDeed): Verb {
  return {
    ...rowOfDeed(deed),
    aliases: [],
    exitCodes: [3, 4, 5, 6, 7],
    async run(context, values) {
      const client = await context.connectClient();
      // What has arrived by now is in the answer, and what is accepted is confirmed.
      await client.sync();
      const { facts, notes } = await deed.run({
        client,
        values,
        find: (name) => findContact(client, name),
        time: (atMs) => shortTime(atMs, context.clock.nowMs()),
      });
      if (deed.name === "accept") await client.sync();
      for (const { type, fields, line } of facts) await context.output.fact(type, fields, line);
      for (const note of notes) await context.output.note(note);
      return EXIT.done;
    },
  };
}

/** Every verb about requests. */
export const REQUEST_VERBS: readonly Verb[] = REQUEST_DEEDS.map(verbOf);
