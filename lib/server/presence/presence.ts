/** Who is connected, at this node and at the others, and the announcement of changes to everyone here (row S4.06). */

import type { Clock } from "../../base/clock.ts";
import { logger } from "../../base/log.ts";
import type { AccountId } from "../../base/ids.ts";
import { encodePacket } from "../../protocol/packet.ts";
import { ANSWER_DEADLINE_MS, type Bus } from "../bus/bus.ts";
import type { AccountNews, BusyState, RollNews, RollPerson } from "../bus/roll_news.ts";

import {
  type Attendance,
  attendanceAt,
  type BusyWord,
  FREE,
  latest,
  type OnlinePerson,
  type Place,
} from "./attendance.ts";
import { type Online, OnlineHere } from "./online_here.ts";
import { OrderedIds } from "./ordered_ids.ts";
import { OtherRolls, type RollUpdate } from "./other_rolls.ts";
import { OwnRoll } from "./own_roll.ts";
import { type Person, RosterChanges } from "./roster_changes.ts";
import type { Session } from "../sessions/session.ts";

const log = logger("server", "presence");

/** Above this many accounts online, changes are told only to the accounts that share a conversation. */
const MAX_PUBLIC_ONLINE = 500;

/** The accounts online. Its owner closes it. */
export class Presence {
  readonly #clock: Clock;
  readonly #bus: Bus | undefined;
  readonly #here: OnlineHere;
  readonly #others = new OtherRolls();
  /** Undefined where there are no other nodes. */
  readonly #roll: OwnRoll | undefined;
  /** Everybody, wherever they are. */
  readonly #inOrder = new OrderedIds<AccountId>();
  readonly #changes: RosterChanges;
  /** By the monotonic clock. */
  readonly #startedMs: number;
  #sessionNumber = 0;
  /** Something that another node said may not have come. */
  #isStale = true;
  #endOfLosses = () => {};

