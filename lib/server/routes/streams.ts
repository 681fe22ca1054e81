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
import { conversationId } from "../../relay/submitted.ts";
import type { Clock } from "../../base/clock.ts";
import type { Counters } from "../counters/counters.ts";
import type { MessageLog } from "../../relay/message_log.ts";
import type { RateGuard } from "../counters/rate_guard.ts";

/** What these handlers touch. */
export interface StreamServices {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly store: MessageLog;
  readonly streamBytes: RateGuard;
  readonly streams: StreamRelay;
}

/** Rows of family `stream`. */
export const streamRoutes = {
  "stream.open": ready("send", async ({ services, session, state: { account }, fields }) => {
    const conversation = conversationId(fields.conversation);
    const isMember = await services.store.findGroup({ conversation, account }) !== undefined;
    if (!isMember) throw refuse("not-member", "You are not in this conversation");
    const stream = idOf(fields.stream);
    deskOf(services, session).open({ stream, conversation, account }, services.streamBytes);
    return { fields: {} };
  }, { rate: "streamOpenings" }),
  "stream.join": ready("receive", async ({ services, session, state: { account }, fields }) => {
    const stream = idOf(fields.stream);
    await requireMember(services, account, stream);
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

/** Others than members learn nothing of a stream, not even that it runs. Throws Refusal `unknown-stream`. */
async function requireMember(
  { store, streams }: StreamServices,
  account: AccountId,
  stream: StreamId,
): Promise<void> {
  const live = streams.find(stream);
  if (live === undefined) throw unknownStream();
  const conversation = conversationId(live.options.conversation);
  const group = await store.findGroup({ conversation, account });
  // It may have ended meanwhile.
  if (group === undefined || streams.find(stream) !== live) throw unknownStream();
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
