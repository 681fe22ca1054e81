/** Videos that are watched together, as front ends see them: starting, joining, saying where it is, leaving. */

import { Refusal, TransportError } from "../../base/errors.ts";
import {
  type AccountId,
  newPartyId,
  type PartyId,
  type Peer,
  type StreamId,
} from "../../base/ids.ts";
import { PARTY_MESSAGES } from "../../protocol/peer/party.ts";
import { whoIsIn } from "../activities/activity.ts";
import { befriend } from "../contacts/people.ts";
import { enqueueControlMessage } from "../sending/sender.ts";
import { type DraftMessage, draftMessage } from "../store/drafts.ts";
import type { StreamHost } from "../streams/stream_host.ts";
import {
  isHostGone,
  isRunning,
  type Party,
  PARTY_BEAT_MS,
  PARTY_SILENCE_MS,
  type PartyPoint,
  type PartyStream,
  type PartyWord,
  positionAt,
  successors,
} from "./party.ts";
import { PartyStore } from "./party_store.ts";
import { SharedClock } from "./shared_clock.ts";
import { wirePoint } from "./take_party_message.ts";

/** What parties need of the client that they belong to: all of them go over a server. */
export type PartyClient = Pick<StreamHost, "messenger" | "isOnline" | "link" | "flush">;

/** A party as it stands. */
export interface PartyView extends Party {
  /** This device is the host. */
  readonly isHost: boolean;
  /** Who watches besides the host. */
  readonly watchers: readonly AccountId[];
}

/** Those who wait to be the host after a silent one take their turns: the first may be gone too. */
const TURN_MS = 2_000;
/** So much longer the host must have been silent by the time known here: no other device, nor the server, sees it otherwise. */
const MARGIN_MS = 500;
/** So long after the server has a word, all that was said before it is here. */
const SETTLED_MS = 1_000;
/** Between two measurements of the server's clock: two quartzes drift apart by a few ms in that time. */
const MEASURE_MS = 60_000;

/** The parties of one client. It holds nothing: any number may be made. */
export class Parties {
  readonly #client: PartyClient;
  readonly #store: PartyStore;

  constructor(client: PartyClient) {
    this.#client = client;
    this.#store = new PartyStore(client.messenger.profile);
  }

