/** What the operator may ask of a running server. No network leads here. */

import { parseAccountName } from "../../base/account_name.ts";
import type { AccountId } from "../../base/ids.ts";
import { VERSION } from "../../base/version.ts";
import type { Histogram } from "../../base/histogram.ts";
import type { ServerServices } from "../serving/server_services.ts";
import type { Session } from "../sessions/session.ts";
import type { SessionHost } from "../serving/session_host.ts";
import { OpenVideos } from "../media/video_session.ts";
import { ANSWER_DEADLINE_MS, type NodeState } from "../bus/bus.ts";

/** How many are there. */
export interface ConnectionCounts {
  /** Everybody, strangers too. */
  readonly connected: number;
  /** By a device of an account. */
  readonly signedIn: number;
}

/** What `unlock` did. */
export type Unlocked = "unlocked" | "was-not-locked" | "unknown-account";

/** Somebody who is connected. */
export interface ActiveAccount {
  readonly name: string;
  readonly sessions: number;
  readonly sinceMs: number;
  readonly busy: boolean;
  /** Network address of the oldest session. */
  readonly address: string;
  /** The connections that are signed in, in the order in which they came (row S3.12). For the operator's eyes alone. */
  readonly connections: readonly ActiveConnection[];
  /** Numbers of the rooms that the account is in, as far as they are a screenful. */
  readonly rooms: readonly number[];
}

/** Where somebody is. */
export interface ActiveConnection {
  readonly session: number;
  readonly address: string;
  readonly port: number;
  readonly sinceMs: number;
  /** The name of the node; left out at the node that was asked. */
  readonly node?: string;
}

/** A node of the server, as the one that was asked hears of it. */
export interface NodeFacts {
  readonly name: string;
  readonly isOwn: boolean;
  /** Accounts with a session there: one that is at two nodes counts at both. */
  readonly people: number;
}

/** A node as an operator lists it. */
export interface ListedNode {
  readonly name: string;
  readonly isOwn: boolean;
  /** Undefined of one that did not answer. */
  readonly state: NodeState | undefined;
}

/** What came of telling a node to give its people away. */
export type DrainOrder = "draining" | "unknown-node" | "last-node" | "no-answer";

/** Rooms of one account that are told. */
const MAX_ROOMS_TOLD = 20;

/** A connection and what waits on it. Each has one task, which reads. */
export interface ConnectionFacts {
  /** `new`, `stranger`, `unlinked` or `ready`. */
  readonly state: Session["state"]["name"];
  /** Undefined for who has not signed in. */
  readonly name: string | undefined;
  readonly session: number | undefined;
  readonly address: string;
  readonly sinceMs: number;
  readonly controlBytes: number;
  readonly bulkBytes: number;
  readonly writtenBytes: number;
  readonly droppedPackets: number;
  /** Videos under way, each with a task of its own. */
  readonly streams: number;
}

/** Who was turned away before they had signed in, since the start. */
export interface TurnedAwayCounts {
  /** Gave way to newcomers. */
  readonly displaced: number;
  /** Found the server full of people who have signed in. */
  readonly refused: number;
  /** Were cut at a deadline. */
  readonly overdue: number;
  /** Sources whose connections the system drops now. */
  readonly blocked: number;
}

/** What the operator sees of a server beside its sessions. */
export interface ServerFacts {
  /** Names of what runs beside the connections. */
  readonly tasks: () => readonly string[];
  readonly strangers: () => TurnedAwayCounts;
  /** Undefined without TLS. */
  readonly certificates: () => CertificateEnds | undefined;
}

/** Until when they are good, by the wall clock. */
export interface CertificateEnds {
  /** The one that clients pin. */
  readonly ca?: number | undefined;
  /** The one below it that TLS shows. */
  readonly leaf?: number | undefined;
}

const NO_FACTS: ServerFacts = {
  tasks: () => [],
  strangers: () => ({ displaced: 0, refused: 0, overdue: 0, blocked: 0 }),
  certificates: () => undefined,
};

/** Lives as long as its server. */
export class Operator {
  readonly parts: ServerServices;
  /** When the server was made, by its clock. */
  readonly startedMs: number;
  readonly #host: SessionHost;
  readonly #facts: ServerFacts;

  constructor(parts: ServerServices, host: SessionHost, facts: Partial<ServerFacts> = {}) {
    this.parts = parts;
    this.startedMs = parts.clock.nowMs();
    this.#host = host;
    this.#facts = { ...NO_FACTS, ...facts };
    this.#answerNodes();
  }

  /** Tasks of the server that belong to no connection. */
  get tasks(): readonly string[] {
    return this.#facts.tasks();
  }

  /** Connections that ended before anybody signed in, because they had to. */
  get strangers(): TurnedAwayCounts {
    return this.#facts.strangers();
  }

  /** Of what clients see. Empty without TLS. */
  get certificatesUntilMs(): CertificateEnds {
    return this.#facts.certificates() ?? {};
  }

  /** How long requests were handled since the start. */
  get requestSeconds(): Histogram {
    return this.#host.requestSeconds;
  }

  get upSeconds(): number {
    return Math.max(0, (this.parts.clock.nowMs() - this.startedMs) / 1000);
  }

  /** Connections that were accepted since the start. */
  get accepted(): number {
    return this.#host.accepted;
  }

  /** Packets that clients have sent since the start. */
  get packets(): number {
    return this.#host.packets;
  }

