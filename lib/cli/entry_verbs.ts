/** The commands that make an account, or bring it here, as verbs of the command line. */

import { REGISTERING, type RegisterKinds } from "../app/commands/registering.ts";
import type { EntryContext } from "../app/entering.ts";
import { finish } from "../commands/command_row.ts";
import { EXIT } from "../commands/exit_code.ts";
import type { Report } from "../commands/wording.ts";
import type { Context } from "./context.ts";
import { greetByOptions } from "./first_contact.ts";
import { showReport, verbSpec } from "./person_verbs.ts";
import type { Verb } from "./verb.ts";

const { rows, wording } = REGISTERING;

/** `register` and `login`. */
export const ENTRY_VERBS: readonly Verb[] = rows.map((row) => ({
  ...verbSpec(row),
  async run(context, values) {
    const { signal } = context;
    const tell = async (reports: readonly Report<RegisterKinds>[]) => {
      for (const report of reports) await showReport(context, report, wording);
    };
    const { reports } = await finish(row.run(entryContext(context), values, { signal }), tell);
    await tell(reports);
    return EXIT.done;
  },
}));

function entryContext(context: Context): EntryContext {
  const { person, options: { clock, random } } = context;
  return {
    ...{ ask: person, clock, random },
    resolve: (path) => person.path(path),
    keeper: () => context.keeper(),
    own: (client) => context.own(client),
    greet: async (values, password) => {
      const own = password === undefined ? undefined : await context.ownServer(password);
      const { invite, ...contact } = await greetByOptions(context, values, own);
      return { ...contact, token: invite?.token };
    },
  };
}
