/**
 * From packets to handlers. The table has one row per request: which session state it needs, and the handler. It is typed
 * by mapping over the union of requests, so a request without a handler does not compile, and a handler for a signed-in
 * session cannot be given to a stranger.
 */

import type { Clock } from "../../base/clock.ts";
import type { Bytes } from "../../base/bytes.ts";
import { Histogram } from "../../base/histogram.ts";
import { ProtocolError, type Refusal } from "../../base/errors.ts";
import { KIB, MIB } from "../../protocol/limits.ts";
import {
  HOP_NOTICES,
  HOP_REQUESTS,
  type HopNoticeKind,
  type HopRequestKind,
  type NoticeFields,
  type ReplyFields,
  type RequestFields,
} from "../../protocol/hop/mod.ts";
import { encodePacket, type Packet } from "../../protocol/packet.ts";
import { mayAsk, type NeededScope } from "../../protocol/permissions.ts";
import type { BotLimits } from "../store/account_store.ts";
import type { KickCheck } from "../moderation/kick_check.ts";
import { type Counters, requireRate } from "../counters/counters.ts";
import type { RateName } from "../counters/rates.ts";
import { describeFailure, pace } from "./pacing.ts";
import { refuse } from "../../protocol/failure.ts";
import type { Session, StateName, StateOf } from "../sessions/session.ts";

/** What a handler gets. */
export interface Call<Kind extends HopRequestKind, Name extends StateName, Services> {
  /** Those that its file names. */
  readonly services: Services;
  readonly session: Session;
  readonly state: StateOf<Name>;
  readonly fields: RequestFields<Kind>;
  readonly payload: Bytes;
}

/** What a handler gives back. It says no by throwing `Refusal` with a failure code. */
export interface Answer<Kind extends HopRequestKind> {
  readonly fields: ReplyFields<Kind>;
  readonly payload?: Bytes;
  /** Closes the connection behind the answer, with this word for the log. */
  readonly closes?: string;
}

type RouteIn<Kind extends HopRequestKind, Name extends StateName, Services> = {
  readonly needs: Name;
  /** Of the token of a bot's device (SR-48). */
  readonly scope: NeededScope;
  /** Taken once for the account before it is handled. */
  readonly rate?: Name extends "ready" ? RateName : never;
  /** Of a row for unlinked sessions: ready ones may do it too. They have everything that an unlinked one has. */
  readonly orReady?: Name extends "unlinked" ? boolean : never;
  /** Others of the same session may start before this one has answered; its effects happen in order of arrival. */
  readonly pipelined?: boolean;
  handle(call: Call<Kind, Name, Services>): Promise<Answer<Kind>> | Answer<Kind>;
};

/** A row of the table: the handler's state is the one that the row needs. */
export type Route<Kind extends HopRequestKind, Services = never> = {
  [Name in StateName]: RouteIn<Kind, Name, Services>;
}[StateName];

/** A row for sessions that are signed in. `scope`: see `RouteIn`. */
export function ready<Kind extends HopRequestKind, Services>(
  scope: NeededScope,
  handle: RouteIn<Kind, "ready", Services>["handle"],
  more: Pick<RouteIn<Kind, "ready", Services>, "rate" | "pipelined"> = {},
): RouteIn<Kind, "ready", Services> {
  return { needs: "ready", scope, ...more, handle };
}

/** A handler for every request. */
export type Routes<Services = never> = {
  readonly [Kind in HopRequestKind]: Route<Kind, Services>;
};

/** A handler for every notice. What it returns is awaited before the session's next packet is read. */
export type NoticeHandlers<Services = never> = {
  readonly [Kind in HopNoticeKind]: (
    call: { services: Services; session: Session; fields: NoticeFields<Kind>; payload: Bytes },
  ) => Promise<void> | void;
};

/** Pipelined requests of one session that may wait for an answer: more are read only when some are done. */
const MAX_PIPELINED = 256;
/** What they may hold of memory: each keeps its payload until the disk has it. */
const MAX_PIPELINED_BYTES = MIB;
/** Registering and signing in takes five requests, each further try of a password two. */
const MAX_STRANGER_REQUESTS = 32;
/** Answers above this wait until little else does, or they would count as the client's being slow. */
const LARGE_ANSWER_BYTES = 64 * KIB;

