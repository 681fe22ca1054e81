/** Reads how the cards of a conversation stand, from the profile and from what runs in this process. */

import { parseStreamId, parseTransferId } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { streamsOf } from "../../client/client_streams.ts";
import type { HistoryEntry } from "../../client/store/history.ts";
import type { Transfer } from "../../client/transfers/transfer.ts";
import {
  beginsCard,
  type Card,
  type CardId,
  fileCards,
  type MovingTransfer,
  streamCard,
} from "./cards.ts";

/** The cards that begin at these entries. What the profile has not kept has none. */
export async function readCards(
  client: Client,
  entries: readonly HistoryEntry[],
): Promise<ReadonlyMap<CardId, Card>> {
  const cards = new Map<CardId, Card>();
  for (const entry of entries.filter(beginsCard)) {
    const transfer = parseTransferId(entry.transfer ?? "");
    const stream = parseStreamId(entry.stream ?? "");
    if (transfer !== undefined) {
      const moving = (await client.transfers.about(transfer)).map((one) => movingOf(client, one));
      for (const [id, card] of fileCards(moving)) cards.set(id, card);
    } else if (stream !== undefined) {
      const found = await streamsOf(client).find(stream);
      const nowMs = client.clock.nowMs();
      if (found) cards.set(found.id, streamCard(found, client.live.of(found.id), nowMs));
    }
  }
  return cards;
}

/** A transfer as it is now. */
export function movingOf(
  { transfers }: Pick<Client, "transfers">,
  transfer: Transfer,
): MovingTransfer {
  const { id, peer, room } = transfer;
  const awaitsConsent = room === undefined && transfers.direct.awaitsConsent({ id, peer });
  const progress = transfers.progressOf(id);
  return { transfer, progress, ...awaitsConsent && { awaitsConsent } };
}
