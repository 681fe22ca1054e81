/** Commands that answer what somebody offers: y, n. */

import { type OfferKinds, OFFERS } from "../../app/commands/offers.ts";
import { Refusal } from "../../base/errors.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import { sourceWords } from "../../client/streams/source_words.ts";
import { describeItems } from "../../client/transfers/describe.ts";
import type { Wording } from "../../commands/wording.ts";
import { shellRowsOf } from "./conversation_rows.ts";
import type { P2pDialogue } from "./p2p_dialogue.ts";
import type { ShellRow } from "./shell_row.ts";

/** Of one person who is known to be meant. */
function wordingOf(): Wording<OfferKinds> {
  const { wording } = OFFERS;
  return {
    ...wording,
    "accepted": {
      ...wording["accepted"],
      line: ({ transfer, into }) => `Taking ${describeItems(transfer.items)} into ${into}`,
    },
    "declined": {
      ...wording["declined"],
      line: ({ transfer }) => `Declined ${describeItems(transfer.items)}`,
    },
    "declined-stream": {
      ...wording["declined-stream"],
      line: ({ stream }) => `Declined ${sourceWords(stream)}`,
    },
  };
}

/** Whose offer is answered: the newest, streams before files. */
async function offererOf(desk: P2pDialogue, name: string | undefined): Promise<KnownPeer> {
  if (name !== undefined) return desk.findKnown(name);
  const files: KnownPeer[] = [];
  const shown: KnownPeer[] = [];
  for (const peer of desk.node?.book.list() ?? []) {
    const { transfers, streams } = await desk.pair(peer);
    if ((await transfers.waiting()).length > 0) files.push(peer);
    if ((await streams.waiting()).length > 0) shown.push(peer);
  }
  const newest = shown.at(-1) ?? files.at(-1);
  if (newest !== undefined) return newest;
  throw new Refusal("unknown-transfer", "Nothing waits for an answer");
}

/** `y` and `n`. */
export const OFFER_ROWS: readonly ShellRow[] = shellRowsOf(OFFERS, wordingOf, {
  peerOf: offererOf,
});
