/**
 * A server's data folder with many accounts of one device each, some in one room: written straight into the store, so that a
 * bench does not wait for a thousand sign-ups. What the generator signs in with stands in a file of its own.
 */

import { join } from "node:path";
import { skeleton } from "../../../lib/base/account_name.ts";
import { type Bytes, encodeHex, utf8 } from "../../../lib/base/bytes.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import {
  type Fingerprint,
  newConversationId,
  newDeviceId,
  newEnvelopeId,
} from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { makeDeviceCertificate } from "../../../lib/crypto/statements/device_certificate.ts";
import { type DeviceKeys, generateDeviceKeys } from "../../../lib/crypto/statements/device_keys.ts";
import { makeRosterEntry } from "../../../lib/crypto/statements/roster_entry.ts";
import { openServerKeys, type ServerKeys } from "../../../lib/server/keys/server_keys.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import { openLocalStore } from "../../../lib/server/store/sqlite/local_store.ts";
import type { Member } from "../../../lib/relay/message_log.ts";
import { person } from "../../kit/devices.ts";
import { NO_PASSWORD } from "../../kit/raw_account.ts";

/** Accounts that are made together, so that one sync of the disk serves them all. */
const AT_ONCE = 200;

/** Of the rooms. */
const FIRST_NUMBER = 100;

interface Signer extends Member {
  readonly certificateHash: Fingerprint;
  readonly keys: DeviceKeys;
}

/**
 * Makes the folder, with the first `members` of all accounts in one room, or in rooms of `circle` each. Returns the path of the
 * generator's file.
 */
export async function makeCrowd(
  dataFolder: string,
  { count, members, circle = 0, openStore = openLocalStore }: {
    count: number;
    members: number;
    circle?: number;
    /** Where accounts and messages are, when not in the folder. */
    openStore?: (path: string) => Store;
  },
): Promise<string> {
  await Deno.mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const store = openStore(join(dataFolder, "server.db"));
  try {
    const surroundings = { hasAccounts: false, clock: systemClock, random: systemRandom };
    const keys = await openServerKeys(dataFolder, surroundings);
    const signers: Signer[] = [];
    const rosterEntry = await anyRosterEntry(keys);
    while (signers.length < count) {
      const some = Math.min(AT_ONCE, count - signers.length);
      const names = Array.from({ length: some }, (_, i) => `crowd${signers.length + i}`);
      signers.push(
        ...await Promise.all(names.map((name) => addAccount(store, keys, { name, rosterEntry }))),
      );
    }
    const rooms = await makeRooms(
      store,
      signers.slice(0, members),
      circle === 0 ? members : circle,
    );
    const { serverId, present } = keys.authority.succession;
    const file = join(dataFolder, "..", "crowd");
    const lines = [
      `${serverId} ${present.fingerprint} ${circle}`,
      ...signers.map(({ account, device, certificateHash, keys }, i) => {
        // Who is in none says nothing.
        const { conversation, epoch } = rooms[Math.floor(i / (circle || members))] ?? rooms[0];
        const key = encodeHex(keys.statement.privateKey);
        return `${account} ${device} ${certificateHash} ${key} ${conversation} ${epoch}`;
      }),
    ];
    await Deno.writeTextFile(file, `${lines.join("\n")}\n`, { mode: 0o600 });
    return file;
  } finally {
    await store.close();
  }
}

/** One for all: signing takes long, and the store does not read them. */
async function anyRosterEntry({ authority }: ServerKeys): Promise<Bytes> {
  const { accountId, accountName, identity } = await person("crowd", 0);
  const { serverId } = authority.succession;
  return await makeRosterEntry(identity, { serverId, accountId, accountName, sequence: 1 });
}

async function addAccount(
  store: Store,
  keys: ServerKeys,
  { name, rosterEntry }: { name: string; rosterEntry: Bytes },
): Promise<Signer> {
  // All share one identity key: making one takes a second, and the server only checks what it signed.
  const { accountId, accountName, identity } = await person(name, 0);
  const { serverId } = keys.authority.succession;
  const deviceKeys = await generateDeviceKeys(systemRandom);
  const device = newDeviceId(systemRandom);
  const nowMs = systemClock.nowMs();
  const certificate = await makeDeviceCertificate(identity, {
    serverId,
    accountId,
    deviceId: device,
    mlsKey: deviceKeys.mls.publicKey,
    statementKey: deviceKeys.statement.publicKey,
    nowMs,
  });
  const created = await store.createAccount({
    account: accountId,
    name: accountName,
    skeleton: skeleton(name),
    identity: identity.key.fingerprint,
    rosterEntry,
    recoveryCopy: utf8("sealed copy"),
    passwordRecord: NO_PASSWORD,
    firstDevice: { device, certificate: certificate.bytes, certificateHash: certificate.hash },
    nowMs,
  });
  if (created !== "created") throw new Error(`${name}: ${created}`);
  await store.setSignedIn({ account: accountId, device, signedIn: true });
  return { account: accountId, device, certificateHash: certificate.hash, keys: deviceKeys };
}

async function makeRooms(store: Store, members: readonly Member[], size: number) {
  const rooms: Awaited<ReturnType<typeof makeRoom>>[] = [];
  const all = Array.from(
    { length: Math.ceil(members.length / size) },
    (_, i) => members.slice(i * size, (i + 1) * size),
  );
  for (let at = 0; at < all.length; at += AT_ONCE) {
    const some = all.slice(at, at + AT_ONCE);
    rooms.push(
      ...await Promise.all(some.map((one, i) => makeRoom(store, one, FIRST_NUMBER + at + i))),
    );
  }
  return rooms;
}

/** A room. The server cannot tell its sealed parts from any others. */
async function makeRoom(store: Store, members: readonly Member[], number: number) {
  const conversation = newConversationId(systemRandom);
  const sealed = { groupInfo: utf8("group info"), generation: 0, nowMs: systemClock.nowMs() };
  const [founder, ...others] = members;
  const made = await store.createRoom({
    ...sealed,
    conversation,
    account: founder.account,
    device: founder.device,
    numbers: [number],
    members: members.map(({ account }) => account),
    forceNew: false,
    replaces: undefined,
    entry: utf8("entry"),
  });
  if (made.result !== "created") throw new Error(JSON.stringify(made));
  let [epoch, version] = [0, 1];
  for (const { account, device } of others) {
    const joined = await store.commitToRoom({
      ...sealed,
      conversation,
      account,
      device,
      envelope: newEnvelopeId(systemRandom),
      number: 1,
      epoch,
      joins: true,
      removed: [],
      body: utf8("commit"),
      change: { version, entry: utf8("entry"), admits: account, expels: undefined },
    });
    if (joined.result !== "committed") throw new Error(JSON.stringify(joined));
    ({ epoch, version } = joined);
  }
  return { conversation, epoch };
}
