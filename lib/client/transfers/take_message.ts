/** What the other end of a transfer says: lines for the person, and what is written in the transaction that stores it. */

import type { CancelReason } from "./transfer_state.ts";
import { isRoom, parseTransferId, parseUploadId, type TransferId } from "../../base/ids.ts";
import { takeDirect } from "../direct/control_messages.ts";
import { type PeerNews, type SealedFamily, sealedFamily, type Speaker } from "../store/families.ts";
import type { Profile } from "../profile/profile.ts";
import { describeItems, uploadedWords, whyCancelled } from "./describe.ts";
import { takeOwn } from "./own_devices.ts";
import { memberTransferId } from "./offering.ts";
import {
  blockCount,
  contentBytes,
  type Incoming,
  type ItemPoster,
  placeOf,
  subjectOf,
  targetPaths,
  type Transfer,
} from "./transfer.ts";
import { TransferStore } from "./transfer_store.ts";
import { decodeBase64 } from "../../base/bytes.ts";
import type { DirectMessage } from "../../protocol/peer/direct.ts";
import { FILE_KEY_BYTES, FILE_MESSAGES, type FileMessage } from "../../protocol/peer/file.ts";
import { refusalOf } from "./control_messages.ts";

const NOTHING: PeerNews = { lines: [] };

/**
 * What does not fit the transfer's state, or is about a transfer with somebody else or of another conversation, means nothing.
 * In a room everybody hears what is said of a transfer, and only the other end of it may say it.
 */
async function takeFileMessage(
  profile: Profile,
  message: FileMessage,
  speaker: Speaker,
): Promise<PeerNews> {
  const said = parseTransferId(message.fields.transfer);
  if (said === undefined) return NOTHING;
  const store = new TransferStore(profile);
  const mine = isRoom(speaker.peer)
    ? await memberTransferId(said, { sender: speaker.from, member: profile.own.account })
    : said;
  if (message.kind === "file.offer") {
    return await takeOffer(profile, message, { ...speaker, id: mine, offer: said });
  }
  // A member speaks of their own transfer, the sender of the offer.
  const transfer = await store.find(said) ?? await store.find(mine);
  if (transfer === undefined || placeOf(transfer) !== speaker.peer) return NOTHING;
  const { id } = transfer;
  if (speaker.own) return takeOwn(profile, message, transfer, speaker.seq);
  if (transfer.peer !== speaker.from) return NOTHING;
  const label = `transfer ${transfer.number}`;
  const about = { transfer: subjectOf(transfer) };
  switch (message.kind) {
    case "file.answer": {
      const { accepts } = message.fields;
      const text = `${transfer.peer} ${accepts ? "takes" : "declines"} your files, ${label}`;
      return {
        lines: [{ code: accepts ? "file-accepted" : "file-declined", text, ...about }],
        write: () => store.stepSender(id, { event: "answered", accepts }),
      };
    }
    case "file.ack": {
      const { verifiedBytes } = message.fields;
      if (transfer.room !== undefined) return NOTHING;
      return { lines: [], write: () => store.setVerified(id, verifiedBytes) };
    }
    case "file.pause":
      return {
        lines: [{ code: "file-paused", text: `${transfer.peer} paused ${label}`, ...about }],
        write: () => {
          store.stepSender(id, { event: "pause", by: "there" });
          store.stepReceiver(id, { event: "pause", by: "there" });
        },
      };
    case "file.resume": {
      const again = message.fields.again === true;
      const text = `${transfer.peer} ${again ? "restarts" : "resumes"} ${label}`;
      // It is on its way already, or would be if there were one: told before.
      const isNews = !again || transfer.state.state !== "uploading";
      return {
        lines: !isNews
          ? []
          : [{ code: "file-resumed", text: again ? `${text} again` : text, ...about }],
        write: () => {
          store.stepSender(id, { event: "resume", by: "there", again });
          store.stepReceiver(id, { event: "resume", by: "there" });
        },
      };
    }
    case "file.cancel":
      return cancelled(store, transfer, message.fields.reason);
    case "file.done": {
      if (transfer.direction !== "out") return NOTHING;
      // It has verified something else than what was read here: an end, and not a good one.
      const isSame = transfer.digest === undefined || transfer.digest === message.fields.digest;
      if (!isSame) return cancelled(store, transfer, "damaged");
      const { items, fileDigest } = transfer;
      const size = `${contentBytes(items).toLocaleString("en")} B`;
      const sum = fileDigest === undefined ? "" : `, sha-256 ${fileDigest.slice(0, 16)}…`;
      const has = `${transfer.peer} has it (${size}${sum}) and verified it`;
      // The seeds' words, both of them (rows S0.38, S3.45).
      const text = `${uploadedWords(items)}: ${has}, ${label}: transfer completed!`;
      return {
        lines: [{ code: "file-done", text, ...about }],
        write: () => store.stepSender(id, { event: "verified" }),
      };
    }
  }
}

