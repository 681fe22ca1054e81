/** Files between people, as faces see them: offers, answers, what is on its way, and how fast. */

import type { Progress } from "./meter.ts";
import { Refusal, UsageError } from "../../base/errors.ts";
import type { Peer, TransferId } from "../../base/ids.ts";
import { DirectHome } from "./direct_home.ts";
import type { Messenger } from "../store/messenger.ts";
import type { OnlineLink } from "../sending/online_link.ts";
import { Lease } from "../profile/lease.ts";
import { type FileWord, say } from "./control_messages.ts";
import { clearAway, removeLeftovers } from "./leftovers.ts";
import { findUnderWay, offer, type OfferOptions, tellUnnamed } from "./offering.ts";
import { quietly, type RunnerOptions, TransferRunner } from "./runner.ts";
import { incomingOf, type IncomingTransfer, placeOf, type Transfer } from "./transfer.ts";
import { TransferStore, waits } from "./transfer_store.ts";

/** Cancelled transfers whose parts are looked for, at each connection. */
const LOOKED_BACK = 20;
/** Another process runs them: how often to look whether it still does. */
const LOOK_MS = 1000;
/** After a failure that is nobody's in particular, as of the database. */
const RETRY_MS = 10_000;

/** The transfers of one client. */
export class Transfers {
  readonly #messenger: Messenger;
  readonly #online: () => OnlineLink | undefined;
  readonly #store: TransferStore;
  /** Direct connections: what the person said of them. */
  readonly direct: DirectHome;
  #runner: TransferRunner | undefined;

  readonly #isLiveRunning: () => boolean;

  /**
   * `isLiveRunning`: whether a live stream runs in this program, which files then hold up less. `onDecided`: the person has said
   * something of direct connections with a contact.
   */
  constructor(
    messenger: Messenger,
    online: () => OnlineLink | undefined,
    isLiveRunning: () => boolean,
    onDecided?: () => void,
  ) {
    this.#messenger = messenger;
    this.#online = online;
    this.#isLiveRunning = isLiveRunning;
    this.#store = new TransferStore(messenger.profile);
    this.direct = new DirectHome(messenger, isLiveRunning, onDecided);
  }