/** Upper bounds: most take a commit, those that register or wait for a slow reader take seconds. */
const REQUEST_BOUNDS_SECONDS: readonly number[] = [
  ...[0.001, 0.005, 0.01, 0.025, 0.05, 0.1],
  ...[0.25, 0.5, 1, 2.5, 5, 10],
];

/** What a session has asked for. */
interface Load {
  requests: number;
  waiting: number;
  waitingBytes: number;
}

/** What it needs itself. */
export interface RouterServices {
  readonly clock: Clock;
  readonly counters: Counters;
  /** Undefined where no other node kicks anybody. */
  readonly kickCheck?: KickCheck | undefined;
}

/** Looks each packet up in the tables, checks it, runs its handler, sends the answer. */
export class Router<Services extends RouterServices> {
  /** How many requests were refused, by the failure code. */
  readonly refusals = new Map<string, number>();
  /** How long requests were handled, refused ones too. */
  readonly requestSeconds = new Histogram(REQUEST_BOUNDS_SECONDS);
  readonly #services: Services;
  readonly #routes: Routes<Services>;
  readonly #notices: NoticeHandlers<Services>;
  readonly #loads = new WeakMap<Session, Load>();

  constructor(services: Services, routes: Routes<Services>, notices: NoticeHandlers<Services>) {
    this.#services = services;
    this.#routes = routes;
    this.#notices = notices;
  }

  /**
   * Handles one packet. The returned promise is awaited before the session's next packet is read, so that a client cannot
   * ask faster than it is answered. Throws ProtocolError when the session must end.
   */
  handle(session: Session, packet: Packet): Promise<void> | void {
    this.#requireUnexpired(session);
    const { kind, request } = packet.header;
    if (typeof kind !== "string") {
      throw new ProtocolError("bad-message", "Cannot read packet: it has no kind");
    }
    if (request === undefined) return this.#notice(session, kind, packet);
    if (!Number.isSafeInteger(request)) {
      throw new ProtocolError("bad-message", "Cannot read packet: request is no whole number");
    }
    const load = this.#loadOf(session);
    load.requests++;
    const { name } = session.state;
    if ((name === "new" || name === "stranger") && load.requests > MAX_STRANGER_REQUESTS) {
      throw new ProtocolError(
        "bad-message",
        "Cannot continue: too many requests before signing in",
      );
    }
    if (!isRequest(kind)) {
      return this.#fail(session, request as number, refuse("bad-message", "Unknown request"));
    }
    return this.#request(session, { kind, request: request as number, packet });
  }

  /** A bot's time may run out while it is connected: its next packet, a heartbeat at the latest, ends it. */
  #requireUnexpired(session: Session): void {
    const limits = limitsOf(session);
    if (limits === undefined || this.#services.clock.nowMs() < limits.expiresMs) return;
    throw new ProtocolError("bad-message", "Cannot continue: the token of this device has expired");
  }

