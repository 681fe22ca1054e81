/**
 * Whether what a device sealed fits what it sealed before and what its group knows, and who is at fault when it does not: the
 * device, which signed it, or the way (SR-25, SR-27, SR-28; docs/decisions/0057-who-is-at-fault.md).
 */

import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  isRoom,
  type Peer,
  roomNumber,
} from "../../base/ids.ts";
import type { GroupState } from "../../crypto/mls/group_state.ts";
import type { Opened, OpenedMessage } from "../../crypto/mls/open.ts";
import type { Database } from "../../storage/database.ts";
import { doubtText, type OutOfStep, outOfStepText } from "../groups/closing.ts";
import { judgeReceipt, type ReceiptItem } from "../sending/receipts.ts";
import { ChainRun, Chains } from "../store/chains.ts";
import { isDirect } from "../store/conversation_kinds.ts";
import type { Conversation } from "../store/conversations.ts";
import type { Delivered } from "../store/deferred.ts";
import type { PayloadPlace } from "../store/inbound.ts";
import type { Messenger } from "../store/messenger.ts";

type Unopened = Exclude<
  Opened,
  { kind: "application" | "commit" | "missing-certificates" | "unheard" | "not-yet" }
>;

/** For one run of envelopes of one conversation. */
export class SenderCheck {
  readonly #messenger: Messenger;
  readonly #conversation: Conversation;
  readonly #note: (code: string, text: string, device?: DeviceId) => void;
  /** The conversation is held, from now on or since before. */
  isOutOfStep = false;
  readonly #chains: ChainRun;
  /** Messages of the present epoch in a row that did not open. */
  #unreadable: Unreadable;

  constructor(
    messenger: Messenger,
    conversation: Conversation,
    /** Says it in the conversation. */
    note: (code: string, text: string, device?: DeviceId) => void,
  ) {
    this.#messenger = messenger;
    this.#conversation = conversation;
    this.#note = note;
    this.#chains = new ChainRun(new Chains(messenger.profile.database), conversation.conversation);
    this.#unreadable = findUnreadable(messenger.profile.database, conversation.conversation);
  }

  /** Whether nothing of the device is taken. */
  isHeld({ deviceId }: OpenedMessage["sender"]): boolean {
    return this.#chains.find(deviceId).isHeld;
  }

  /** Something was opened. */
  opened(): void {
    this.#unreadable = NONE_UNREADABLE;
  }

  /** A commit brought the device in, perhaps once more. */
  begin(device: DeviceId, epoch: number): void {
    this.#chains.begin(device, epoch);
  }

  /** What a device sealed is not read. */
  passOver({ deviceId }: OpenedMessage["sender"]): void {
    this.#chains.passOver(deviceId);
  }

