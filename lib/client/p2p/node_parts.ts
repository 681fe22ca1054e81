/** What somebody without a server is made of. */

import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import { AddressBook, type KnownPeer } from "./address_book.ts";
import type { NodeFolder } from "./node_folder.ts";
import { type DialPeer, dialPeer } from "./peer_dialling.ts";
import { type Bytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import { StorageError, UsageError } from "../../base/errors.ts";
import { parseAccountName } from "../../base/account_name.ts";
import { type AccountName, type DeviceId, type Fingerprint, fingerprint } from "../../base/ids.ts";
import { Authority } from "../../crypto/certificates/authority.ts";
import { decodeDeviceKeys, encodeDeviceKeys } from "../../crypto/statements/device_keys.ts";
import { importIdentity } from "../../crypto/keys/identity.ts";
import type { TlsIdentity } from "../../net/listening/acceptor.ts";
import type { NodeStore } from "./node_store.ts";
import { makeOwnPeer, type MakePeerIdentity, type OwnPeer } from "./peer_identity.ts";
import type { MessagingEvent } from "../store/messenger.ts";

/** Opened once, used by everything. */
export interface NodeParts {
  readonly folder: NodeFolder;
  readonly book: AddressBook;
  readonly me: OwnNode;
  readonly clock: Clock;
  readonly random: Random;
  readonly dial: DialPeer;
  /** Must not throw. */
  readonly onEvent: (event: NodeEvent) => void;
}

/** Reads or makes the own identity in a folder. Throws UsageError, StorageError; the folder stays the caller's. */
export async function openNodeParts(
  folder: NodeFolder,
  name: string,
  options: Pick<NodeParts, "clock" | "random" | "onEvent"> & {
    dial?: DialPeer;
    makeIdentity?: OwnNodeOptions["makeIdentity"];
  },
): Promise<NodeParts> {
  const { clock, random, onEvent, dial = dialPeer, makeIdentity } = options;
  const making = { random, nowMs: clock.nowMs(), ...(makeIdentity && { makeIdentity }) };
  const me = await openOwnNode(folder.store, name, making);
  const book = await AddressBook.open(folder.store, random);
  return { folder, book, me, clock, random, dial, onEvent };
}

// The own identity and certificates of somebody without a server, made once and kept in their folder.

/** Who one is, and what one shows in TLS. */
export interface OwnNode {
  readonly own: OwnPeer;
  readonly tls: TlsIdentity;
  /** Of the CA: what an invite pins. */
  readonly tlsFingerprint: Fingerprint;
}

/** How a new one is made. */
export interface OwnNodeOptions {
  readonly random: Random;
  readonly nowMs: number;
  readonly makeIdentity?: MakePeerIdentity;
}

/**
 * The identity in the store, or a new one of this name. Throws UsageError `bad-name`, and `other-name` when the folder is of
 * somebody else.
 */
async function openOwnNode(
  store: NodeStore,
  name: string,
  options: OwnNodeOptions,
): Promise<OwnNode> {
  const parsed = parseAccountName(name);
  if (!parsed.ok) throw new UsageError("bad-name", parsed.message);
  const found = await readOwnPeer(store);
  if (found !== undefined && found.account !== parsed.id) {
    throw new UsageError("other-name", `This database is of ${found.name}: choose another one`);
  }
  const own = found ?? await createOwnPeer(store, parsed, options);
  return { own, ...await openTls(store, options) };
}

async function createOwnPeer(
  store: NodeStore,
  parsed: Parameters<typeof makeOwnPeer>[0],
  options: OwnNodeOptions,
): Promise<OwnPeer> {
  const { own, identityPkcs8 } = await makeOwnPeer(parsed, options);
  await store.putSecrets({
    facts: utf8(JSON.stringify({ name: own.name, device: own.device })),
    identity: identityPkcs8,
    device: encodeDeviceKeys(own.deviceKeys),
    certificate: own.certificate,
    roster: own.rosterEntry,
  });
  return own;
}

async function readOwnPeer(store: NodeStore): Promise<OwnPeer | undefined> {
  const facts = await store.secret("facts");
  if (facts === undefined) return undefined;
  const part = async (name: string): Promise<Bytes> => {
    const bytes = await store.secret(name);
    if (bytes === undefined) throw damaged();
    return bytes;
  };
  // Written by `createOwnPeer` and authenticated by the vault.
  const { name, device }: { name: AccountName; device: DeviceId } = JSON.parse(
    decodeUtf8(facts) ?? "{}",
  );
  const identity = await importIdentity(await part("identity"));
  const keys = await decodeDeviceKeys(await part("device"));
  const parsed = parseAccountName(name);
  if (identity === undefined || !keys.ok || !parsed.ok) throw damaged();
  const certificate = await part("certificate");
  const certificateHash = await fingerprint(certificate);
  const rosterEntry = await part("roster");
  const shown = { certificate, certificateHash, rosterEntry };
  return { account: parsed.id, name, identity, device, deviceKeys: keys.keys, ...shown };
}

/** The own CA, and a leaf under it that lives for this process only. */
async function openTls(
  store: NodeStore,
  options: OwnNodeOptions,
): Promise<Pick<OwnNode, "tls" | "tlsFingerprint">> {
  const [certificate, privateKey] = [await store.secret("ca"), await store.secret("ca.key")];
  let authority: Authority;
  if (certificate === undefined || privateKey === undefined) {
    const made = await Authority.create(options);
    authority = made.authority;
    await store.putSecrets({
      "ca": utf8(made.files.certificate),
      "ca.key": utf8(made.files.privateKey),
    });
  } else {
    authority = await Authority.open({
      certificate: decodeUtf8(certificate) ?? "",
      privateKey: decodeUtf8(privateKey) ?? "",
    });
  }
  const leaf = await authority.issueLeaf(options);
  return {
    tls: { certificateChainPem: leaf.chain, privateKeyPem: leaf.privateKey },
    tlsFingerprint: authority.certificate.fingerprint,
  };
}

function damaged(): StorageError {
  return new StorageError("damaged", "Cannot read your identity: a part is missing or damaged");
}

// What happens to somebody without a server, told to faces as it happens.

/** What a node tells its face. */
export type NodeEvent =
  /** Both have proved who they are. `isNew`: for the first time. */
  | { readonly type: "connected"; readonly peer: KnownPeer; readonly isNew: boolean }
  | { readonly type: "disconnected"; readonly peer: KnownPeer }
  /** Something of what is said with one of them. */
  | { readonly type: "pair"; readonly peer: KnownPeer; readonly event: MessagingEvent }
  /** Something was written of what is kept of one of them, such as the state of a transfer. */
  | { readonly type: "written"; readonly peer: KnownPeer }
  /** Somebody came in under the name of another, or the like: they were sent away. */
  | { readonly type: "impostor"; readonly name: AccountName | undefined; readonly warning: string };