  /**
   * Offers files and folders; they go as soon as that is possible. Who is given something is known: the answer is heard. In a
   * room each other member has a transfer. `tell` hears before that what is left out, or called otherwise there. Throws StorageError, UsageError, Refusal `blocked`, `not-member`,
   * `no-such-file`.
   */
  async offer(
    peer: Peer,
    paths: readonly string[],
    signal: AbortSignal,
    tell?: OfferOptions["tell"],
  ): Promise<readonly TransferId[]> {
    return await offer(this.#messenger, peer, paths, { signal, tell });
  }

  /**
   * The same as `offer`, but those that the same person is being sent already go on instead, if they were paused here too: of
   * them `began` hears before anything can fail, and `tell` what cannot be sent of them.
   */
  async beginOrGoOn(
    peer: Peer,
    paths: readonly string[],
    options: OfferOptions,
  ): Promise<readonly TransferId[]> {
    const { tell, began } = options;
    const { underWay, left } = findUnderWay(await this.#store.active(), peer, paths);
    const ids = underWay.map(({ id }) => id);
    if (ids.length > 0) began?.(ids);
    for (const transfer of underWay) {
      // Those of a room go on together.
      const now = await this.#store.find(transfer.id);
      if (now?.state.state === "paused" && now.state.by === "here") await this.resume(now);
    }
    await tellUnnamed(paths.filter((path) => !left.includes(path)), tell);
    if (left.length === 0) return ids;
    try {
      return [...ids, ...await offer(this.#messenger, peer, left, options)];
    } catch (error) {
      // An empty folder beside something that is sent is no failure, now as at the first time.
      const isNothing = error instanceof UsageError && error.code === "nothing-to-send";
      if (isNothing && ids.length > 0) return ids;
      throw error;
    }
  }

  find(id: TransferId): Promise<Transfer | undefined> {
    return this.#store.find(id);
  }

  /** What lines about it are of: one transfer, or those of an offer to a room, in the order of its members. */
  async about(subject: TransferId): Promise<readonly Transfer[]> {
    const found = await this.#store.find(subject);
    return found === undefined ? await this.#store.ofOffer(subject) : [found];
  }

  /** How it stands, without a name or a place: nothing is opened for that. */
  stateOf(id: TransferId): Transfer["state"]["state"] | undefined {
    return this.#store.stateOf(id)?.state;
  }

  /** By what people call it. Throws Refusal `unknown-transfer`. */
  async numbered(number: number): Promise<Transfer> {
    const found = await this.#store.byNumber(number);
    if (found !== undefined) return found;
    throw new Refusal("unknown-transfer", `No transfer ${number}`);
  }

  active(): Promise<readonly Transfer[]> {
    return this.#store.active();
  }

  /** Oldest of them first. */
  newest(limit: number): Promise<readonly Transfer[]> {
    return this.#store.newest(limit);
  }

  /** How the newest stand, oldest of them first: nothing is opened for that. */
  newestStates(limit: number): ReturnType<TransferStore["newestStates"]> {
    return this.#store.newestStates(limit);
  }

  /** Offers that wait for the person, oldest first. */
  async waiting(): Promise<readonly IncomingTransfer[]> {
    return (await this.#store.active()).filter((transfer) => transfer.direction === "in")
      .filter(({ state }) => waits(state));
  }

  /** Their numbers, as it is on disk now. */
  waitingNumbers(): readonly number[] {
    return this.#store.waitingNumbers();
  }

  /** Of the members that an offer to a room went to: how many have it, and from how many nothing is expected any more. */
  countOffer(offer: TransferId): ReturnType<TransferStore["countOffer"]> {
    return this.#store.countOffer(offer);
  }

  /** How it moves, if it moves in this process. */
  progressOf(id: TransferId): Progress | undefined {
    return this.#runner?.progressOf(id);
  }

  /** Takes an offer into `folder`. Throws UsageError `not-waiting` when it does not wait for that. */
  async accept({ id }: IncomingTransfer, folder: string): Promise<void> {
    const found = await this.#store.find(id);
    if (found?.direction !== "in") throw notWaiting();
    const sealed = await this.#store.seal(id, { ...incomingOf(found), folder });
    await this.#answer(found, true, () => this.#store.replace(id, sealed));
  }

  /** Throws UsageError `not-waiting`. */
  async decline(transfer: IncomingTransfer): Promise<void> {
    await this.#answer(transfer, false, () => {});
  }

  /** Goes on with what comes in and paused by itself: what was in the way may have been mended. */
  async retryReceiving(): Promise<void> {
    for (const transfer of await this.#store.active()) {
      const { direction, state } = transfer;
      if (direction !== "in" || state.state !== "paused") continue;
      if (state.by === "here" && state.why !== undefined) await this.resume(transfer);
    }
  }

  /** What was offered to a room pauses for all of its members. Throws UsageError `cannot-pause`. */
  async pause(transfer: Transfer): Promise<void> {
    const event = { event: "pause", by: "here" } as const;
    const paused = await this.#sayOfAll(
      transfer,
      { kind: "file.pause" },
      (id) => this.#step(id, event),
    );
    if (!paused) throw new UsageError("cannot-pause", `Transfer ${transfer.number} is not running`);
  }

  /** Throws UsageError `cannot-resume`. */
  async resume(transfer: Transfer): Promise<void> {
    const resumed = await this.#sayOfAll(
      transfer,
      { kind: "file.resume" },
      (id) =>
        this.#store.stepSender(id, { event: "resume", by: "here", again: false }) !== undefined ||
        this.#store.stepReceiver(id, { event: "resume", by: "here" }) !== undefined,
    );
    if (resumed) return;
    const { number, state } = transfer;
    const why = state.state === "paused" ? "was paused by the other side" : "is not paused";
    throw new UsageError("cannot-resume", `Transfer ${number} ${why}`);
  }

  /** Gives it up, for both sides. Throws UsageError `cannot-cancel` when it is over. */
  async cancel(transfer: Transfer): Promise<void> {
    const event = { event: "cancel", by: "here", reason: "cancelled" } as const;
    const cancelled = await this.#sayOfAll(
      transfer,
      { kind: "file.cancel", reason: "cancelled" },
      (id) => this.#step(id, event),
    );
    if (!cancelled) throw new UsageError("cannot-cancel", `Transfer ${transfer.number} is over`);
    if (transfer.direction === "in") await clearAway(this.#messenger, transfer);
  }

  /**
   * Runs what there is over the present connection, until it ends or `signal` aborts; rejects with its reason then. While
   * another process of the profile does, it waits for its turn.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { profile } = this.#messenger;
    // Cancelled by the other side while nothing ran here.
    for (const id of this.#store.cancelledIn(LOOKED_BACK)) await removeLeftovers(profile, id);
    for (;;) {
      signal.throwIfAborted();
      const online = this.#online();
      if (online === undefined || !online.link.isOpen) return;
      using lease = Lease.take(profile.database, "transfers", profile);
      if (lease === undefined) {
        await profile.clock.sleep(LOOK_MS, { signal });
        continue;
      }
      // Nobody waits for this task: what ended it would be known to nobody, and no file would go any more.
      const isWell = await quietly("transfers", () => this.#runOver(online, lease, signal));
      if (!isWell) await profile.clock.sleep(RETRY_MS, { signal });
    }
  }

  async #runOver(online: OnlineLink, lease: Lease, signal: AbortSignal): Promise<void> {
    const send = async () => {
      await online.syncEngine.send();
    };
    // What a room shares goes by the server.
    const active = async () =>
      (await this.#store.active()).filter(({ room }) => room === undefined);
    await this.direct.beside(online, { signal, active, send }, async (choice) => {
      const mayLeave: RunnerOptions["mayLeave"] = (peer) => online.syncEngine.isOpen(peer);
      await this.runOver({ link: online.link, lease, send, choice, mayLeave }, signal);
    });
  }

  /** The same over a link that is given, for whoever has the lease. */
  async runOver(
    over: Omit<RunnerOptions, "messenger" | "isLiveRunning">,
    signal: AbortSignal,
  ): Promise<void> {
    const isLiveRunning = this.#isLiveRunning;
    this.#runner = new TransferRunner({ messenger: this.#messenger, isLiveRunning, ...over });
    await this.#runner.run(signal);
  }

  /** Moves what goes out by one offer together, with one word to the room. False when that moved nothing. */
  async #sayOfAll(
    transfer: Transfer,
    word: FileWord,
    step: (id: TransferId) => boolean,
  ): Promise<boolean> {
    const { id, direction, offer } = transfer;
    const isShared = direction === "out" && offer !== undefined;
    const ids = isShared ? (await this.#store.ofOffer(offer)).map((one) => one.id) : [id];
    const controlMessage = { peer: placeOf(transfer), transfer: isShared ? offer : id, word };
    return await say(this.#messenger, controlMessage, () => ids.filter(step).length > 0);
  }

  async #answer(
    { id, peer, room }: Pick<Transfer, "id" | "peer" | "room">,
    accepts: boolean,
    also: () => void,
  ): Promise<void> {
    const answered = await say(
      this.#messenger,
      { peer: placeOf({ peer, room }), transfer: id, word: { kind: "file.answer", accepts } },
      (controlMessage) => {
        if (this.#store.stepReceiver(id, { event: "answer", accepts }) === undefined) return false;
        this.#store.setAnswer(id, controlMessage);
        also();
        return true;
      },
    );
    if (!answered) throw notWaiting();
  }

  #step(
    id: TransferId,
    event:
      | { readonly event: "pause"; readonly by: "here" }
      | { readonly event: "cancel"; readonly by: "here"; readonly reason: "cancelled" },
  ): boolean {
    return this.#store.stepSender(id, event) !== undefined ||
      this.#store.stepReceiver(id, event) !== undefined;
  }
}

function notWaiting(): UsageError {
  return new UsageError("not-waiting", "This request does not wait for an answer any more");
}
