/** Whom somebody without a server knows: by which key, under which name, and where they were found. */

import { type Bytes, decodeBase64, encodeBase64 } from "../../base/bytes.ts";
import { Refusal, StorageError, TrustError } from "../../base/errors.ts";
import {
  type AccountId,
  type AccountName,
  type DeviceId,
  type Fingerprint,
  fingerprint,
} from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import { formatPem, parsePem } from "../../crypto/certificates/der.ts";
import { formatHostPort, type HostPort, parseHostPort } from "../../net/addresses/address.ts";
import type { MetPeer } from "./handshake.ts";
import type { NodeStore } from "./node_store.ts";
import type { PairPeer } from "./pair_messenger.ts";
import type { PeerAuthority } from "./peer_dialling.ts";
import type { ShownPeer } from "./peer_identity.ts";

/** One of them. */
export interface KnownPeer extends PairPeer {
  /** Of the certificate that they show. */
  readonly tlsFingerprint: Fingerprint;
  /** That certificate, as PEM, once they were dialled. */
  readonly authorityPem: string | undefined;
  /** Their own invite named the certificate that they showed: nobody was in between (SR-78). */
  readonly isByInvite: boolean;
  /** Where they were, the last place first. */
  readonly addresses: readonly HostPort[];
  /** Of what was said with them. */
  readonly key: Bytes;
  /** Their folder's name. */
  readonly folder: string;
}

/** How somebody was met. */
export interface Meeting {
  /** Where they can be found. */
  readonly address: HostPort | undefined;
  readonly isByInvite: boolean;
  /** What they showed, when they were dialled. */
  readonly channel?: PeerAuthority;
}

interface Stored {
  readonly account: AccountId;
  readonly name: AccountName;
  readonly identity: Fingerprint;
  readonly device: DeviceId;
  readonly rosterEntry: string;
  readonly certificate: string;
  readonly tlsFingerprint: Fingerprint;
  /** DER in base64. */
  readonly authority?: string;
  readonly isByInvite?: boolean;
  readonly addresses: readonly string[];
  readonly key: string;
}

/** A database for each: strangers must not fill the disk. */
export const PEERS_MAX = 256;
const ADDRESSES_MAX = 4;
const KEY_BYTES = 32;

/** Everybody, in memory, and in the store. */
export class AddressBook {
  readonly #store: NodeStore;
  readonly #random: Random;
  readonly #peers = new Map<AccountId, KnownPeer>();

  private constructor(store: NodeStore, random: Random) {
    this.#store = store;
    this.#random = random;
  }

  static async open(store: NodeStore, random: Random): Promise<AddressBook> {
    const book = new AddressBook(store, random);
    for (const stored of await store.peers()) {
      // Written by `learn` and authenticated by the vault.
      const peer = await read(stored as Stored);
      book.#peers.set(peer.account, peer);
    }
    return book;
  }

