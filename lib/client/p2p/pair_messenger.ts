/** The stores of what is said with one person, as every other client has them, and who that person is. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { TrustError } from "../../base/errors.ts";
import type { AccountId, AccountName, DeviceId, Fingerprint } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import { importRootKey } from "../../crypto/keys/kdf.ts";
import { NO_SERVER } from "../../crypto/statements/peer_proof.ts";
import { Database } from "../../storage/database.ts";
import { makeMessenger, type MessagingEvent, type Messenger } from "../store/messenger.ts";
import { MIGRATIONS } from "../profile/schema.ts";
import { Vault } from "../profile/vault.ts";
import { ProfileWrites } from "../profile/writes.ts";
import { FEATURES } from "../sync/families.ts";
import type { OwnPeer } from "./peer_identity.ts";

/** Somebody who has proved who they are at least once. */
export interface PairPeer {
  readonly account: AccountId;
  readonly name: AccountName;
  readonly identity: Fingerprint;
  readonly device: DeviceId;
  readonly rosterEntry: Bytes;
  readonly certificate: Bytes;
}

/** What a pair is opened with. */
export interface PairOptions {
  readonly own: OwnPeer;
  readonly peer: PairPeer;
  /** Of this pair alone. */
  readonly key: Bytes;
  readonly clock: Clock;
  readonly random: Random;
  readonly onEvent: (event: MessagingEvent) => void;
  /** Called after each write of what is kept of this pair. */
  readonly onWritten: () => void;
}

/** Opens or makes `pair.db` in the folder. Whoever opened it closes its database. Throws StorageError. */
export async function openMessenger(folder: string, options: PairOptions): Promise<Messenger> {
  const { own, key, clock, random, onEvent } = options;
  const vault = await Vault.open(await importRootKey(key), random);
  const database = Database.open(`${folder}/pair.db`, { migrations: MIGRATIONS });
  try {
    // One process has the folder: a lease that is left is of one that was killed.
    database.command("DELETE FROM lease").run();
    const { account, name, identity, device, deviceKeys, certificate, certificateHash } = own;
    const profile = {
      database,
      writes: new ProfileWrites(database, clock, { isShared: false }),
      vault,
      clock,
      random,
      own: {
        account,
        name,
        identity,
        device,
        deviceKeys,
        certificate,
        certificateHash,
        serverId: NO_SERVER,
        serverAddress: "",
        opaqueKey: "",
      },
    };
    const messenger = makeMessenger(profile, FEATURES, onEvent);
    await know(messenger, options);
    return messenger;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Pins the one who has proved who they are, before anything that the other side's directory says (SR-06). */
async function know(messenger: Messenger, { own, peer }: PairOptions): Promise<void> {
  const { contacts, directory } = messenger;
  await directory.keep(own.certificate);
  await directory.keep(peer.certificate);
  const { contactStatuses } = contacts;
  if (contactStatuses.of(peer.account) === undefined) contactStatuses.set(peer.account, "known");
  const known = await contacts.find(peer.account);
  if (known === undefined) {
    const { account, name, identity: pinned } = peer;
    const unverified = { trust: "unverified", changedTo: undefined, sequence: 1 } as const;
    (await contacts.prepare({ account, name, pinned, ...unverified }, undefined))();
  } else if (known.pinned !== peer.identity) {
    throw new TrustError("identity-changed", `${known.name} has another identity than before`);
  }
}
