/** Live streams: begin, watch, leave. Their parts come and go as notices and pushes of the session's desk. */

import type { Bytes } from "../../base/bytes.ts";
import { ProtocolError } from "../../base/errors.ts";
import { type AccountId, parseStreamId, type StreamId } from "../../base/ids.ts";
import type { NoticeFields } from "../../protocol/hop/mod.ts";
import type { Parts } from "../parts.ts";
import { refuse } from "../refusal.ts";
import type { Routes } from "../router.ts";
import type { Session } from "../session.ts";
import type { LiveStream } from "../streams/live_stream.ts";
import { StreamDesk } from "../streams/stream_desk.ts";
import { conversationId, requireRate } from "./submitting.ts";

const TOO_MANY = "Too many streams were begun lately";

/** Rows of family `stream`. */
export const streamRoutes = {
  "stream.open": {
    needs: "ready",
    async handle({ parts, session, state: { account }, fields }) {
      requireRate(parts.streamOpenings.take(account), TOO_MANY);
      const conversation = conversationId(fields.conversation);
      const isMember = await parts.store.findGroup({ conversation, account }) !== undefined;
      if (!isMember) throw refuse("not-member", "You are not in this conversation");
      deskOf(parts, session).open({
        stream: idOf(fields.stream),
        conversation,
        account,
        clock: parts.clock,
        bytes: parts.streamBytes,
      });
      return { fields: {} };
    },
  },
  "stream.join": {
    needs: "ready",
    async handle({ parts, session, state: { account }, fields }) {
      requireRate(parts.streamOpenings.take(account), TOO_MANY);
      const stream = idOf(fields.stream);
      const live = await findFor(parts, account, stream);
      const desk = deskOf(parts, session);
      await desk.join(live, account);
      // Who was removed meanwhile is seen here; whoever is from now on is found among the watchers.
      await findFor(parts, account, stream).catch(async (error) => {
        await desk.leave(stream);
        throw error;
      });
      return { fields: {} };
    },
  },
  "stream.leave": {
    needs: "ready",
    async handle({ session, fields }) {
      const left = await session.streamDesk?.leave(idOf(fields.stream)) ?? false;
      if (!left) throw refuse("unknown-stream", "This stream has ended");
      return { fields: {} };
    },
  },
} satisfies Partial<Routes>;

/** The next part of a unit of a stream that this session sends. */
export function takePart(
  session: Session,
  fields: NoticeFields<"stream.part">,
  payload: Bytes,
): void {
  session.streamDesk?.part(idOf(fields.stream), fields, payload);
}

/** So much of a stream has reached this session. */
export function takeTaken(
  session: Session,
  { stream, bytes }: NoticeFields<"stream.taken">,
): void {
  session.streamDesk?.taken(idOf(stream), bytes);
}

/** What this session says to the sender of what it watches. */
export function takeWord(
  session: Session,
  { stream }: NoticeFields<"stream.word">,
  payload: Bytes,
): void {
  session.streamDesk?.word(idOf(stream), payload);
}

/** Others than members learn nothing of a stream, not even that it runs. Throws Refusal `unknown-stream`. */
async function findFor(parts: Parts, account: AccountId, stream: StreamId): Promise<LiveStream> {
  const { store, streams } = parts;
  const live = streams.find(stream);
  const group = live &&
    await store.findGroup({ conversation: live.options.conversation, account });
  // It may have ended meanwhile.
  if (live !== undefined && group !== undefined && streams.find(stream) === live) return live;
  throw refuse("unknown-stream", "This stream has ended");
}

function deskOf({ streams }: Parts, session: Session): StreamDesk {
  session.streamDesk ??= new StreamDesk(streams, session);
  return session.streamDesk;
}

function idOf(text: string): StreamId {
  const stream = parseStreamId(text);
  if (stream === undefined) throw new ProtocolError("bad-message", "Cannot read stream id");
  return stream;
}