  list(): readonly KnownPeer[] {
    return [...this.#peers.values()].sort((left, right) => left.account < right.account ? -1 : 1);
  }

  find(account: AccountId): KnownPeer | undefined {
    return this.#peers.get(account);
  }

  /** Whose certificate is to be asked for at an address: of who is expected there, else of who was met there last. */
  authorityAt(
    address: HostPort,
    expected: Fingerprint | undefined,
  ): PeerAuthority | undefined {
    const place = formatHostPort(address);
    const wasThere = ({ addresses }: KnownPeer) =>
      addresses.some((known) => formatHostPort(known) === place);
    const peer = this.list().find((peer) =>
      expected === undefined ? wasThere(peer) : peer.tlsFingerprint === expected
    );
    if (peer?.authorityPem === undefined) return undefined;
    return { caPem: peer.authorityPem, fingerprint: peer.tlsFingerprint };
  }

  /**
   * Names are local: one that is known with another key is refused, never replaced (SR-78), nor is a known key under another
   * name. Throws TrustError `identity-changed`, Refusal `too-many`.
   */
  requireNoImpostor({ entry }: ShownPeer): void {
    const { accountId, accountName, identity: { fingerprint } } = entry;
    const known = this.#peers.get(accountId);
    if (known !== undefined && known.identity !== fingerprint) {
      throw new TrustError(
        "identity-changed",
        `Somebody uses the name ${accountName} with another key than the ${known.name} you know: refused. If ${known.name} started again, ask them over another channel, then run: forget ${known.name}`,
        { details: { name: accountName, pinned: known.identity, shown: fingerprint } },
      );
    }
    const same = this.list().find(({ identity }) => identity === fingerprint);
    if (same !== undefined && same.account !== accountId) {
      throw new TrustError(
        "name-changed",
        `${same.name} now uses the name ${accountName}: refused. To know them by that name, run: forget ${same.name}`,
        { details: { name: accountName, known: same.name } },
      );
    }
    if (known === undefined && this.#peers.size >= PEERS_MAX) {
      throw new Refusal("too-many", "They know too many people already");
    }
  }

  /** Writes down who was met just now, and where they can be found. Who was once met by their invite stays so. */
  async learn(met: MetPeer, { address, isByInvite, channel }: Meeting): Promise<KnownPeer> {
    const { entry, certificate, rosterEntry, tlsFingerprint } = met;
    const before = this.#peers.get(entry.accountId);
    const places = address === undefined ? [] : [address];
    const identity = entry.identity.fingerprint;
    const isSameAuthority = before?.tlsFingerprint === tlsFingerprint;
    const peer: KnownPeer = {
      account: entry.accountId,
      name: entry.accountName,
      identity,
      device: certificate.deviceId,
      rosterEntry,
      certificate: certificate.bytes,
      tlsFingerprint,
      authorityPem: channel?.caPem ?? (isSameAuthority ? before.authorityPem : undefined),
      isByInvite: isByInvite || before?.isByInvite === true,
      addresses: withoutRepeats([...places, ...before?.addresses ?? []]).slice(0, ADDRESSES_MAX),
      key: before?.key ?? this.#random.bytes(KEY_BYTES),
      folder: folderOf(identity),
    };
    await this.#store.putPeer(identity, write(peer));
    this.#peers.set(peer.account, peer);
    return peer;
  }

  /** They are a stranger again; nothing that was said can be read any more. */
  forget({ account, identity, key }: KnownPeer): void {
    this.#peers.delete(account);
    this.#store.removePeer(identity);
    key.fill(0);
  }
}

function folderOf(identity: Fingerprint): string {
  return identity.slice(0, 32);
}

function write(peer: KnownPeer): Stored {
  const { account, name, identity, device, tlsFingerprint, authorityPem = "" } = peer;
  const authority = parsePem("CERTIFICATE", authorityPem);
  return {
    account,
    name,
    identity,
    device,
    tlsFingerprint,
    ...(authority && { authority: encodeBase64(authority) }),
    isByInvite: peer.isByInvite,
    rosterEntry: encodeBase64(peer.rosterEntry),
    certificate: encodeBase64(peer.certificate),
    addresses: peer.addresses.map(formatHostPort),
    key: encodeBase64(peer.key),
  };
}

async function read({ authority, ...stored }: Stored): Promise<KnownPeer> {
  const [rosterEntry, certificate, key] = [stored.rosterEntry, stored.certificate, stored.key]
    .map(decodeBase64);
  if (rosterEntry === undefined || certificate === undefined || key?.length !== KEY_BYTES) {
    throw new StorageError("damaged", "Cannot read your contacts: a part is damaged");
  }
  const addresses = stored.addresses.flatMap((text) => parseHostPort(text) ?? []);
  const folder = folderOf(stored.identity);
  const isByInvite = stored.isByInvite === true;
  const authorityPem = await readAuthority(authority, stored.tlsFingerprint);
  return { ...stored, authorityPem, isByInvite, rosterEntry, certificate, key, addresses, folder };
}

/** What does not have the pinned fingerprint vouches for nobody: they are asked again what they show. */
async function readAuthority(
  text: string | undefined,
  pinned: Fingerprint,
): Promise<string | undefined> {
  const der = text === undefined ? undefined : decodeBase64(text);
  if (der === undefined || await fingerprint(der) !== pinned) return undefined;
  return formatPem("CERTIFICATE", der);
}

function withoutRepeats(addresses: readonly HostPort[]): readonly HostPort[] {
  return [...new Map(addresses.map((address) => [formatHostPort(address), address])).values()];
}