  /** `bus`: where there may be other nodes. */
  constructor(clock: Clock, bus?: Bus) {
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
    const hasOthers = bus !== undefined && !bus.isAlone;
    this.#roll = hasOthers ? new OwnRoll(bus, clock) : undefined;
    this.#here = new OnlineHere(this.#roll);
    this.#changes = new RosterChanges(clock, {
      isCrowded: () => this.#isCrowded,
      accounts: () => this.#here.accounts.keys(),
      sessionsOf: (account) => this.#here.sessionsOf(account),
    });
    if (!hasOthers) return;
    this.#bus = bus;
    bus.subscribe("presence.roll", (news) => this.#hear(news));
    this.#endOfLosses = bus.onLoss(() => void (this.#isStale = true));
  }

  /** The running number of a session (row S3.04). */
  nextSessionNumber(): number {
    return ++this.#sessionNumber;
  }

  /** Sessions that signed in since the start, at this node. */
  get sessionsSoFar(): number {
    return this.#sessionNumber;
  }

  /** At all nodes. */
  get onlineCount(): number {
    return this.#inOrder.size;
  }

  /** At this node. */
  get hereCount(): number {
    return this.#here.accounts.size;
  }

  /** At another node, by its instance. */
  countAt(node: string): number {
    return this.#others.countAt(node);
  }

  isOnline(account: AccountId): boolean {
    return this.#here.accounts.has(account) || this.#others.has(account);
  }

  /** Undefined while it is not online. */
  attendance(account: AccountId): Attendance | undefined {
    return attendanceAt(this.placesOf(account), this.#busyOf(account), this.#clock.nowMs());
  }

  /** This node first. */
  placesOf(account: AccountId): readonly Place[] {
    const here = this.#here.accounts.get(account);
    const own = here === undefined ? [] : [{
      node: this.#bus?.own.instance ?? "",
      sinceMs: here.sinceMs,
      sessions: [...here.sessions.values()],
    }];
    const others = [...this.#others.placesOf(account)]
      .map(([node, { sinceMs, sessions }]) => ({ node, sinceMs, sessions }));
    return [...own, ...others];
  }

  /** Every session of this node that is ready. */
  everyone(): Iterable<Session> {
    return this.#here.sessions();
  }

  /**
   * Says a line to every session of this node that is ready, and returns to how many. It is the server's own word, of a kind of
   * its own: no broadcast, which only a person's device can sign (SR-60).
   */
  notify(text: string): number {
    const packet = noticeOf(text);
    let told = 0;
    for (const { connection } of this.everyone()) if (connection.send(packet, "control")) told++;
    log.info("notice", { told });
    return told;
  }

  /** The same at every node that can be reached. */
  async notifyAll(text: string): Promise<number> {
    return this.#bus === undefined ? this.notify(text) : await this.#bus.toAll(noticeOf(text));
  }

  /** An account that is here is busy, or free again; told at once to those who are told about it, and to itself. */
  setBusy(account: AccountId, busy: BusyState | undefined): void {
    if (!this.#here.accounts.has(account)) return;
    const before = this.#busyOf(account);
    // After whatever any node has heard, even if its clock is ahead.
    const saidMs = Math.max(this.#clock.nowMs(), latest(this.#wordsOf(account)).saidMs + 1);
    this.#here.setWord(account, { busy, saidMs });
    if (busy !== undefined || before !== undefined) this.#tellBusy(account, busy);
  }

  /** Accounts online in the order of their ids, `limit` of those after `after`. */
  page(
    { after, limit }: { after: AccountId | undefined; limit: number },
  ): readonly OnlinePerson[] {
    return this.#inOrder.after(after, limit).flatMap((account) => {
      const online = this.#here.accounts.get(account) ?? this.#others.find(account)[0];
      return online === undefined
        ? []
        : [{ account, name: online.name, identity: online.identity }];
    });
  }

  /** A session of an account became ready. */
  join(
    session: Session,
    account: AccountId,
    person: Person & { peers: ReadonlySet<AccountId>; session?: number },
  ): void {
    const { name, identity, peers, session: number } = person;
    const wasOnline = this.isOnline(account);
    const word = latest(this.#others.find(account));
    const nowMs = this.#clock.nowMs();
    this.#here.join(session, account, { name, identity, peers, number, nowMs, word });
    this.#inOrder.add(account);
    if (!wasOnline) this.#changes.add(account, { name, identity, state: "online", peers });
  }

  /** Two accounts share a conversation from now on. */
  meet(left: AccountId, right: AccountId): void {
    this.#here.meet(left, right);
    if (!this.#here.accounts.has(left) || !this.#here.accounts.has(right)) {
      this.#roll?.met(left, right);
    }
  }

  /** A session ended. Leaving twice is fine. */
  leave(session: Session, account: AccountId): void {
    const online = this.#here.leave(session, account);
    // Who comes back within a moment is not told as having left.
    if (online !== undefined) this.#part(account, online, "offline");
  }

  /** An account was kicked: it is gone at once, and in one line. Its sessions leave later. */
  dismiss(account: AccountId): void {
    const online = this.#here.accounts.get(account);
    if (online !== undefined) this.#part(account, online, "kicked");
  }

  /** An account is new, has a new identity, or has removed a device. */
  announce(account: AccountId, person: Person, news: AccountNews): void {
    log.info("keys.broadcast", { account, news });
    this.#announceHere(account, person, news);
    this.#roll?.tell(account, person, news);
  }

  /** Has other nodes say what of theirs may not have come here, and forgets those that are gone. May be called again and again. */
  async repair(): Promise<void> {
    const bus = this.#bus;
    if (bus === undefined) return;
    for (const update of this.#others.keep(new Set(bus.others.map(({ instance }) => instance)))) {
      this.#follow(update);
    }
    if (!this.#isStale) return;
    this.#isStale = false;
    const asked = bus.others.length;
    const answers = await bus.ask("presence.roll", {}, { deadlineMs: ANSWER_DEADLINE_MS });
    // One of them is this node's own. Who has not answered is asked again by the next repair.
    if (answers.length <= asked) this.#isStale = true;
  }

  close(): void {
    this.#endOfLosses();
    this.#roll?.close();
    this.#changes.close();
  }

  get #isCrowded(): boolean {
    return this.#inOrder.size > MAX_PUBLIC_ONLINE;
  }

  /** Nobody of the account is here any more. */
  #part(account: AccountId, online: Online, state: "offline" | "kicked"): void {
    const elsewhere = this.#others.find(account);
    // Told to itself, too, while it is in the list.
    this.#tellIfOther(account, latest([online, ...elsewhere]), latest(elsewhere));
    this.#here.remove(account, state === "kicked");
    if (elsewhere.length === 0) this.#gone(account, { ...online, state });
  }

  #gone(
    account: AccountId,
    { name, identity, peers, state }: Person & {
      peers: ReadonlySet<AccountId>;
      state: "offline" | "kicked";
    },
  ): void {
    this.#inOrder.remove(account);
    this.#changes.add(account, { name, identity, state, peers });
  }

  #announceHere(account: AccountId, { name, identity }: Person, news: AccountNews): void {
    this.#changes.add(account, { name, identity, news, peers: this.#here.peersOf(account) });
  }

  /** Tells this node's sessions. */
  #tellBusy(account: AccountId, busy: BusyState | undefined): void {
    const sinceMs = busy?.sinceMs ?? this.#clock.nowMs();
    const packet = encodePacket(
      { kind: "presence.change", account, busy: busy !== undefined, sinceMs },
      busy?.statement,
    );
    const receivers = this.#isCrowded
      ? new Set([account, ...this.#here.peersOf(account)])
      : this.#here.accounts.keys();
    for (const receiver of receivers) {
      for (const { connection } of this.#here.sessionsOf(receiver)) {
        connection.send(packet, "control");
      }
    }
  }

  #busyOf(account: AccountId): BusyState | undefined {
    return latest(this.#wordsOf(account)).busy;
  }

  /** Of each node where it is. */
  #wordsOf(account: AccountId): readonly BusyWord[] {
    const here = this.#here.accounts.get(account);
    const others = this.#others.find(account);
    return here === undefined ? others : [here, ...others];
  }

  // What other nodes say.

  #hear(news: RollNews): void {
    if (news.node === this.#bus?.own.instance) return;
    for (const update of this.#others.hear(news)) this.#follow(update);
  }

  #follow(update: RollUpdate): void {
    switch (update.is) {
      case "told":
        if (this.#isOfMyTime(update.ageMs)) this.#announceHere(update.account, update, update.news);
        return;
      case "met":
        return this.#here.meet(update.left, update.right);
      case "changed":
        return this.#changedElsewhere(update.person, update.before);
      case "gone":
        return this.#goneElsewhere(update);
    }
  }

  #changedElsewhere(person: RollPerson, before: RollPerson | undefined): void {
    const { account, name, identity } = person;
    const known = this.#wordsOf(account);
    const wordBefore = latest([...known.filter((word) => word !== person), before ?? FREE]);
    if (before === undefined && known.length === 1) {
      this.#inOrder.add(account);
      const peers = this.#here.peersOf(account);
      this.#changes.add(account, { name, identity, state: "online", peers });
    }
    const word = latest(known);
    const here = this.#here.accounts.get(account);
    if (here !== undefined && word.saidMs > here.saidMs) {
      this.#here.setWord(account, word);
    }
    this.#tellIfOther(account, wordBefore, word);
  }

  #goneElsewhere(
    { before, wasKicked }: { readonly before: RollPerson; readonly wasKicked: boolean },
  ): void {
    const { account } = before;
    const words = this.#wordsOf(account);
    this.#tellIfOther(account, latest([...words, before]), latest(words));
    if (words.length > 0) return;
    const peers = this.#here.peersOf(account);
    this.#gone(account, { ...before, peers, state: wasKicked ? "kicked" : "offline" });
  }

  #tellIfOther(account: AccountId, before: BusyWord, { busy, saidMs }: BusyWord): void {
    if (saidMs === before.saidMs || (busy ?? before.busy) === undefined) return;
    this.#tellBusy(account, busy);
  }

  /** Whether it happened while this node ran: who signed in here later has seen what came of it. */
  #isOfMyTime(ageMs: number): boolean {
    return this.#clock.monotonicMs() - ageMs >= this.#startedMs;
  }
}

function noticeOf(text: string): Uint8Array<ArrayBuffer> {
  return encodePacket({ kind: "server.notice", text });
}
