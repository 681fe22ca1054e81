/** Opens one delivered envelope by the rules of its group: a direct one's two identities, or a room's charter. */

import { authenticatedDataOf } from "../../crypto/mls/authenticated_data.ts";
import type { GroupPolicy } from "../../crypto/mls/group_policy.ts";
import type { GroupState } from "../../crypto/mls/group_state.ts";
import { type Opened, openMessage } from "../../crypto/mls/open.ts";
import type { Charter } from "../../crypto/room/charter.ts";
import { type CharterChange, readCommitData } from "../../crypto/room/commit_data.ts";
import { roomPolicy } from "../../crypto/room/room_policy.ts";
import type { Link } from "../link.ts";
import { policyOf } from "./groups.ts";
import type { Messenger } from "./messenger.ts";
import type { Delivered } from "./parked.ts";

/** What an envelope turned out to be. */
export interface OpenedEnvelope {
  readonly opened: Opened;
  /** What a room's commit does to its charter, if it is applied. */
  readonly change?: CharterChange;
}

/** Where a group is. */
export interface GroupPlace {
  readonly state: GroupState;
  /** Of a room. */
  readonly charter: Charter | undefined;
}

const NO_COMMIT: GroupPolicy = { allows: () => false };

/** Opens it, fetching certificates that are missing. Rejects as `Link.ask` does. */
export async function openDelivered(
  messenger: Messenger,
  link: Link,
  place: GroupPlace,
  delivered: Delivered,
): Promise<OpenedEnvelope> {
  const first = await tryOpen(messenger, place, delivered);
  if (first.opened.kind !== "missing-certificates") return first;
  await messenger.directory.fetch(link, first.opened.hashes);
  return await tryOpen(messenger, place, delivered);
}

async function tryOpen(
  { verifier }: Messenger,
  { state, charter }: GroupPlace,
  { body, fields: { atMs } }: Delivered,
): Promise<OpenedEnvelope> {
  const open = (policy: GroupPolicy) => openMessage(state, body, { verifier, policy });
  if (charter === undefined) return { opened: await open(policyOf(state)) };
  const data = authenticatedDataOf(body);
  const read = data && await readCommitData(data, charter, { verifier, atMs });
  if (read?.kind === "missing-certificates") return { opened: read };
  if (read?.kind === "change") {
    return { opened: await open(roomPolicy(read.change)), change: read.change };
  }
  // A commit of another epoch has another head: of which epoch it is, is said by `openMessage`.
  return { opened: await open(NO_COMMIT) };
}
