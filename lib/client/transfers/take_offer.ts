/** Offers of files that come in: those that are sound wait for the person's word. */

import { decodeBase64 } from "../../base/bytes.ts";
import { isRoom, parseUploadId, type TransferId } from "../../base/ids.ts";
import { FILE_KEY_BYTES } from "../../protocol/peer/file.ts";
import { areDistinct, safePath } from "../../storage/safe_path.ts";
import type { FileMessage } from "../messaging/inbound.ts";
import type { PeerNews, Speaker } from "../messaging/peer_news.ts";
import { describeItems } from "./describe.ts";
import { blockCount } from "./transfer.ts";
import type { TransferStore } from "./transfer_store.ts";

/** Blocks that one attempt may hold: the nonce has room for more, and GCM does not (NIST SP 800-38D §8.3). */
const MAX_BLOCKS = 2 ** 32;

/** `id` is that of the transfer here, `offer` what it was offered by: the same but in a room. */
export async function takeOffer(
  store: TransferStore,
  { fields }: Extract<FileMessage, { kind: "file.offer" }>,
  { from, own, peer, id, offer }: Speaker & { id: TransferId; offer: TransferId },
): Promise<PeerNews> {
  const upload = parseUploadId(fields.upload);
  const key = decodeBase64(fields.key);
  // What another device of this account sends is its business.
  if (own) return { lines: [] };
  if (upload === undefined || key?.length !== FILE_KEY_BYTES || !isSound(fields.items)) {
    return { lines: [{ code: "file-refused", text: `${from} offers files that cannot be taken` }] };
  }
  const items = fields.items;
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
function isSound(items: Extract<FileMessage, { kind: "file.offer" }>["fields"]["items"]): boolean {
  const paths = items.map(({ path }) => safePath(path));
  const whole = paths.filter((path) => path !== undefined);
  return items.length > 0 && whole.length === items.length && areDistinct(whole) &&
    blockCount(items) < MAX_BLOCKS;
}
