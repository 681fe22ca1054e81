/** The verb direct. */

import { EXIT } from "../../commands/exit_code.ts";
import { findContact } from "../nobody.ts";
import type { Verb } from "../verb.ts";
import { DIRECT_SPEC, doDirect } from "./direct_deed.ts";

/** `heliograph direct [WORD] [NAME]`. */
export const DIRECT_VERB: Verb = {
  ...DIRECT_SPEC,
  exitCodes: [3, 4, 5, 7],
  async run(context, values) {
    // A list needs no server.
    const client = values.argument("NAME") === undefined
      ? await context.openClient()
      : await context.connectClient();
    const { contacts } = client.transfers.direct;
    const facts = await doDirect(contacts, values, (name) => findContact(client, name));
    if (facts.length === 0) {
      await context.output.note("nobody sees your address. To allow it: direct allow NAME");
    }
    for (const { type, fields, line } of facts) await context.output.fact(type, fields, line);
    return EXIT.done;
  },
};