  /** Inside the transaction that stores the state. */
  write(): void {
    const { conversation } = this.#conversation;
    this.#chains.write();
    setUnreadable(this.#messenger.profile.database, conversation, this.#unreadable);
  }

  /** Judges a payload by those of the same device before it (SR-28). False: it is not taken. */
  async takesNext(
    { sender, payload, epoch }: OpenedMessage,
    place: PayloadPlace,
  ): Promise<boolean> {
    const { joinedLate } = this.#conversation;
    const link = { ...place, epoch, joinedLate };
    switch ((await this.#chains.take(sender.deviceId, payload, link)).result) {
      case "repeated":
        this.#note("repeated", "A repeated message was dropped");
        return false;
      case "restarted":
        this.#note("restarted", "A device of this conversation lost its state and started again");
        return true;
      case "broken":
        return this.#fault("chain-broken", sender);
      default:
        return true;
    }
  }

  /** What of a receipt may be believed. */
  confirmed(
    items: readonly ReceiptItem[],
    { sender, epoch }: OpenedMessage,
    state: GroupState,
  ): readonly ReceiptItem[] {
    const { own } = this.#messenger.profile;
    const sinceEpoch = Math.max(
      this.#chains.find(sender.deviceId).sinceEpoch,
      this.#chains.find(own.device).sinceEpoch,
    );
    const judged = items.map((item) => ({
      item,
      verdict: judgeReceipt(this.#messenger, item, { state, epoch, sinceEpoch }),
    }));
    if (judged.some(({ verdict }) => verdict === "false")) {
      this.#fault("false-receipt", sender);
      return [];
    }
    // Of two histories of the group, one does not confirm what was said in the other (SR-27).
    return judged.flatMap(({ item, verdict }) => verdict === "true" ? [item] : []);
  }

  /** What could not be opened. */
  unopened(opened: Unopened, fields: Delivered["fields"], state: GroupState): void {
    const isCommit = fields.type === "commit";
    // Ordered for an epoch that is over here, too: the server shows others another history. For the present one, and yet of an
    // older one, it is what its sender made.
    const isPassed = opened.kind === "passed-commit" && fields.epoch < state.epoch;
    if (isPassed && isCommit) return this.#forked("forked");
    // The server moved on by it, whatever it is, and the members do not.
    if (isCommit) {
      if (opened.kind === "refused" && opened.device !== undefined) {
        const { accountId, deviceId } = opened.device;
        const text = `A device that ${accountId} removed tried to come back in`;
        this.#note("removed-device", text, deviceId);
        return this.#forked("removed-device");
      }
      this.#note(
        "refused-commit",
        `A change to the members was refused: it is not allowed, or no member made it. The server says that ${fields.account} sent it`,
      );
      return this.#forked("refused");
    }
    if (opened.kind === "replay") return this.#note("repeated", "A repeated message was dropped");
    // Sealed before this device came in, by somebody who had not heard of it yet: it was not meant for it.
    const { sinceEpoch } = this.#chains.find(this.#messenger.profile.own.device);
    if (opened.kind === "past-epoch" && opened.epoch < sinceEpoch) return;
    this.#note("unreadable", "A message could not be opened");
    // What is too old to be opened is no sign of a fork, nor what is no message at all.
    if (opened.kind !== "refused" || fields.epoch < state.epoch) return;
    const { peer } = this.#conversation;
    const others = new Set(state.members.map(({ accountId }) => accountId));
    others.delete(this.#messenger.profile.own.account);
    const one = { account: fields.account, others: others.size };
    const { after, verdict } = addUnreadable(this.#unreadable, one);
    this.#unreadable = after;
    if (verdict === "forked") this.#forked("forked");
    if (verdict === "doubtful") this.#note("doubtful", doubtText(peer));
  }

  /**
   * A device sealed what contradicts what it or everybody knows. In a room nothing of that device is taken any more, and all
   * others go on; between two people there is nobody else. False: what it said now is not taken either.
   */
  #fault(fault: MemberFault, { accountId, deviceId }: OpenedMessage["sender"]): boolean {
    const { peer } = this.#conversation;
    const own = accountId === this.#messenger.profile.own.account;
    const text = faultText(fault, { peer, account: accountId, own });
    if (isDirect(peer) && !own) {
      this.#outOfStep(fault, text);
      return true;
    }
    this.#chains.hold(deviceId);
    this.#note(fault, text, deviceId);
    return false;
  }

  #forked(why: OutOfStep): void {
    this.#outOfStep("fork", outOfStepText(this.#conversation.peer, why));
  }

  /** Told once: what follows in a conversation that is held says nothing new. */
  #outOfStep(code: string, text: string): void {
    const { state } = this.#conversation;
    const isTold = this.isOutOfStep || state === "out-of-step" || state === "ahead";
    if (!isTold) this.#note(code, text);
    this.isOutOfStep = true;
  }
}

// Messages that do not open, as a sign of a fork (SR-25). A server that shows two histories makes what others say unreadable; but
// so does a member who sends noise, and nothing tells the two apart: noise carries no signature. So what one account alone has
// sent, as the server says, is shown and holds no room: else one member could stop it for all (SR-28).

/** Messages of the present epoch in a row that did not open. */
export interface Unreadable {
  readonly count: number;
  /** The account that they came from, by the server's word; '' for nobody yet, `SEVERAL` for more than one. */
  readonly of: string;
}

/** None, since something opened. */
const NONE_UNREADABLE: Unreadable = { count: 0, of: "" };

/** In place of an account; no name has this sign. */
const SEVERAL = "*";
/** Before a fork is assumed. */
const MAX_UNREADABLE = 3;

/** What is to be done about one more. */
export type UnreadableVerdict =
  | "nothing"
  /** Somebody sends noise, or the server shows two histories. */
  | "doubtful"
  /** A fork. */
  | "forked";

/** Counts one more, of a group with this many other accounts. */
function addUnreadable(
  before: Unreadable,
  one: { readonly account: string; readonly others: number },
): { readonly after: Unreadable; readonly verdict: UnreadableVerdict } {
  const isSame = before.of === "" || before.of === one.account;
  const after = { count: before.count + 1, of: isSame ? one.account : SEVERAL };
  return { after, verdict: judge(before, after, one.others) };
}

function judge(before: Unreadable, after: Unreadable, others: number): UnreadableVerdict {
  if (after.count < MAX_UNREADABLE) return "nothing";
  const isFork = others <= 1 || after.of === SEVERAL;
  if (isFork) return "forked";
  return before.count < MAX_UNREADABLE ? "doubtful" : "nothing";
}

/** As it was written last. */
function findUnreadable(database: Database, conversation: ConversationId): Unreadable {
  return database.query(
    "SELECT unreadable, unreadable_of FROM mls_group WHERE conversation = ?",
    (row) => ({ count: row.integer("unreadable"), of: row.text("unreadable_of") }),
  ).first(conversation) ?? NONE_UNREADABLE;
}

/** Inside a transaction. */
function setUnreadable(
  database: Database,
  conversation: ConversationId,
  { count, of }: Unreadable,
): void {
  database.command("UPDATE mls_group SET unreadable = ?, unreadable_of = ? WHERE conversation = ?")
    .run(count, of, conversation);
}

// What a member's own signature proves against them (SR-28): their device sealed what contradicts what it sealed before, or what every
// member of the epoch knows. The server can do neither, so it is the member who is named, and who alone is held. Pure.

const FAULTS = {
  /** Two payloads of it do not belong to one chain. */
  "chain-broken": "sent a message that contradicts its earlier ones",
  /** It confirmed what it cannot have seen. */
  "false-receipt": "confirmed messages that it cannot have seen",
} as const;

/** What a device did; the code of the line. */
type MemberFault = keyof typeof FAULTS;

/** The line that stays in the conversation. */
export function faultText(
  fault: MemberFault,
  { peer, account, own }: { peer: Peer; account: AccountId; own: boolean },
): string {
  const fact = FAULTS[fault];
  if (own) {
    return `A device of yours ${fact}: its messages are hidden until it starts again. ` +
      "If you do not know why, remove it: device remove";
  }
  if (!isRoom(peer)) {
    return `A device of ${account} ${fact}: do not rely on this conversation. No more messages are sent`;
  }
  return `A device of ${account} ${fact}: its messages are hidden until it rejoins with fresh keys. ` +
    `The other members continue. An owner or moderator can remove ${account}: room remove ${
      roomNumber(peer)
    } ${account}`;
}