  #notice(session: Session, kind: string, packet: Packet): Promise<void> | void {
    if (!isNotice(kind)) {
      throw new ProtocolError("bad-message", "Cannot read packet: unknown notice");
    }
    const needsReady = kind !== "server.ping" && kind !== "server.pong";
    if (needsReady && session.state.name !== "ready") {
      throw new ProtocolError(
        "bad-message",
        `Cannot take ${kind}: session is ${session.state.name}`,
      );
    }
    return this.#runNotice(session, kind, packet);
  }

  #runNotice<Kind extends HopNoticeKind>(
    session: Session,
    kind: Kind,
    packet: Packet,
  ): Promise<void> | void {
    const fields = HOP_NOTICES[kind].read(packet.header, packet.payload) as NoticeFields<Kind>;
    const { payload } = packet;
    return this.#notices[kind]({ services: this.#services, session, fields, payload });
  }

  #request<Kind extends HopRequestKind>(
    session: Session,
    call: { kind: Kind; request: number; packet: Packet },
  ): Promise<void> | void {
    const route: Route<Kind, Services> = this.#routes[call.kind];
    const { name } = session.state;
    if (route.needs !== name && !(route.orReady === true && name === "ready")) {
      return this.#fail(session, call.request, wrongState(route.needs, name));
    }
    const limits = limitsOf(session);
    if (limits !== undefined && !mayAsk(limits.scopes, route.scope)) {
      return this.#fail(session, call.request, beyondToken(limits));
    }
    const row = route as RouteIn<Kind, StateName, Services>;
    if (row.pipelined !== true) {
      return pace(this.#services, session).then(() => {
        if (session.connection.isOpen) return this.#answer(session, call, row);
      });
    }
    const answered = this.#answer(session, call, row);
    const load = this.#loadOf(session);
    const sizeBytes = call.packet.payload.length;
    load.waiting++;
    load.waitingBytes += sizeBytes;
    const done = answered.finally(() => {
      load.waiting--;
      load.waitingBytes -= sizeBytes;
    });
    const isFull = load.waiting >= MAX_PIPELINED || load.waitingBytes >= MAX_PIPELINED_BYTES;
    return isFull ? done : undefined;
  }

  #loadOf(session: Session): Load {
    let load = this.#loads.get(session);
    if (load === undefined) {
      load = { requests: 0, waiting: 0, waitingBytes: 0 };
      this.#loads.set(session, load);
    }
    return load;
  }

  /** Runs a handler and sends what it says. Never rejects, but for what must end the session. */
  async #answer<Kind extends HopRequestKind>(
    session: Session,
    call: { kind: Kind; request: number; packet: Packet },
    route: RouteIn<Kind, StateName, Services>,
  ): Promise<void> {
    const { clock } = this.#services;
    const beganMs = clock.monotonicMs();
    try {
      const { request: definition, reply } = HOP_REQUESTS[call.kind];
      const { state } = session;
      if (route.rate !== undefined && "account" in state) {
        await requireRate(this.#services.counters, route.rate, { key: state.account });
      }
      if ("account" in state) await this.#services.kickCheck?.(call.kind, state.account);
      const answer = await route.handle({
        services: this.#services,
        session,
        state,
        // `read` has checked exactly these fields; the table's union type loses that link.
        fields: definition.read(call.packet.header, call.packet.payload) as RequestFields<Kind>,
        payload: call.packet.payload,
      });
      const packet = encodePacket(
        { kind: reply.kind, request: call.request, ...answer.fields as object },
        answer.payload,
      );
      const { connection } = session;
      if (packet.length > LARGE_ANSWER_BYTES) {
        await connection.whenBelow("control", LARGE_ANSWER_BYTES);
      }
      connection.send(packet, "control");
      // Not awaited: the other side's end is read only after this handler.
      if (answer.closes !== undefined) connection.close(answer.closes);
    } catch (error) {
      this.#fail(session, call.request, error);
    } finally {
      this.requestSeconds.observe((clock.monotonicMs() - beganMs) / 1000);
    }
  }

  #fail(session: Session, request: number, error: unknown): void {
    const { code, message, details } = describeFailure(error);
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
    session.connection.send(
      encodePacket({ kind: "failure", request, code, message, ...details }),
      "control",
    );
  }
}

function limitsOf({ state }: Session): BotLimits | undefined {
  return state.name === "ready" ? state.limits : undefined;
}

function beyondToken({ scopes }: BotLimits): Refusal {
  return refuse(
    "not-permitted",
    `The token of this device does not allow this, only: ${scopes.join(", ")}`,
  );
}

function isRequest(kind: string): kind is HopRequestKind {
  return Object.hasOwn(HOP_REQUESTS, kind);
}

function isNotice(kind: string): kind is HopNoticeKind {
  return Object.hasOwn(HOP_NOTICES, kind);
}

function wrongState(needs: StateName, has: StateName): Refusal {
  if (has === "unlinked") {
    return refuse(
      "not-linked",
      "This device is not linked: the account's keys are on another device",
    );
  }
  return has === "ready" || has === "stranger" && needs === "new"
    ? refuse("bad-message", `Cannot do this: the session is already ${has}`)
    : refuse("not-signed-in", "Sign in first");
}
