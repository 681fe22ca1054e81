/**
 * A person's client as a front end has it: kept connected, with all that happens to it as one stream of `AppEvent`s. Owns the
 * connection, the tail of the history, who is known, the outbox, and what waits for the person's word.
 */

import { parseAccountId } from "../../base/account_name.ts";
import { Channel } from "../../base/channel.ts";
import { Refusal, TransportError } from "../../base/errors.ts";
import { isRoom, type Peer } from "../../base/ids.ts";
import { anySignal, Scope, untilAborted } from "../../base/scope.ts";
import type { Client } from "../../client/client.ts";
import { type ConnectionNews, stayConnected } from "../../client/reconnect.ts";
import type { PlacedEntry } from "../../client/store/history.ts";
import type { ClientEvent } from "../../client/sync/client_event.ts";
import { readSaidOfBusy, roster } from "../attendance.ts";
import { type AppEvent, type ConnectionState, entryEvent, type UnreadCounts } from "../events.ts";
import { type Request, Requests } from "../questions/requests.ts";
import { ShownRequests } from "../questions/shown_requests.ts";
import { RoomLabels } from "../rooms/room_labels.ts";
import { readCards } from "./card_reader.ts";
import { AttentionTeller } from "./attention_teller.ts";
import { CardTeller } from "./card_teller.ts";
import { HistoryTail } from "./history_tail.ts";
import { listPeers } from "./listed_peers.ts";
import { OutboxSender } from "./outbox_sender.ts";
import { People } from "./people.ts";
import { TextsOnTheWay } from "./texts_on_the_way.ts";

/** More names are not kept: on a server so big, others are found when they are addressed. */
const MAX_PEOPLE = 2_000;
/** How long what was said last may take to leave when the person leaves. */
const FAREWELL_MS = 5_000;

const LEFT = new DOMException("The person left", "AbortError");

/** What comes unasked: from the client, or about its connection. */
type News = ClientEvent | { readonly type: "connection"; readonly news: ConnectionNews };

/** What an app client is made of. */
export interface AppClientOptions {
  readonly client: Client;
  /** Connects the client, or connects it again. */
  connect(signal: AbortSignal): Promise<void>;
}

/** How a front end takes part. */
export interface AppClientReader {
  /** Takes each event; whoever tells it waits for that. */
  take(event: AppEvent): Promise<void>;
  /** Reads what the person enters until `signal` aborts, and rejects with its reason. */
  read?(signal: AbortSignal): Promise<never>;
  /** The person leaves, and what was said last has left or had its time. */
  left?(): Promise<void>;
  /** Ends what the front end still does, before the connection ends. */
  close(): Promise<void>;
  /** Writes down what was read, where the front end knows that; else what is told counts as read. */
  readonly keepMarks?: () => void;
}

/** `run` owns the client until it ends. */
export class AppClient {
  readonly client: Client;
  readonly people: People;
  /** As they were when they were needed last. */
  readonly rooms: RoomLabels;
  readonly outbox: OutboxSender;
  /** What a yes or no without a word is about. */
  readonly shown: ShownRequests;
  /** Tasks of the front end; its signal aborts when the client ends. */
  readonly scope: Scope;
  readonly #connect: AppClientOptions["connect"];
  readonly #news = new Channel<News>();
  readonly #leaving = new AbortController();
  readonly #requests: Requests;
  readonly #tail: HistoryTail;
  readonly #cards: CardTeller;
  readonly #attention: AttentionTeller;
  #reader: AppClientReader | undefined;
  #state: ConnectionState = "starting";
  #wasOnline = false;
  #requested = "[]";
  readonly #onTheWay: TextsOnTheWay;

