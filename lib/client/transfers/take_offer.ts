/** Offers of files that come in: those that are sound wait for the person's word. */

import { decodeBase64 } from "../../base/bytes.ts";
import { isRoom, parseUploadId, type TransferId } from "../../base/ids.ts";
import { FILE_KEY_BYTES } from "../../protocol/peer/file.ts";
import type { FileMessage } from "../store/inbound.ts";
import type { PeerNews, Speaker } from "../store/peer_news.ts";
import { describeItems } from "./describe.ts";
import { refusalOf } from "./control_messages.ts";
import { blockCount, targetPaths } from "./transfer.ts";
import type { Profile } from "../profile/profile.ts";
import { TransferStore } from "./transfer_store.ts";

/** Blocks that one attempt may hold: the nonce has room for more, and GCM does not (NIST SP 800-38D §8.3). */
const MAX_BLOCKS = 2 ** 32;

/** `id` is that of the transfer here, `offer` what it was offered by: the same but in a room. */
export async function takeOffer(
  profile: Profile,
  { fields }: Extract<FileMessage, { kind: "file.offer" }>,
  { from, own, peer, id, offer }: Speaker & { id: TransferId; offer: TransferId },
): Promise<PeerNews> {
  const upload = parseUploadId(fields.upload);
  const key = decodeBase64(fields.key);
  // What another device of this account sends is its business.
  if (own) return { lines: [] };
  const { items } = fields;
  const isOffer = upload !== undefined && key?.length === FILE_KEY_BYTES && items.length > 0;
  const why = isOffer ? whyRefused(items) : "it is no valid offer";
  if (!isOffer || why !== undefined) {
    const text = `${from} offers files that cannot be taken: ${why}`;
    // Who offered them would wait for an answer for ever.
    const write = await refusalOf(profile, { peer, transfer: id });
    return { lines: [{ code: "file-refused", text }], write };
  }
  const store = new TransferStore(profile);
  const details = { upload, key: fields.key, items, roots: {}, finished: [], digests: [] };
  const sealed = await store.seal(id, details);
  const text = `${from} offers you ${describeItems(items)}`;
  const place = isRoom(peer) ? { room: peer, offer } : {};
  return {
    lines: [{ code: "file-offer", text }],
    write: () => store.insert({ id, direction: "in", peer: from, ...place }, sealed),
  };
}

/** SR-64: before the person is asked. */
function whyRefused(
  items: Extract<FileMessage, { kind: "file.offer" }>["fields"]["items"],
): string | undefined {
  if (targetPaths(items) === undefined) return "their folders are too deep";
  return blockCount(items) < MAX_BLOCKS ? undefined : "there is too much of them";
}
