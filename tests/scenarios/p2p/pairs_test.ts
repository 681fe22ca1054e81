/** Which pairs stay open: databases are descriptors, and strangers have as many names as they like. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import type { AccountId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import type { KnownPeer } from "../../../lib/client/p2p/address_book.ts";
import { NodeFolder } from "../../../lib/client/p2p/node_folder.ts";
import { openNodeParts } from "../../../lib/client/p2p/node_parts.ts";
import { NODE_LIMITS } from "../../../lib/client/p2p/node_ports.ts";
import type { Pair } from "../../../lib/client/p2p/pair.ts";
import { IDLE_PAIRS_MAX, PAIR_DESCRIPTORS, Pairs } from "../../../lib/client/p2p/pairs.ts";
import { memoryLink } from "../../../lib/net/streams/memory.ts";
import { RELAY_DESCRIPTORS } from "../../../lib/net/listening/tls_relay.ts";
import { readyIdentity } from "../../kit/profiles.ts";
import { certificateOf, ownPeer } from "../../unit/client/p2p/peers_kit.ts";

/** Oscar's pairs, in a folder that goes with them. */
async function openPairs() {
  const path = await Deno.makeTempDir({ dir: "tests/tmp" });
  const folder = await NodeFolder.open(`${path}/node`, "kept", systemRandom);
  const parts = await openNodeParts(folder, "Oscar", {
    clock: systemClock,
    random: systemRandom,
    makeIdentity: () => readyIdentity(0),
    onEvent: () => {},
  });
  const pairs = new Pairs(parts);
  const stranger = await ownPeer("stranger", 1);
  /** Somebody made up; only who keeps the order differs. */
  const peer = async (name: string): Promise<KnownPeer> => ({
    account: name as AccountId,
    name: name as KnownPeer["name"],
    identity: await certificateOf(`identity of ${name}`),
    device: stranger.device,
    rosterEntry: stranger.rosterEntry,
    certificate: stranger.certificate,
    key: new Uint8Array(32).fill(7),
    folder: name,
    tlsFingerprint: stranger.identity.key.fingerprint,
    authorityPem: "",
    isByInvite: false,
    addresses: [],
  });
  return {
    path,
    pairs,
    peer,
    async [Symbol.asyncDispose]() {
      await pairs.closeAll();
      folder.close();
      await Deno.remove(path, { recursive: true });
    },
  };
}

function isOpen({ messenger }: Pair): boolean {
  try {
    messenger.profile.database.query("SELECT 1 AS one", (row) => row.integer("one")).first();
    return true;
  } catch {
    return false;
  }
}

/** Databases of a folder that this process has open now. */
function descriptors(folder: string): number {
  return [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`).includes(`/${folder}/node/`);
    } catch {
      return false;
    }
  }).length;
}

Deno.test("pairs of people who came and went are closed but for the last sixteen that were asked for, and open again", async () => {
  await using opened = await openPairs();
  const { pairs, peer } = opened;
  const first = await pairs.open(await peer("first"));
  const second = await pairs.open(await peer("second"));
  const others: Pair[] = [];
  for (let i = 2; i < IDLE_PAIRS_MAX; i++) others.push(await pairs.open(await peer(`name${i}`)));
  deepEqual([first, second, ...others].filter((pair) => !isOpen(pair)), []);
  equal(await pairs.open(first.peer as KnownPeer), first);
  others.push(await pairs.open(await peer("one more")));
  // Waits for the end of what goes on already.
  await pairs.close("second" as AccountId);
  deepEqual([first, second, ...others].map(isOpen), [true, false, ...others.map(() => true)]);
  const again = await pairs.open(await peer("second"));
  ok(again !== second && isOpen(again));
  if (Deno.build.os !== "linux") return;
  const open = descriptors(opened.path);
  ok(open > IDLE_PAIRS_MAX && open <= (IDLE_PAIRS_MAX + 1) * PAIR_DESCRIPTORS, `${open}`);
});

Deno.test("a pair whose other one is connected stays open, however many come and go, until they leave", async () => {
  await using opened = await openPairs();
  const { pairs, peer } = opened;
  const julia = await pairs.open(await peer("julia"));
  const { near, far } = memoryLink();
  const joined = julia.join(near, {
    address: "",
    transport: "tls",
    begins: false,
    version: 1,
  });
  for (let i = 0; i <= IDLE_PAIRS_MAX; i++) await pairs.open(await peer(`name${i}`));
  ok(isOpen(julia));
  far.close();
  await joined;
  pairs.closeIdle();
  ok(await pairs.open(julia.peer as KnownPeer) !== julia);
  ok(!isOpen(julia));
});

Deno.test("a pair that something works with stays open until that is done", async () => {
  await using opened = await openPairs();
  const { pairs, peer } = opened;
  const julia = await pairs.open(await peer("julia"));
  await julia.using(async () => {
    for (let i = 0; i <= IDLE_PAIRS_MAX; i++) await pairs.open(await peer(`name${i}`));
    ok(isOpen(julia));
  });
  pairs.closeIdle();
  ok(await pairs.open(julia.peer as KnownPeer) !== julia);
  ok(!isOpen(julia));
});

Deno.test("a pair in which something was said stays open, so that it can be asked what has become of it", async () => {
  await using opened = await openPairs();
  const { pairs, peer } = opened;
  const julia = await pairs.open(await peer("julia"));
  await julia.write(julia.peer.account, "Hola");
  for (let i = 0; i <= IDLE_PAIRS_MAX; i++) await pairs.open(await peer(`name${i}`));
  ok(isOpen(julia));
});

Deno.test("as many as may connect to a person, each with a pair, find descriptors among 1,024", () => {
  const each = RELAY_DESCRIPTORS + PAIR_DESCRIPTORS;
  const most = NODE_LIMITS.connections * each + IDLE_PAIRS_MAX * PAIR_DESCRIPTORS;
  ok(most <= 900, `${most}`);
  ok(NODE_LIMITS.connections > NODE_LIMITS.unauthenticated);
});