  /** Ends when `signal` aborts; `run` then rejects with its reason. */
  constructor({ client, connect }: AppClientOptions, signal: AbortSignal) {
    const { account, name } = client.profile.own;
    this.client = client;
    this.people = new People({ account, name });
    this.rooms = new RoomLabels(client);
    this.scope = new Scope(signal);
    this.#connect = connect;
    this.#requests = new Requests(
      client,
      (peer) => isRoom(peer) ? this.rooms.labelOf(peer) : this.people.nameOf(peer),
    );
    this.shown = new ShownRequests(client);
    this.outbox = new OutboxSender(client, (held) => this.#tell({ type: "held", held }));
    this.#onTheWay = new TextsOnTheWay(client);
    this.#cards = new CardTeller(client);
    this.#attention = new AttentionTeller(client, () => this.outbox.send());
    this.#tail = new HistoryTail(client, {
      show: (entry) => this.#show(entry),
      unread: (count, shown) => this.#tellUnread(count, shown),
      quiet: (waiting, before, busy) => this.#tell({ type: "quiet", waiting, before, busy }),
      tick: () => this.#tick(),
      marksShown: () => this.#reader?.keepMarks === undefined,
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Whether there ever was a connection. */
  get wasOnline(): boolean {
    return this.#wasOnline;
  }

  /** What others ask of the person, and no rule of theirs answers. */
  async asked(): Promise<readonly Request[]> {
    return await this.#requests.list();
  }

  /** How many messages wait while the person is busy; undefined while they are not. */
  get waiting(): number | undefined {
    return this.#tail.waiting;
  }

  /** Whether the person has said that they leave. */
  get isLeaving(): boolean {
    return this.#leaving.signal.aborted;
  }

  /** Runs until the person leaves. Rejects with what cannot be mended (Refusal, TrustError, TerminalError). Once. */
  async run(reader: AppClientReader): Promise<void> {
    this.#reader = reader;
    const { client, scope } = this;
    const stopListening = client.listen((event) => this.#news.push(event));
    const stopWatching = client.live.listen(() => this.#tail.wake());
    scope.run("connection", (signal) =>
      stayConnected(client, {
        connect: this.#connect,
        onNews: (news) => this.#news.push({ type: "connection", news }),
        signal,
      }));
    scope.run("news", (signal) => this.#takeNews(signal));
    const until = anySignal(scope.signal, this.#leaving.signal);
    try {
      await (reader.read?.(until) ?? untilAborted(new Promise<never>(() => {}), until));
    } catch (error) {
      if (error !== LEFT) throw error;
      await this.outbox.idle(client.clock.deadline(FAREWELL_MS));
      await reader.left?.();
    } finally {
      stopListening();
      stopWatching();
      await reader.close();
      await Promise.all([scope.close(), client.close()]);
    }
  }

  /** Ends `run` once what was said is on its way. */
  leave(): void {
    this.#leaving.abort(LEFT);
  }

  /** Tells what was written down, before anything else is told. */
  async look(): Promise<void> {
    if (this.#reader !== undefined) await this.#tail.look();
  }

  /** The person types a text there: others are told, as far as the person takes part in that. */
  typing(peer: Peer): void {
    if (!this.client.messenger.attention.isOn("typing")) return;
    const isThere = isRoom(peer)
      ? this.people.active.some(({ account }) => account !== this.people.own.account)
      : this.people.active.some(({ account }) => account === peer);
    this.scope.run("typing", () => this.#attention.types(peer, isThere));
  }

  /** Somebody may have been invited, a room have got a name: reads rooms and requests again. */
  async roomsChanged(): Promise<void> {
    this.#requests.roomsChanged();
    await this.rooms.refresh();
    await this.tellList();
    this.#tail.wake();
  }

  /** Tells who is known now, e.g. after a command that found somebody. */
  async tellList(): Promise<void> {
    const { people, rooms, client: { messenger: { listChoices } } } = this;
    const peers = listPeers(rooms.listed, people.listed, listChoices.all());
    await this.#tell({ type: "list", peers });
  }

  async #tell(event: AppEvent): Promise<void> {
    if (this.#reader === undefined) return;
    // The answer may be there before the writing is over.
    this.shown.show(event);
    await this.#reader.take(event);
  }

  async #takeNews(signal: AbortSignal): Promise<void> {
    for (;;) {
      const news = await this.#news.next({ signal });
      if (news === undefined) return;
      await this.#take(news);
    }
  }

  async #take(news: News): Promise<void> {
    switch (news.type) {
      case "connection":
        return await this.#connection(news.news);
      case "roster":
        return await this.#movement(news.changes);
      case "presence":
        return await this.#presence(news);
      case "identity":
        this.people.meet(news.contact);
        await this.#tell(news);
        return await this.tellList();
      case "request": {
        const waiting = await this.client.requests();
        const first = waiting.find(({ account }) => account === news.account)?.texts[0];
        return await this.#tell({ ...news, kind: first?.message?.kind });
      }
      case "read":
        return await this.#tell({ ...news, unread: this.#countUnread().get(news.peer) ?? 0 });
      case "delivery":
        this.#onTheWay.told(news);
        return await this.#tell(news);
      case "entry":
        // Found in the history, as what other processes write.
        return;
      case "connected":
        // Told as news of the connection, with whom is there.
        return;
      case "dismissed":
      case "hurried":
        // It ends the connection, which says why.
        return;
      default:
        return await this.#tell(news);
    }
  }

  async #connection(news: ConnectionNews): Promise<void> {
    const before = this.#state;
    this.#state = news.state;
    if (news.state === "online") {
      this.#wasOnline = true;
      await this.#readRoster();
      if (before === "starting") await this.#begin(news.state);
    }
    await this.#tell({ type: "connection", before, news, active: this.people.active });
    if (news.state === "offline") {
      if (before === "starting") await this.#begin(news.state);
      return;
    }
    await this.tellList();
    this.outbox.send();
    // Invitations are the server's to list.
    this.#tail.wake();
  }

  async #begin(state: "online" | "offline"): Promise<void> {
    const { client, people, scope } = this;
    for (const contact of await client.messenger.contacts.list()) people.meet(contact);
    await this.rooms.refresh();
    const isOnline = state === "online";
    await this.#tell({
      type: "started",
      state,
      motd: isOnline ? client.handshake.motd : "",
      failedTries: isOnline ? client.signedIn.failedTries : 0,
      requests: (await client.requests()).length,
      active: people.active,
    });
    await this.tellList();
    await this.#tail.showUnread();
    scope.run("tail", (signal) => this.#tail.run(signal));
    scope.run("outbox", (signal) => this.outbox.run(signal));
    await this.#tell({ type: "ready" });
  }

  async #readRoster(): Promise<void> {
    const { client, people } = this;
    people.forgetPresence();
    try {
      for await (const attendant of roster(client, false)) {
        people.learn(attendant);
        if (people.count >= MAX_PEOPLE) break;
      }
    } catch (error) {
      // The connection is gone again, or the server is busy: names are found when they are used.
      if (!(error instanceof TransportError || error instanceof Refusal)) throw error;
    }
  }

  /** Before the start nothing is told: the list of who is active comes with it. */
  async #movement(changes: Extract<ClientEvent, { type: "roster" }>["changes"]): Promise<void> {
    const { people } = this;
    const moved = people.apply(changes);
    if (this.#state === "starting") return;
    const deleted = changes.flatMap(({ change, name }) => change === "deleted" ? name : []);
    if (deleted.length === 0 && Object.values(moved).every(({ length }) => length === 0)) return;
    await this.#tell({ type: "movement", moved, deleted, active: people.active });
    await this.tellList();
  }

  async #presence(
    { account: text, busy, sinceMs, statement }: Extract<ClientEvent, { type: "presence" }>,
  ): Promise<void> {
    const { people, client } = this;
    const account = parseAccountId(text);
    // What this person says themselves is shown where they say it.
    if (account === undefined || account === people.own.account) return;
    people.setBusy(account, busy ? { sinceMs, statement } : undefined);
    // Told when they are talked to.
    if (this.#state === "starting") return;
    const name = people.nameOf(account);
    // It is told here: not once more when they are talked to.
    people.takeBusy(account);
    const said = busy ? await readSaidOfBusy(client, account, statement) : undefined;
    await this.#tell({ type: "presence", name, busy: busy ? { sinceMs, said } : undefined });
    await this.tellList();
  }

  async #show(entry: PlacedEntry): Promise<void> {
    const { peer, kind } = entry;
    // Lines of the program tell of names and of members.
    const isOfMembers = kind === "notice" || isRoom(peer) && !this.rooms.has(peer);
    if (isOfMembers) await this.roomsChanged();
    const event = await entryEvent(this.client, entry);
    const cards = await readCards(this.client, [entry]);
    this.#cards.told(cards);
    await this.#tell({ ...event, cards });
    this.#onTheWay.add(entry.id, event.facts.delivery);
  }

