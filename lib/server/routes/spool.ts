/** Uploads: begin, read, release. Their bytes come and go as notices and pushes of the session's desk. */

import { parseAccountId } from "../../base/account_name.ts";
import type { Bytes } from "../../base/bytes.ts";
import { ProtocolError } from "../../base/errors.ts";
import { type AccountId, parseUploadId, type UploadId } from "../../base/ids.ts";
import type { NoticeFields, RequestFields } from "../../protocol/hop/mod.ts";
import { refuse } from "../../protocol/failure.ts";
import { ready, type Routes } from "../serving/router.ts";
import type { Session } from "../sessions/session.ts";
import type { Audience } from "../store/upload_store.ts";
import { SessionTransfers } from "../spool/session_transfers.ts";
import type { Counters } from "../counters/counters.ts";
import type { Presence } from "../presence/presence.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Spool } from "../spool/spool.ts";

/** What these handlers touch. */
export interface SpoolServices {
  readonly counters: Counters;
  readonly presence: Pick<Presence, "isOnline">;
  readonly sessions: Sessions;
  readonly spool: Spool;
}

/** Rows of family `spool`. */
export const spoolRoutes = {
  "spool.open": ready("files", async ({ services, session, state, fields }) => {
    const { storedBytes, readers } = await deskOf(services, session).open(fields.opening, {
      upload: idOf(fields.upload),
      sender: state.account,
      audience: audienceOf(fields),
      sizeBytes: fields.sizeBytes,
      again: fields.again,
      skipBytes: fields.skipBytes ?? 0,
    });
    // Of other nodes it knows who is online.
    const isHere = (reader: AccountId) =>
      services.sessions.of(reader).some((one) => one.state.name === "ready") ||
      services.presence.isOnline(reader);
    const present = readers.length > 0 && readers.every(isHere);
    return { fields: { storedBytes, present } };
  }, { rate: "uploadOpenings" }),
  "spool.fetch": ready("files", async ({ services, session, state, fields }) => {
    const { upload, offset, untilBytes } = fields;
    const found = await deskOf(services, session).fetch({
      upload: idOf(upload),
      reader: state.account,
      offset,
      untilBytes,
    });
    return { fields: found };
  }, { rate: "downloadOpenings" }),
  "spool.release": ready("files", async ({ services, session, state, fields }) => {
    const reader = fields.account === undefined ? undefined : readerOf(fields.account);
    await deskOf(services, session).release(idOf(fields.upload), state.account, reader);
    return { fields: {} };
  }),
} satisfies Partial<Routes<SpoolServices>>;

/** A chunk of an upload that this session has opened. */
export function takeChunk(
  session: Session,
  { upload, ...place }: NoticeFields<"spool.chunk">,
  payload: Bytes,
): Promise<void> | void {
  return session.attached(SessionTransfers)?.chunk({ upload: idOf(upload), ...place }, payload);
}

/** More may be sent of what this session reads. */
export function takeCredit(
  session: Session,
  { upload, untilBytes }: NoticeFields<"spool.credit">,
): void {
  session.attached(SessionTransfers)?.credit(idOf(upload), untilBytes);
}

/** This session reads it no more, for now. */
export function stopReading(
  session: Session,
  { upload }: NoticeFields<"spool.stop">,
): Promise<void> | void {
  return session.attached(SessionTransfers)?.stop(idOf(upload));
}

function audienceOf(
  { account, room }: Pick<RequestFields<"spool.open">, "account" | "room">,
): Audience {
  if (account !== undefined && room === undefined) return { account: readerOf(account) };
  if (account === undefined && room !== undefined) return { room };
  throw new ProtocolError("bad-message", "Cannot open upload: it is for an account or for a room");
}

function readerOf(text: string): AccountId {
  const reader = parseAccountId(text);
  if (reader === undefined) throw refuse("unknown-account", "No such account");
  return reader;
}

function deskOf({ spool }: SpoolServices, session: Session): SessionTransfers {
  return session.attached(SessionTransfers) ?? session.attach(new SessionTransfers(spool, session));
}

function idOf(text: string): UploadId {
  const upload = parseUploadId(text);
  if (upload === undefined) throw new ProtocolError("bad-message", "Cannot read upload id");
  return upload;
}
