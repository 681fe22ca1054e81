/** What the operator may ask of a running server. No network leads here. */

import { parseAccountName } from "../base/account_name.ts";
import type { Parts } from "./parts.ts";
import type { Session } from "./session.ts";
import type { SessionHost } from "./session_host.ts";

/** A client that does not read its farewell does not stay for it. */
const FAREWELL_MS = 500;

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
}

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

/** Lives as long as its server. */
export class Operator {
  readonly parts: Parts;
  /** When the server was made, by its clock. */
  readonly startedMs: number;
  readonly #host: SessionHost;
  readonly #tasks: () => readonly string[];

  /** `tasks` names what runs beside the connections. */
  constructor(parts: Parts, host: SessionHost, tasks: () => readonly string[] = () => []) {
    this.parts = parts;
    this.startedMs = parts.clock.nowMs();
    this.#host = host;
    this.#tasks = tasks;
  }

  /** Tasks of the server that belong to no connection. */
  get tasks(): readonly string[] {
    return this.#tasks();
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

  get connections(): ConnectionCounts {
    const sessions = [...this.#host.sessions];
    const signedIn = sessions.filter(({ state }) => state.name === "ready").length;
    return { connected: sessions.length, signedIn };
  }

  /** Ends the sessions of a device whose token is another one now (SR-48). Returns how many there were. */
  endDevice(device: string): number {
    const ended = [...this.#host.sessions].filter(({ state }) =>
      state.name === "ready" && state.device === device
    );
    for (const session of ended) {
      const message = "The token of this device was changed or removed";
      session.push("moderation.dismissed", { code: "bot-token-refused", message });
      session.connection.close("token-changed", FAREWELL_MS);
    }
    return ended.length;
  }

  /** Everybody who is online, by name. */
  async active(): Promise<readonly ActiveAccount[]> {
    const { presence, sessions, store } = this.parts;
    const online = presence.page({ after: undefined, limit: presence.onlineCount });
    const active = await Promise.all(online.map(async ({ account, name }) => {
      const rooms = await store.listRoomsOf({ account, limit: MAX_ROOMS_TOLD });
      const attendance = presence.attendance(account);
      if (attendance === undefined) return undefined;
      const { sinceMs, busy, address = "" } = attendance;
      const here = sessions.of(account);
      const connections = here.map((session) => this.#whereabouts(session)).filter((it) =>
        it !== undefined
      );
      return {
        ...{ name, sessions: here.length, sinceMs, busy: busy !== undefined, address, connections },
        rooms: rooms.map(({ room }) => room),
      };
    }));
    return active.filter((it) => it !== undefined);
  }

  #whereabouts(session: Session): ActiveConnection | undefined {
    const { state, address, port } = session;
    const sinceMs = this.#host.acceptedAtMs(session);
    if (sinceMs === undefined || state.name !== "ready") return undefined;
    return { session: state.sessionNumber, address, port, sinceMs };
  }

  /** Every connection, in the order in which they came. */
  connectionFacts(): readonly ConnectionFacts[] {
    return [...this.#host.sessions].map((session) => {
      const { state, address, connection, streams } = session;
      const isKnown = state.name === "ready" || state.name === "unlinked";
      return {
        state: state.name,
        name: isKnown ? state.accountName : undefined,
        session: isKnown ? state.sessionNumber : undefined,
        address,
        sinceMs: this.#host.acceptedAtMs(session) ?? this.startedMs,
        controlBytes: connection.controlBytes,
        bulkBytes: connection.bulkBytes,
        writtenBytes: connection.writtenBytes,
        droppedPackets: connection.droppedPackets,
        streams: streams.size,
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
    const { wasLocked } = await this.parts.moderation.unlock("operator", account.account);
    return wasLocked ? "unlocked" : "was-not-locked";
  }
}
