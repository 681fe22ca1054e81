/** Who was invited to a room and has not come in, by the signed invitations that the server keeps. */

import { CryptoError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import { applyEntry, type MembershipLog } from "../../crypto/room/membership_log.ts";
import { splitSections } from "../../protocol/sections.ts";
import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";
import { readEntry } from "../groups/membership_logs.ts";

/** Somebody who was invited. */
export interface Guest {
  readonly account: AccountId;
  readonly invitedBy: AccountId;
  readonly expiresMs: number;
  /** By the server's word. */
  readonly declined: boolean;
}

/** 10,000 guests, more than any room has: a server that goes on has made them up. */
const MAX_PAGES = 100;

/**
 * Those whose invitation is signed by somebody who may invite them under this membership log; the server cannot add one. Throws as
 * `Link.ask`.
 */
export async function fetchGuests(
  messenger: Messenger,
  link: Link,
  membershipLog: MembershipLog,
): Promise<readonly Guest[]> {
  const guests: Guest[] = [];
  const conversation = membershipLog.groupId;
  let after: string | undefined;
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { fields, payload } = await link.ask(
      "room.guests",
      after === undefined ? { conversation } : { conversation, after },
    );
    const entries = splitSections(payload, fields.sizes, fields.guests.length);
    for (const [i, { expiresMs, declined }] of fields.guests.entries()) {
      const invited = await readInvitation(messenger, link, {
        membershipLog,
        bytes: entries[i].slice(),
      });
      if (invited !== undefined) guests.push({ ...invited, expiresMs, declined });
    }
    after = fields.guests.at(-1)?.account;
    if (!fields.more || after === undefined) break;
  }
  return guests;
}

async function readInvitation(
  messenger: Messenger,
  link: Link,
  { membershipLog, bytes }: { membershipLog: MembershipLog; bytes: Uint8Array<ArrayBuffer> },
): Promise<Pick<Guest, "account" | "invitedBy"> | undefined> {
  try {
    const entry = await readEntry(messenger, link, bytes);
    const { facts, signer } = entry;
    if (facts.type !== "admission" || !(await applyEntry(membershipLog, entry)).ok) {
      return undefined;
    }
    return { account: facts.account, invitedBy: signer.account };
  } catch (error) {
    if (error instanceof CryptoError) return undefined;
    throw error;
  }
}
