/** Live streams: begin, watch, leave. Their services come and go as notices and pushes of the session's desk. */

import type { Bytes } from "../../base/bytes.ts";
import { ProtocolError } from "../../base/errors.ts";
import { type AccountId, parseStreamId, type StreamId } from "../../base/ids.ts";
import type { NoticeFields } from "../../protocol/hop/mod.ts";
import { refuse } from "../../protocol/failure.ts";
import { unknownStream } from "../../relay/live_relay.ts";
import { ready, type Routes } from "../serving/router.ts";
import type { Session } from "../sessions/session.ts";
import { SessionStreams, type StreamRelay } from "../media/session_streams.ts";
import { type NodeStreams, streamNotHere } from "../media/node_streams.ts";
import { conversationId } from "../../relay/submitted.ts";
import type { Bus } from "../bus/bus.ts";
import type { Clock } from "../../base/clock.ts";
import type { Counters } from "../counters/counters.ts";
import type { MessageLog } from "../../relay/message_log.ts";
import type { RateGuard } from "../counters/rate_guard.ts";

/** What these handlers touch. */
export interface StreamServices {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly store: MessageLog;
  readonly streamBytes: RateGuard;
  readonly nodeStreams: NodeStreams | undefined;
  readonly streams: StreamRelay;
}

/** Rows of family `stream`. */
export const streamRoutes = {
  "stream.open": ready("send", async ({ services, session, state: { account }, fields }) => {
    const conversation = conversationId(fields.conversation);
    const isMember = await services.store.findGroup({ conversation, account }) !== undefined;
    if (!isMember) throw refuse("not-member", "You are not in this conversation");
    const stream = idOf(fields.stream);
    await services.nodeStreams?.begin({ stream, conversation, account });
    deskOf(services, session).open({ stream, conversation, account }, services.streamBytes);
    return { fields: {} };
  }, { rate: "streamOpenings" }),
  "stream.join": ready("receive", async ({ services, session, state: { account }, fields }) => {
    const stream = idOf(fields.stream);
    await comeToWatch(services, account, stream);
    const desk = deskOf(services, session);
    await desk.join(stream, account);
    // Who was removed meanwhile is seen here; whoever is from now on is found among the watchers.
    await requireMember(services, account, stream).catch(async (error) => {
      await desk.leave(stream);
      throw error;
    });
    return { fields: {} };
  }, { rate: "streamOpenings" }),
  "stream.leave": ready("receive", async ({ session, fields }) => {
    const left = await session.attached(SessionStreams)?.leave(idOf(fields.stream)) ?? false;
    if (!left) throw unknownStream();
    return { fields: {} };
  }),
} satisfies Partial<Routes<StreamServices>>;

/** The next part of a unit of a stream that this session sends. */
export function takePart(
  session: Session,
  fields: NoticeFields<"stream.part">,
  payload: Bytes,
): void {
  session.attached(SessionStreams)?.part(fields, payload);
}

/** So much of a stream has reached this session. */
export function takeTaken(
  session: Session,
  { stream, bytes }: NoticeFields<"stream.taken">,
): void {
  session.attached(SessionStreams)?.taken(idOf(stream), bytes);
}

/** What this session says to the sender of what it watches. */
export function takeWord(
  session: Session,
  { stream }: NoticeFields<"stream.word">,
  payload: Bytes,
): void {
  session.attached(SessionStreams)?.word(idOf(stream), payload);
}

/**
 * The account may watch it, and it runs here, for as long as this turn lasts at least. Throws Refusal `unknown-stream`, of one that is
 * sent at another node also `too-many`.
 */
async function comeToWatch(
  services: StreamServices,
  account: AccountId,
  stream: StreamId,
): Promise<void> {
  const { bus, nodeStreams, store, streams } = services;
  if (nodeStreams === undefined || streams.find(stream) !== undefined) {
    return await requireMember(services, account, stream);
  }
  const found = await nodeStreams.find(stream);
  const { conversation } = found;
  if (await store.findGroup({ conversation, account }) === undefined) throw streamNotHere(bus);
  nodeStreams.borrow(stream, found);
}

/** Others than members learn nothing of a stream, not even that it runs. Throws Refusal `unknown-stream`. */
async function requireMember(
  { bus, store, streams }: StreamServices,
  account: AccountId,
  stream: StreamId,
): Promise<void> {
  const live = streams.find(stream);
  if (live === undefined) throw streamNotHere(bus);
  const conversation = conversationId(live.options.conversation);
  const group = await store.findGroup({ conversation, account });
  // It may have ended meanwhile.
  if (group === undefined || streams.find(stream) !== live) throw streamNotHere(bus);
}

function deskOf({ streams, clock }: StreamServices, session: Session): SessionStreams {
  return session.attached(SessionStreams) ??
    session.attach(new SessionStreams(streams, session, clock));
}

function idOf(text: string): StreamId {
  const stream = parseStreamId(text);
  if (stream === undefined) throw new ProtocolError("bad-message", "Cannot read stream id");
  return stream;
}