  async #tellUnread(count: number, shown: number): Promise<void> {
    const counts = this.#countUnread();
    const upTo = this.client.messenger.history.lastPlace;
    await this.#tell({ type: "unread", count, shown, counts, upTo });
  }

  #countUnread(): UnreadCounts {
    this.#reader?.keepMarks?.();
    return new Map(this.client.talk.unread().map(({ peer, unread }) => [peer, unread]));
  }

  /** What the database says, or the time, and nobody told. Returns how soon that is to be asked again. */
  async #tick(): Promise<number> {
    const { client } = this;
    const places = await client.talk.refresh();
    if (places.length > 0) await this.#tell({ type: "gone", places, counts: this.#countUnread() });
    for (const event of this.#onTheWay.look()) await this.#tell(event);
    for (const event of await this.#cards.look()) await this.#tell(event);
    for (const event of await this.#attention.look()) await this.#tell(event);
    const { requests, due } = await this.#requests.look();
    const requested = JSON.stringify(requests);
    if (requested !== this.#requested) await this.#tell({ type: "requests", requests });
    this.#requested = requested;
    for (const one of due) await this.#tell({ type: "due", due: one });
    const dueMs = Math.min(
      client.talk.nextDueMs ?? Infinity,
      ...requests.map(({ untilMs }) => untilMs),
    );
    return Math.min(
      this.#cards.nextMs,
      this.#attention.nextMs,
      Math.max(0, dueMs - client.clock.nowMs()),
    );
  }
}