/** About a direct connection for one, by its other end: in a room files go over the server. */
export async function takeDirectOfTransfer(
  profile: Profile,
  message: DirectMessage,
  speaker: Speaker,
): Promise<PeerNews> {
  const about = parseTransferId(message.fields.about);
  const transfer = about && await new TransferStore(profile).find(about);
  if (speaker.own || transfer?.peer !== speaker.from) return NOTHING;
  if (transfer.room !== undefined || isRoom(speaker.peer)) return NOTHING;
  return await takeDirect(profile, message, speaker);
}

function cancelled(
  store: TransferStore,
  transfer: Transfer,
  reason: CancelReason,
): PeerNews {
  const { id, peer, number } = transfer;
  const text = `${peer} cancelled transfer ${number}${whyCancelled(reason)}`;
  return {
    lines: [{ code: "file-cancelled", text, transfer: subjectOf(transfer) }],
    write: () => {
      store.stepSender(id, { event: "cancel", by: "there", reason });
      store.stepReceiver(id, { event: "cancel", by: "there", reason });
    },
  };
}

/** Blocks that one attempt may hold: the nonce has room for more, and GCM does not (NIST SP 800-38D §8.3). */
const MAX_BLOCKS = 2 ** 32;

/** `id` is that of the transfer here, `offer` what it was offered by: the same but in a room. */
async function takeOffer(
  profile: Profile,
  { fields }: Extract<FileMessage, { kind: "file.offer" }>,
  { from, own, peer, id, offer }: Speaker & { id: TransferId; offer: TransferId },
): Promise<PeerNews> {
  const upload = parseUploadId(fields.upload);
  const key = decodeBase64(fields.key);
  // What another device of this account sends is its business.
  if (own) return { lines: [] };
  const { items, poster, posters } = fields;
  const ofItem = (one: ItemPoster) => one.item < items.length;
  const isOffer = upload !== undefined && key?.length === FILE_KEY_BYTES && items.length > 0;
  const why = isOffer ? whyRefused(items) : "the request is not valid";
  if (!isOffer || why !== undefined) {
    const text = `Cannot accept files of ${from}: ${why}`;
    // Who offered them would wait for an answer for ever.
    const write = await refusalOf(profile, { peer, transfer: id });
    return { lines: [{ code: "file-refused", text }], write };
  }
  const store = new TransferStore(profile);
  const details: Incoming = {
    ...{ upload, key: fields.key, items, roots: {}, finished: [], digests: [] },
    ...(poster !== undefined && ofItem(poster) && { poster }),
    ...(posters !== undefined && { posters: posters.filter(ofItem) }),
  };
  const sealed = await store.seal(id, details);
  const text = `${from} sends you ${describeItems(items)}`;
  const place = isRoom(peer) ? { room: peer, offer } : {};
  return {
    lines: [{ code: "file-offer", text, transfer: id }],
    write: () => store.insert({ id, direction: "in", peer: from, ...place }, sealed),
  };
}

/** SR-64: before the person is asked. */
function whyRefused(
  items: Extract<FileMessage, { kind: "file.offer" }>["fields"]["items"],
): string | undefined {
  if (targetPaths(items) === undefined) return "the folders are nested too deeply";
  return blockCount(items) < MAX_BLOCKS ? undefined : "there are too many files";
}

/** In place of a stranger's offer: names of files are a stranger's words. */
const OFFERS_FILES = "[wants to send you files: accept this person to see them]";

/** Files between people. */
export const FILES: SealedFamily = sealedFamily({
  kinds: FILE_MESSAGES,
  take: ({ profile }, message, speaker) => takeFileMessage(profile, message, speaker),
  ofStranger({ kind, fields: { transfer: id } }) {
    // By the transfer's id, by which it is withdrawn.
    if (kind === "file.offer") return { result: "asks", id, text: OFFERS_FILES };
    return kind === "file.cancel" ? { result: "withdraws", id } : undefined;
  },
});
