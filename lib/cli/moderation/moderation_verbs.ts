/** The verbs `user …`: order on the server, for those who have a role there. */

import { EXIT } from "../../commands/exit_code.ts";
import type { Verb } from "../verb.ts";
import { type Deed, makeBench } from "./deed.ts";
import { DEEDS } from "./deeds.ts";
import { LISTS } from "./lists.ts";

function verbOf(deed: Deed): Verb {
  const name = `user ${deed.verb}`;
  const { summary, details, options = [], example: [rest, does] } = deed;
  return {
    name,
    aliases: deed.verbAliases,
    group: "Order",
    summary,
    ...(details === undefined ? {} : { details }),
    arguments: deed.arguments,
    options,
    examples: [{ line: rest === "" ? name : `${name} ${rest}`, summary: does }],
    exitCodes: [3, 4, 5, 6, 7],
    async run(context, values) {
      const client = await context.connectClient();
      const typed = (other: string, whom: string) => `heliograph user ${other} ${whom}`;
      const { facts, notes } = await deed.run(makeBench(client, values, typed));
      for (const { type, fields, line } of facts) await context.output.fact(type, fields, line);
      for (const note of notes) await context.output.note(note);
      return EXIT.done;
    },
  };
}

/** Every verb of order. */
export const MODERATION_VERBS: readonly Verb[] = [...LISTS, ...DEEDS].map(verbOf);
