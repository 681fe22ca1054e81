/** Uploads: begin, read, release. Their bytes come and go as notices and pushes of the session's desk. */

import { parseAccountId } from "../../base/account_name.ts";
import type { Bytes } from "../../base/bytes.ts";
import { ProtocolError } from "../../base/errors.ts";
import { type AccountId, parseUploadId, type UploadId } from "../../base/ids.ts";
import type { NoticeFields, RequestFields } from "../../protocol/hop/mod.ts";
import { refuse } from "../refusal.ts";
import type { Parts } from "../parts.ts";
import type { Routes } from "../router.ts";
import type { Session } from "../session.ts";
import type { Audience } from "../upload_store.ts";
import { SpoolDesk } from "../spool/spool_desk.ts";
import { requireRate } from "./submitting.ts";

/** Rows of family `spool`. */
export const spoolRoutes = {
  "spool.open": {
    needs: "ready",
    async handle({ parts, session, state, fields }) {
      requireRate(parts.uploadOpenings.take(state.account), "Too many uploads at once");
      const { storedBytes, readers } = await deskOf(parts, session).open(fields.opening, {
        upload: idOf(fields.upload),
        sender: state.account,
        audience: audienceOf(fields),
        sizeBytes: fields.sizeBytes,
        again: fields.again,
        skipBytes: fields.skipBytes ?? 0,
      });
      const isHere = (reader: AccountId) =>
        parts.sessions.of(reader).some((one) => one.state.name === "ready");
      const present = readers.length > 0 && readers.every(isHere);
      return { fields: { storedBytes, present } };
    },
  },
  "spool.fetch": {
    needs: "ready",
    async handle({ parts, session, state, fields }) {
      requireRate(parts.downloadOpenings.take(state.account), "Too many downloads at once");
      const { upload, offset, untilBytes } = fields;
      const found = await deskOf(parts, session).fetch({
        upload: idOf(upload),
        reader: state.account,
        offset,
        untilBytes,
      });
      return { fields: found };
    },
  },
  "spool.release": {
    needs: "ready",
    async handle({ parts, session, state, fields }) {
      const reader = fields.account === undefined ? undefined : readerOf(fields.account);
      await deskOf(parts, session).release(idOf(fields.upload), state.account, reader);
      return { fields: {} };
    },
  },
} satisfies Partial<Routes>;

/** A chunk of an upload that this session has opened. */
export function takeChunk(
  session: Session,
  { upload, ...place }: NoticeFields<"spool.chunk">,
  payload: Bytes,
): Promise<void> | void {
  return session.spoolDesk?.chunk({ upload: idOf(upload), ...place }, payload);
}

/** More may be sent of what this session reads. */
export function takeCredit(
  session: Session,
  { upload, untilBytes }: NoticeFields<"spool.credit">,
): void {
  session.spoolDesk?.credit(idOf(upload), untilBytes);
}

/** This session reads it no more, for now. */
export function stopReading(
  session: Session,
  { upload }: NoticeFields<"spool.stop">,
): Promise<void> | void {
  return session.spoolDesk?.stop(idOf(upload));
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
  if (reader === undefined) throw refuse("unknown-account", "There is no such account");
  return reader;
}

function deskOf({ spool }: Parts, session: Session): SpoolDesk {
  session.spoolDesk ??= new SpoolDesk(spool, session);
  return session.spoolDesk;
}

function idOf(text: string): UploadId {
  const upload = parseUploadId(text);
  if (upload === undefined) throw new ProtocolError("bad-message", "Cannot read upload id");
  return upload;
}