  /**
   * Invites a conversation to a video of the library, or to `stream`, which is of a file of this machine; this device is the host.
   * Throws Refusal, TransportError, TrustError.
   */
  async start(peer: Peer, video: string, stream?: StreamId): Promise<WatchParty> {
    const { messenger, messenger: { profile } } = this.#client;
    requireOnline(this.#client);
    await befriend(messenger, peer);
    const shared = await SharedClock.measure(this.#client.link, profile.clock);
    const { own: { account, device } } = profile;
    const id = newPartyId(profile.random);
    const atMs = Math.round(shared.nowMs());
    // Until the host's own first picture is there.
    const point = { positionMs: 0, atMs, rate: 1, isPaused: true };
    const party: Party = {
      ...{ id, peer, account, device, state: "open", revision: 0, point, heardMs: atMs },
      stream: stream && { id: stream, atMs },
    };
    const sealed = await this.#store.seal(id, video);
    await enqueueControlMessage(
      messenger,
      peer,
      draftMessage(PARTY_MESSAGES["party.start"], {
        ...{ sentAtMs: atMs, party: id, video, point: wirePoint(point) },
        ...stream && { stream },
      }),
      () => this.#store.insert(party, sealed),
    );
    await this.#client.flush();
    return new WatchParty(this.#client, { id, peer, video, shared });
  }

  /** Watches what is watched in a conversation. Throws Refusal `unknown-stream` where nothing is, TransportError. */
  async join(peer: Peer): Promise<WatchParty> {
    requireOnline(this.#client);
    const shared = await SharedClock.measure(
      this.#client.link,
      this.#client.messenger.profile.clock,
    );
    const party = await this.#store.newest(peer);
    if (party === undefined || !isRunning(party, shared.nowMs())) {
      throw new Refusal("unknown-stream", "There is no watch party in this conversation");
    }
    if (party.stream !== undefined && isHostGone(party, shared.nowMs())) {
      throw new Refusal("unknown-stream", "The host is gone, and nobody else has the video");
    }
    const { id, video } = party;
    const joined = new WatchParty(this.#client, { id, peer, video, shared });
    await joined.comeIn();
    return joined;
  }
}

/** One party, from coming in to leaving. */
export class WatchParty {
  readonly peer: Peer;
  /** Foreign: as the host's library lists it. */
  readonly video: string;
  readonly shared: SharedClock;
  readonly #id: PartyId;
  readonly #client: PartyClient;
  readonly #store: PartyStore;
  /** When this host said something again after a silence. */
  #backAtMs: number | undefined;

  constructor(
    client: PartyClient,
    { id, peer, video, shared }: {
      readonly id: PartyId;
      readonly peer: Peer;
      readonly video: string;
      readonly shared: SharedClock;
    },
  ) {
    this.#client = client;
    this.#store = new PartyStore(client.messenger.profile);
    this.#id = id;
    this.peer = peer;
    this.video = video;
    this.shared = shared;
  }

  /** As it is on disk now. */
  get view(): PartyView {
    const party = this.#store.look(this.#id);
    // It is there since it was started or joined, and stays.
    if (party === undefined) throw new Refusal("unknown-stream", "This watch party is gone");
    const { own } = this.#client.messenger.profile;
    return {
      ...party,
      isHost: party.account === own.account && party.device === own.device,
      watchers: whoIsIn(this.#store.members(this.#id)),
    };
  }

  /** Of a party whose host shows a file of its own. */
  get stream(): PartyStream | undefined {
    return this.view.stream;
  }

  /** Whether its pictures have a moment at which all show them; not where the host lied about the time. */
  get isTimed(): boolean {
    return this.stream?.atMs !== undefined;
  }

  /** When time 0 of its stream is shown, by the monotonic time here. */
  get zeroMs(): number {
    return Math.round(this.shared.localMs(this.stream?.atMs ?? 0));
  }

  /** What everybody is to see at a monotonic time here. */
  positionAt(localMs: number): number {
    return positionAt(this.view.point, localMs + this.#lagMs);
  }

  /** Says where it is from now on. False when this device is not the host. */
  async say(point: Omit<PartyPoint, "atMs"> & { readonly localMs: number }): Promise<boolean> {
    const { localMs, ...rest } = point;
    const shown = { ...rest, atMs: Math.round(localMs + this.#lagMs) };
    const revision = this.view.revision + 1;
    return await this.#tell(
      draftMessage(PARTY_MESSAGES["party.state"], {
        ...{ party: this.#id, revision, point: wirePoint(shown) },
      }),
      { word: "state", revision, point: shown },
    );
  }

  /** This device watches. It is the host already, if it has come back before anybody missed it. */
  async comeIn(): Promise<void> {
    await this.#tell(draftMessage(PARTY_MESSAGES["party.join"], { party: this.#id }), {
      word: "join",
    });
  }

  /** This device watches no more; of a host, somebody else is the host then. */
  async leave(): Promise<void> {
    await this.#tell(draftMessage(PARTY_MESSAGES["party.leave"], { party: this.#id }), {
      word: "leave",
    });
  }

  /** Ends it for everybody. False when this device is not the host. */
  async end(): Promise<boolean> {
    return await this.#tell(draftMessage(PARTY_MESSAGES["party.end"], { party: this.#id }), {
      word: "end",
    });
  }

  /** The view now, and each time that it has changed, until it is over or the signal aborts. */
  async *views(signal: AbortSignal): AsyncGenerator<PartyView, void> {
    const { writes } = this.#client.messenger.profile;
    let said = "";
    for await (const _ of writes.looks({ signal })) {
      const { view } = this;
      const { state, revision, device, watchers } = view;
      const key = JSON.stringify([state, revision, device, watchers]);
      if (key === said) continue;
      said = key;
      yield view;
      if (state === "over") return;
    }
  }

  /**
   * As long as somebody watches here: says again where it is, as the host, and takes the place of a host who is silent. Ends when
   * the party does; rejects with the signal's reason.
   */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock } = this.#client.messenger.profile;
    let measuredMs = clock.monotonicMs();
    for (;;) {
      const { view } = this;
      if (view.state === "over") return;
      await clock.sleep(this.#untilDueMs(view), { signal });
      if (!this.#client.isOnline) continue;
      await this.#comeBack();
      if (clock.monotonicMs() - measuredMs >= MEASURE_MS) {
        await this.#measure();
        measuredMs = clock.monotonicMs();
      }
      await this.#beat(signal);
    }
  }

  get #lagMs(): number {
    return -this.shared.localMs(0);
  }

  #untilDueMs({ isHost, heardMs }: PartyView): number {
    const dueMs = isHost ? PARTY_BEAT_MS : PARTY_SILENCE_MS + this.#patienceMs;
    return Math.max(1_000, heardMs + dueMs - this.shared.nowMs());
  }

  /** What this device waits longer for a silent host: others are asked before it. */
  get #patienceMs(): number {
    return MARGIN_MS + Math.max(0, this.#turn) * TURN_MS;
  }

  /** Among those who could be the host next; -1 when this device is none of them. */
  get #turn(): number {
    const { own } = this.#client.messenger.profile;
    return successors(this.#store.members(this.#id)).findIndex(({ device }) =>
      device === own.device
    );
  }