  /** Requests that were refused since the start, by the failure code. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#host.refusals;
  }

  get connections(): ConnectionCounts {
    const sessions = [...this.parts.sessions];
    const signedIn = sessions.filter(({ state }) => state.name === "ready").length;
    return { connected: sessions.length, signedIn };
  }

  /** Ends the sessions of a device whose token is another one now (SR-48). Returns how many there were. */
  async endDevice(device: string): Promise<number> {
    const message = "The token of this device was changed or removed";
    const told = { code: "bot-token-refused", message };
    return await this.parts.bus.endSessions({ device }, { log: "token-changed", told });
  }

  /** All nodes, this one first; none where there is one only. */
  get nodes(): readonly NodeFacts[] {
    const { bus, presence } = this.parts;
    if (bus.isAlone) return [];
    const others = bus.others.map(({ instance, name }) => ({
      ...{ name, isOwn: false, people: presence.countAt(instance) },
    }));
    return [{ name: bus.own.name, isOwn: true, people: presence.hereCount }, ...others];
  }

  /** The same, each asked how it is; none where there is one only. */
  async listNodes(): Promise<readonly ListedNode[]> {
    const { bus } = this.parts;
    if (bus.isAlone) return [];
    const states = await bus.ask("node.state", {}, { deadlineMs: ANSWER_DEADLINE_MS });
    return [bus.own, ...bus.others].map(({ instance, name }) => ({
      name,
      isOwn: instance === bus.own.instance,
      state: states.find((state) => state.instance === instance),
    }));
  }

  /** Has the node of that name give its people to the others, at once; a restart of it undoes that. */
  async drainNode(name: string): Promise<DrainOrder> {
    const { bus } = this.parts;
    if (bus.isAlone) return "unknown-node";
    const found = [bus.own, ...bus.others].find((node) => node.name === name);
    if (found === undefined) return "unknown-node";
    if (bus.isUp && bus.others.length === 0) return "last-node";
    const asked = { instance: found.instance };
    const answers = await bus.ask("node.drain", asked, { deadlineMs: ANSWER_DEADLINE_MS });
    return answers.includes(true) ? "draining" : "no-answer";
  }

  /** What the operator of any node asks of this one. */
  #answerNodes(): void {
    const { bus, draining, presence, sessions } = this.parts;
    const { instance } = bus.own;
    bus.answer("node.state", () => ({
      ...{ instance, version: VERSION, sinceMs: this.startedMs },
      ...{ sessions: sessions.count, people: presence.hereCount, isDraining: draining.isOrdered },
    }));
    bus.answer("node.drain", (asked) => {
      if (asked.instance !== instance) return false;
      draining.order();
      return true;
    });
  }

  /** Everybody who is online, at any node, by name. */
  async active(): Promise<readonly ActiveAccount[]> {
    const { presence, sessions, store } = this.parts;
    const online = presence.page({ after: undefined, limit: presence.onlineCount });
    const active = await Promise.all(online.map(async ({ account, name }) => {
      const rooms = await store.listRoomsOf({ account, limit: MAX_ROOMS_TOLD });
      const attendance = presence.attendance(account);
      if (attendance === undefined) return undefined;
      const { sinceMs, busy, address = "" } = attendance;
      const here = sessions.of(account);
      const elsewhere = this.#elsewhere(account);
      const connections = [
        ...here.map((session) => this.#whereabouts(session)).filter((it) => it !== undefined),
        ...elsewhere,
      ];
      const count = here.length + elsewhere.length;
      return {
        ...{ name, sessions: count, sinceMs, busy: busy !== undefined, address, connections },
        rooms: rooms.map(({ room }) => room),
      };
    }));
    return active.filter((it) => it !== undefined);
  }

  /** At other nodes, as those say. */
  #elsewhere(account: AccountId): readonly ActiveConnection[] {
    const { bus, presence } = this.parts;
    const names = new Map(bus.others.map(({ instance, name }) => [instance, name]));
    return presence.placesOf(account).flatMap(({ node, sessions }) => {
      const name = names.get(node);
      if (name === undefined) return [];
      return sessions.map(({ number = 0, ...place }) => ({
        session: number,
        ...place,
        node: name,
      }));
    });
  }

  #whereabouts(session: Session): ActiveConnection | undefined {
    const { state, address, port } = session;
    const sinceMs = this.parts.sessions.acceptedAtMs(session);
    if (sinceMs === undefined || state.name !== "ready") return undefined;
    return { session: state.sessionNumber, address, port, sinceMs };
  }

  /** Every connection, in the order in which they came. */
  connectionFacts(): readonly ConnectionFacts[] {
    return [...this.parts.sessions].map((session) => {
      const { state, address, connection } = session;
      const isKnown = state.name === "ready" || state.name === "unlinked";
      return {
        state: state.name,
        name: isKnown ? state.accountName : undefined,
        session: isKnown ? state.sessionNumber : undefined,
        address,
        sinceMs: this.parts.sessions.acceptedAtMs(session) ?? this.startedMs,
        controlBytes: connection.controlBytes,
        bulkBytes: connection.bulkBytes,
        writtenBytes: connection.writtenBytes,
        droppedPackets: connection.droppedPackets,
        streams: session.attached(OpenVideos)?.count ?? 0,
      };
    });
  }

  /**
   * Lets passwords of an account be tried again at once, from everywhere, and writes that down (SR-57). Its failures are still
   * told to its owner.
   */
  async unlock(name: string): Promise<Unlocked> {
    const parsed = parseAccountName(name);
    const account = parsed.ok ? await this.parts.store.findAccount(parsed.id) : undefined;
    if (account === undefined) return "unknown-account";
    const { wasLocked } = await this.parts.locks.unlock("operator", account.account);
    return wasLocked ? "unlocked" : "was-not-locked";
  }
}
