/**
 * What the other devices of this account say of files that are offered to it: the first one that takes them has them. Which
 * was first is the server's order, the same for all (docs/transfers.md, "Several devices").
 */

import type { Peer, TransferId } from "../../base/ids.ts";
import { Drafts } from "../store/drafts.ts";
import type { FileMessage } from "../../protocol/peer/file.ts";
import type { PeerNews } from "../store/families.ts";
import type { Profile } from "../profile/profile.ts";
import { type IncomingTransfer, placeOf, type Transfer } from "./transfer.ts";
import { stepReceiver } from "./transfer_state.ts";
import { TransferStore, waits } from "./transfer_store.ts";

const NOTHING: PeerNews = { lines: [] };
const ELSEWHERE = { event: "cancel", by: "here", reason: "elsewhere" } as const;

/** `seq`: the server's number of what the other device said. What this account sends is no other device's affair. */
export function takeOwn(
  profile: Profile,
  message: FileMessage,
  transfer: Transfer,
  seq: number | undefined,
): PeerNews {
  if (transfer.direction !== "in" || seq === undefined) return NOTHING;
  const store = new TransferStore(profile);
  const { id } = transfer;
  switch (message.kind) {
    case "file.answer":
      return message.fields.accepts
        ? taken(profile, transfer, seq)
        : ended(store, transfer, "ended");
    case "file.cancel":
      return ended(store, transfer, "ended");
    case "file.done":
      // The server may have nothing more of it.
      return ended(store, transfer, "takes");
    // For its sender a pause is the account's: whichever device has the files goes on.
    case "file.pause":
      return { lines: [], write: () => store.stepReceiver(id, { event: "pause", by: "here" }) };
    case "file.resume":
      return { lines: [], write: () => store.stepReceiver(id, { event: "resume", by: "here" }) };
    default:
      return NOTHING;
  }
}

/** Ends what another device has taken before this one, now that the server's order is known. Returns what is to be told. */
export async function yieldToOthers(
  profile: Profile,
): Promise<
  readonly { readonly peer: Peer; readonly text: string; readonly transfer: TransferId }[]
> {
  const { database } = profile;
  const store = new TransferStore(profile);
  const yielded = database.transaction(() => {
    // One that was taken back from the outbox was never at the server.
    const rivals = database.query(
      `SELECT t.id, d.state IN ('queued', 'failed') OR d.seq > t.rival_seq AS late
        FROM transfer t JOIN delivery d ON d.id = t.answer
        WHERE t.ended = 0 AND t.rival_seq IS NOT NULL AND d.state <> 'sealed'`,
      // Written by `TransferStore.insert` from a branded value.
      (row) => ({ id: row.text("id") as TransferId, isLate: row.optionalInteger("late") === 1 }),
    ).all();
    for (const { id } of rivals) store.setRival(id, undefined);
    return rivals.filter(({ id, isLate }) => isLate && store.stepReceiver(id, ELSEWHERE));
  });
  const found = await Promise.all(yielded.map(({ id }) => store.find(id)));
  return found.filter((transfer) => transfer?.direction === "in")
    .map((transfer) => ({
      peer: placeOf(transfer),
      text: textOf(transfer, "takes"),
      transfer: transfer.id,
    }));
}

/** This one goes on only if its own word was at the server before. */
function taken(profile: Profile, transfer: IncomingTransfer, seq: number): PeerNews {
  const { id } = transfer;
  const store = new TransferStore(profile);
  const own = store.answerOf(id);
  // What is sealed may be at the server, and its word of that on the way.
  if (own?.state === "sealed") return { lines: [], write: () => store.setRival(id, seq) };
  const isFirst = own !== undefined && own.state !== "queued" && (own.seq ?? 0) < seq;
  return isFirst ? NOTHING : ended(store, transfer, "takes", () => {
    if (own !== undefined) new Drafts(profile).drop(own.id);
  });
}

function ended(
  store: TransferStore,
  transfer: IncomingTransfer,
  what: "takes" | "ended",
  also: () => void = () => {},
): PeerNews {
  const { id, state } = transfer;
  // Nobody has taken it: one no is everybody's.
  const isDeclined = what === "ended" && waits(state);
  const event = isDeclined ? { event: "answer", accepts: false } as const : ELSEWHERE;
  const isNews = !isDeclined && stepReceiver(state, event) !== undefined;
  return {
    lines: isNews ? [{ code: "file-elsewhere", text: textOf(transfer, what), transfer: id }] : [],
    write: () => {
      if (store.stepReceiver(id, event) !== undefined) also();
    },
  };
}

function textOf({ number, peer }: IncomingTransfer, what: "takes" | "ended"): string {
  return `Another device of yours ${what} transfer ${number}, from ${peer}`;
}
