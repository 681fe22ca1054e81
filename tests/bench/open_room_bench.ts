/**
 * What an open room costs as it grows: each account joins by its own commit, which who joined before it applies. Prints, at
 * some sizes, the bytes that the joiner uploads, and how long joining and applying take (docs/decisions/0098-open-rooms.md).
 *
 * Run: `deno run -A tests/bench/open_room_bench.ts [ACCOUNTS]`, 1,000 if not said: about ten minutes. It stops where a join
 * is larger than the server takes.
 */

import type { Bytes } from "../../lib/base/bytes.ts";
import { fingerprint } from "../../lib/base/ids.ts";
import { createGroup, describeGroup } from "../../lib/crypto/mls/create.ts";
import {
  createMembershipLog,
  openingOf,
  roomGroupId,
} from "../../lib/crypto/room/membership_log.ts";
import { MAX_OPEN_SIZE } from "../../lib/crypto/room/entry_layouts.ts";
import { foundingPolicy } from "../../lib/crypto/room/room_policy.ts";
import { MAX_COMMIT_BYTES } from "../../lib/protocol/hop/relay.ts";
import { Directory, person } from "../kit/devices.ts";
import { FAST, NOW_MS } from "../kit/groups.ts";
import {
  joinOf,
  membershipLogOf,
  newNonce,
  RoomMember,
  signEntry,
  tryComeIn,
  verified,
} from "../kit/rooms.ts";

const ACCOUNTS = Number(Deno.args[0] ?? MAX_OPEN_SIZE);
/** At these sizes a join is told. */
const TOLD = [10, 50, 100, 250, 500, 750, 1000];

const directory = new Directory();
const founder = await directory.device(await person("founder", 0), NOW_MS);
const nonce = newNonce();
const rule = { name: "lobby", topic: "", size: MAX_OPEN_SIZE, barred: [] };
const firstEntry = await signEntry(founder, openingOf(nonce, rule));
const entry = await verified(firstEntry, directory);
const groupId = roomGroupId(nonce, await fingerprint(firstEntry));
const membershipLog = membershipLogOf(await createMembershipLog(groupId, entry));
const state = await createGroup({
  groupId,
  device: founder.own,
  verifier: directory.verifier,
  policy: foundingPolicy(membershipLog),
  nowMs: NOW_MS,
  suite: FAST,
});
/** Whoever came in last. */
let member = new RoomMember(state, membershipLog, { device: founder, directory });
let groupInfo: Bytes = await describeGroup(state);
let uploadedBytes = 0;

console.log("accounts  commit B  GroupInfo KiB  join ms  apply ms  uploaded MiB");
for (let accounts = 2; accounts <= ACCOUNTS; accounts++) {
  // Four identities are at hand; whose key it is makes no difference to what is measured.
  const device = await directory.device(await person(`guest${accounts}`, accounts % 4), NOW_MS);
  const joining = await signEntry(device, joinOf(member.membershipLog, device.person));
  const startedMs = performance.now();
  const join = await tryComeIn(device, {
    groupInfo,
    membershipLog: member.membershipLog,
    directory,
    entry: joining,
  });
  const joinedMs = performance.now();
  if (join.kind !== "pending") throw new Error(JSON.stringify(join));
  groupInfo = join.groupInfo;
  const sizeBytes = join.commit.length + groupInfo.length + joining.length;
  uploadedBytes += sizeBytes;
  const isTooLarge = sizeBytes > MAX_COMMIT_BYTES;
  if (TOLD.includes(accounts) || isTooLarge) {
    await member.apply(join.commit);
    const appliedMs = performance.now();
    console.log([
      `${accounts}`.padStart(8),
      `${join.commit.length}`.padStart(9),
      (groupInfo.length / 1024).toFixed(0).padStart(14),
      (joinedMs - startedMs).toFixed(0).padStart(8),
      (appliedMs - joinedMs).toFixed(0).padStart(9),
      (uploadedBytes / 1024 / 1024).toFixed(0).padStart(13),
    ].join(" "));
  }
  if (isTooLarge) {
    console.log(`The server takes ${MAX_COMMIT_BYTES} bytes at once: this join has ${sizeBytes}`);
    break;
  }
  member = new RoomMember(join.next, join.membershipLog, { device, directory });
}