  /** A host in whose place somebody is, since it was away, watches from then on. */
  async #comeBack(): Promise<void> {
    if (this.#turn < 0 && !this.view.isHost) await this.comeIn();
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const { view } = this;
    const nowMs = Math.round(this.shared.nowMs());
    const point = { ...view.point, positionMs: positionAt(view.point, nowMs), atMs: nowMs };
    const revision = view.revision + 1;
    const fields = { party: this.#id, revision, point: wirePoint(point) };
    if (view.isHost) {
      if (nowMs - view.heardMs < PARTY_BEAT_MS) return;
      const state = draftMessage(PARTY_MESSAGES["party.state"], fields);
      await this.#tell(state, { word: "state", revision, point }, signal);
    } else if (view.stream === undefined && isHostGone(view, nowMs - this.#patienceMs)) {
      const take = draftMessage(PARTY_MESSAGES["party.take"], fields);
      await this.#tell(take, { word: "take", revision, point }, signal);
    }
  }

  async #measure(): Promise<void> {
    try {
      await this.shared.measureAgain(this.#client.link);
    } catch (error) {
      // The link has gone: what was measured holds until there is another.
      if (!(error instanceof TransportError)) throw error;
    }
  }

  /**
   * Written down and taken here in one transaction, then sent. That this device takes the place of the host it takes itself only when all
   * that others said before it is here. False when it means nothing any more.
   */
  async #tell(message: DraftMessage, said: PartyWord, signal?: AbortSignal): Promise<boolean> {
    const { messenger, messenger: { profile, profile: { own, clock } } } = this.#client;
    const atMs = Math.round(this.shared.nowMs());
    const by = { from: own.account, device: own.device, peer: this.peer, atMs };
    const isState = said.word === "state";
    const take = () =>
      this.#store.apply(this.#id, { ...said, by: { ...by, isUnsent: isState } }) !== undefined;
    const wasSilent = isState && isHostGone(this.view, atMs);
    const also = () => said.word === "take" ? this.view.state === "open" : take();
    const queued = await enqueueControlMessage(messenger, this.peer, message, also);
    if (queued === undefined) return false;
    const isSent = await this.#flush();
    if (isState && isSent && !this.#isDoubtful(wasSilent, atMs)) {
      this.#store.heard(this.#id, own.device, atMs);
    }
    if (said.word !== "take" || !isSent) return said.word !== "take";
    await clock.sleep(SETTLED_MS, signal && { signal });
    return profile.database.transaction(take);
  }

  /** Whether somebody may have taken this host's place before it said something again, and that is not known here yet. */
  #isDoubtful(wasSilent: boolean, atMs: number): boolean {
    if (wasSilent) this.#backAtMs ??= atMs;
    const isDoubtful = this.#backAtMs !== undefined && atMs - this.#backAtMs < SETTLED_MS;
    if (!isDoubtful) this.#backAtMs = undefined;
    return isDoubtful;
  }

  /** False when it stays written down until there is a connection. */
  async #flush(): Promise<boolean> {
    if (!this.#client.isOnline) return false;
    try {
      await this.#client.flush();
      return true;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return false;
    }
  }
}

function requireOnline({ isOnline }: PartyClient): void {
  if (isOnline) return;
  throw new TransportError("offline", "Not connected to the server: nobody can watch together");
}
