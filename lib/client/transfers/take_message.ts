/** What the other end of a transfer says: lines for the person, and what is written in the transaction that stores it. */

import { type AccountId, isRoom, parseTransferId, type TransferId } from "../../base/ids.ts";
import { aboutOf } from "../direct/control_messages.ts";
import { takeDirect } from "../direct/take_direct.ts";
import type { DirectMessage, FileMessage } from "../store/inbound.ts";
import type { PeerNews, Speaker } from "../store/peer_news.ts";
import type { Profile } from "../profile/profile.ts";
import { formatBytes, uploadedWords, whyCancelled } from "./describe.ts";
import { takeOwn } from "./own_devices.ts";
import { memberTransferId } from "./room_offer.ts";
import { takeOffer } from "./take_offer.ts";
import { contentBytes, placeOf } from "./transfer.ts";
import { TransferStore } from "./transfer_store.ts";

const NOTHING: PeerNews = { lines: [] };

/**
 * What does not fit the transfer's state, or is about a transfer with somebody else or of another conversation, means nothing.
 * In a room everybody hears what is said of a transfer, and only the other end of it may say it.
 */
export async function takeFileMessage(
  profile: Profile,
  message: FileMessage | DirectMessage,
  speaker: Speaker,
): Promise<PeerNews> {
  if (message.kind === "direct.offer" || message.kind === "direct.answer") {
    const about = aboutOf(message);
    const transfer = about && await new TransferStore(profile).find(about);
    if (speaker.own || transfer?.peer !== speaker.from) return NOTHING;
    if (transfer.room !== undefined || isRoom(speaker.peer)) return NOTHING;
    return await takeDirect(profile, message, speaker);
  }
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
  switch (message.kind) {
    case "file.answer": {
      const { accepts } = message.fields;
      const text = `${transfer.peer} ${accepts ? "takes" : "does not take"} your files, ${label}`;
      return {
        lines: [{ code: accepts ? "file-accepted" : "file-declined", text }],
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
        lines: [{ code: "file-paused", text: `${transfer.peer} paused ${label}` }],
        write: () => {
          store.stepSender(id, { event: "pause", by: "there" });
          store.stepReceiver(id, { event: "pause", by: "there" });
        },
      };
    case "file.resume": {
      const again = message.fields.again === true;
      const text = `${transfer.peer} ${again ? "asks for all of" : "goes on with"} ${label}`;
      // It is on its way already, or would be if there were one: told before.
      const isNews = !again || transfer.state.state !== "uploading";
      return {
        lines: !isNews ? [] : [{ code: "file-resumed", text: again ? `${text} again` : text }],
        write: () => {
          store.stepSender(id, { event: "resume", by: "there", again });
          store.stepReceiver(id, { event: "resume", by: "there" });
        },
      };
    }
    case "file.cancel":
      return cancelled(store, { id, peer: transfer.peer, label }, message.fields.reason);
    case "file.done": {
      if (transfer.direction !== "out") return NOTHING;
      // It has verified something else than what was read here: an end, and not a good one.
      const isSame = transfer.digest === undefined || transfer.digest === message.fields.digest;
      if (!isSame) return cancelled(store, { id, peer: transfer.peer, label }, "damaged");
      const size = formatBytes(contentBytes(transfer.items));
      const has = `${transfer.peer} has it (${size}) and verified it, ${label}`;
      const text = `${uploadedWords(transfer.items)}: ${has}`;
      return {
        lines: [{ code: "file-done", text }],
        write: () => store.stepSender(id, { event: "verified" }),
      };
    }
  }
}

function cancelled(
  store: TransferStore,
  { id, peer, label }: { id: TransferId; peer: AccountId; label: string },
  reason: Parameters<typeof whyCancelled>[0],
): PeerNews {
  return {
    lines: [{ code: "file-cancelled", text: `${peer} cancelled ${label}${whyCancelled(reason)}` }],
    write: () => {
      store.stepSender(id, { event: "cancel", by: "there", reason });
      store.stepReceiver(id, { event: "cancel", by: "there", reason });
    },
  };
}
