/** Opens one delivered envelope by the rules of its group: a direct one's two identities, or a room's membership log. */

import type { Peer } from "../../base/ids.ts";
import { authenticatedDataOf } from "../../crypto/mls/message_head.ts";
import type { GroupPolicy } from "../../crypto/mls/group_policy.ts";
import type { GroupMember, GroupState } from "../../crypto/mls/group_state.ts";
import { type Opened, openMessage } from "../../crypto/mls/open.ts";
import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import { type MembershipLogChange, readCommitData } from "../../crypto/room/commit_data.ts";
import { roomPolicy } from "../../crypto/room/room_policy.ts";
import type { Link } from "../link/link.ts";
import { policyOf } from "../store/groups.ts";
import { isWorthOpening } from "./admission.ts";
import type { Messenger } from "../store/messenger.ts";
import type { Delivered } from "../store/deferred.ts";

/** What an envelope turned out to be. */
export interface OpenedEnvelope {
  readonly opened: Opened;
  /** What a room's commit does to its membership log, if it is applied. */
  readonly change?: MembershipLogChange;
}

/** Where a group is. */
export interface GroupPlace {
  /** Whose conversation. */
  readonly peer: Peer;
  readonly state: GroupState;
  /** Of a room. */
  readonly membershipLog: MembershipLog | undefined;
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
  messenger: Messenger,
  { peer, state, membershipLog }: GroupPlace,
  { body, fields: { atMs, type, account, device } }: Delivered,
): Promise<OpenedEnvelope> {
  const { directory: { verifier }, groups: { forward } } = messenger;
  const gate = {
    isClaimed: ({ accountId, deviceId }: GroupMember) =>
      accountId === account && deviceId === device,
    isHeard: ({ accountId: from }: GroupMember) => isWorthOpening(messenger, { peer, from }),
    mayForward: ({ accountId }: GroupMember, steps: number) => forward.take(accountId, steps),
  };
  const expected = type === "commit" ? "commit" : "message";
  const open = (policy: GroupPolicy) =>
    openMessage(state, body, { verifier, policy, gate, type: expected });
  if (membershipLog === undefined) return { opened: await open(policyOf(state)) };
  const data = authenticatedDataOf(body);
  const read = data && await readCommitData(data, membershipLog, { verifier, atMs });
  if (read?.kind === "missing-certificates") return { opened: read };
  if (read?.kind === "change") {
    return { opened: await open(roomPolicy(read.change)), change: read.change };
  }
  // A commit of another epoch has another head: of which epoch it is, is said by `openMessage`.
  return { opened: await open(NO_COMMIT) };
}
