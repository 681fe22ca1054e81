/**
 * A command that no program has, put among those of a group before any front end reads them: import this first. Whoever sees it
 * anywhere sees it by its row alone.
 */

import { UNREAD } from "../../lib/app/commands/unread.ts";
import type { ConversationRow } from "../../lib/app/person_row.ts";
import type { Wording } from "../../lib/commands/wording.ts";

interface ShrugKinds {
  "shrugging": { readonly at: string };
  "shrugged": { readonly to: string; readonly text: string; readonly at: string };
}

const SHRUG = "¯\\_(ツ)_/¯";

const shrug: ConversationRow<ShrugKinds> = {
  name: "shrug",
  aliases: ["dunno"],
  group: "Messages",
  summary: "say that you do not know",
  arguments: [
    { name: "NAME", summary: "whom", required: true },
    { name: "TEXT", summary: "what before it", required: false, rest: "text" },
  ],
  options: [
    { flag: "--twice", summary: "say it again" },
    { flag: "--ask", summary: "ask what else, and how often" },
  ],
  examples: [{ line: "shrug bob who knows", summary: `says: who knows ${SHRUG}` }],
  exitCodes: [5, 7],
  asks: true,
  needs: ["connection", "receiving"],
  async *run({ ask, client, findContact, send }, values) {
    const { account, name } = await findContact(values.required("NAME"));
    const asks = values.has("--ask");
    const also = asks ? await ask.text("What else?") : undefined;
    const count = asks ? 1 + await ask.choice("How often?", ["once", "twice"], 0) : 1;
    yield [{ kind: "shrugging", facts: { at: name } }];
    const shrugs = values.has("--twice") ? 2 : count;
    const words = [values.argument("TEXT"), also, ...Array<string>(shrugs).fill(SHRUG)];
    const text = words.filter((word) => word !== undefined).join(" ");
    await client.write(account, text);
    await send();
    return { reports: [{ kind: "shrugged", facts: { to: account, text, at: name } }] };
  },
};

const wording: Wording<ShrugKinds> = {
  "shrugging": { isNote: true, line: ({ at }) => `shrugging at ${at}` },
  "shrugged": {
    fields: ({ to, text }) => ({ to, text }),
    line: ({ at }) => `You shrugged at ${at}`,
  },
};

// The lists are read-only to the programs, not to whoever plants a row.
(UNREAD.rows as unknown as ConversationRow<ShrugKinds>[]).push(shrug);
Object.assign(UNREAD.wording, wording);

/** The planted row. */
export const PLANTED = shrug;
