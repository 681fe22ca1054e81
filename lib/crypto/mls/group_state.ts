/**
 * The state of one MLS group at one device: what ts-mls keeps, and the verified device behind each leaf.
 *
 * A state is used once: `sealMessage` and `openMessage` wipe the keys that they used up and give the next state, and from
 * then on the old object refuses to work. Sealing twice from one state would use a key twice (SR-20); so the next state
 * MUST be stored before what was sealed leaves.
 */

import {
  type ClientState,
  decodeGroupState as decodeMls,
  encodeGroupState as encodeMls,
  type EpochReceiverData,
  mlsExporter,
} from "ts-mls";
import {
  asBytes,
  ByteReader,
  type Bytes,
  ByteWriter,
  decodeUtf8,
  encodeHex,
  utf8,
} from "../../base/bytes.ts";
import { Bug, UsageError } from "../../base/errors.ts";
import {
  type ConversationId,
  type Fingerprint,
  idBytes,
  parseConversationId,
  parseDeviceId,
  parseFingerprint,
} from "../../base/ids.ts";
import { type DeviceTable, findDevice, type GroupDevice } from "./certificates.ts";
import { readSuiteName, type SuiteName, suiteOf } from "./suite.ts";
import { parseAccountId } from "../../base/account_name.ts";
import { ED25519_KEY_BYTES } from "../keys/ed25519.ts";
import { clientConfig } from "./group_config.ts";
import { withoutThrowing } from "./messages.ts";

/** A leaf of the group and the device in it. */
export interface GroupMember extends GroupDevice {
  readonly leafIndex: number;
}

type Tree = ClientState["ratchetTree"];

/** Leading format number of a stored state (SR-31). */
export const GROUP_STATE_FORMAT = 1;

/** See above. Made by `createGroup`, `joinByWelcome`, `joinExternally` and `decodeGroupState`. */
export class GroupState {
  readonly groupId: ConversationId;
  readonly suite: SuiteName;
  readonly epoch: number;
  /** In the order of their leaves. */
  readonly members: readonly GroupMember[];
  readonly ownLeafIndex: number;
  /** False after this device was removed: nothing more can be sealed. */
  readonly isActive: boolean;
  /** For lib/crypto/mls only: every device that a leaf of this or a retained epoch names. */
  readonly devices: DeviceTable;
  readonly #mls: ClientState;
  #isSpent = false;

  /** For lib/crypto/mls only. Throws Bug when a leaf has no device in the table or the group is not of our kind. */
  constructor(mls: ClientState, devices: DeviceTable, unchanged?: GroupState) {
    const groupId = parseConversationId(encodeHex(mls.groupContext.groupId));
    const suite = readSuiteName(mls.groupContext.cipherSuite);
    if (groupId === undefined || suite === undefined) {
      throw new Bug("Cannot keep group: its id or its cipher suite is not one of ours");
    }
    this.groupId = groupId;
    this.suite = suite;
    this.epoch = Number(mls.groupContext.epoch);
    // Most steps change keys only; looking every leaf up again would make each message as dear as the group is large.
    this.members = unchanged?.members ?? membersOf(mls.ratchetTree, devices);
    this.ownLeafIndex = mls.privatePath.leafIndex;
    this.isActive = mls.groupActiveState.kind === "active";
    this.devices = unchanged?.devices ?? pruneDevices(mls, devices);
    this.#mls = mls;
  }

  /** The confirmed transcript hash (RFC 9420 §8.2): equal at two members only if they saw the same commits (SR-25). */
  get transcriptHash(): Bytes {
    return asBytes(this.#mls.groupContext.confirmedTranscriptHash).slice();
  }

  /** The same of an epoch whose keys are still kept; undefined for others. Receipts carry it (SR-27). */
  transcriptHashOf(epoch: number): Bytes | undefined {
    if (epoch === this.epoch) return this.transcriptHash;
    const data = this.#mls.historicalReceiverData.get(BigInt(epoch));
    return data && asBytes(data.groupContext.confirmedTranscriptHash).slice();
  }

  /** The ts-mls state, for lib/crypto/mls only. Throws UsageError when a newer state exists. */
  use(): ClientState {
    if (this.#isSpent) {
      throw new UsageError(
        "spent-state",
        "Cannot use group state: a newer one was made from it, only that one may be used",
      );
    }
    return this.#mls;
  }

  /** For lib/crypto/mls only: gives the ts-mls state away and ends this one. */
  retire(): ClientState {
    const mls = this.use();
    this.#isSpent = true;
    return mls;
  }

  /**
   * For lib/crypto/mls only: ends this state, wipes the keys that were used up, and gives the next state. `devices` is
   * given when the leaves may have changed.
   */
  advance(mls: ClientState, consumed: readonly Uint8Array[], devices?: DeviceTable): GroupState {
    const before = this.use();
    const next = devices === undefined
      ? new GroupState(mls, this.devices, this)
      : new GroupState(mls, devices);
    this.#isSpent = true;
    for (const secret of consumed) secret.fill(0);
    // ts-mls drops old epochs without wiping them.
    for (const [epoch, data] of before.historicalReceiverData) {
      if (!mls.historicalReceiverData.has(epoch)) wipeEpoch(data);
    }
    return next;
  }
}

/** A secret of the present epoch for another use, e.g. the base key of a stream (RFC 9420 §8.5). */
export async function exportSecret(
  state: GroupState,
  label: string,
  context: Bytes,
  lengthBytes: number,
): Promise<Bytes> {
  const { exporterSecret } = state.use().keySchedule;
  const suite = await suiteOf(state.suite);
  return asBytes(await mlsExporter(exporterSecret, label, context, lengthBytes, suite));
}

/** Erases what opens messages of epochs below `epoch`: after 14 days, whatever their number (SR-29). */
export function forgetEpochsBelow(state: GroupState, epoch: number): GroupState {
  const mls = state.use();
  const kept = [...mls.historicalReceiverData].filter(([past]) => past >= BigInt(epoch));
  return state.advance({ ...mls, historicalReceiverData: new Map(kept) }, []);
}

/** Secret bytes, to be stored sealed. `decodeGroupState` of `group_store.ts` reads them. */
export function encodeGroupState(state: GroupState): Bytes {
  const writer = new ByteWriter().u16(GROUP_STATE_FORMAT).u32(state.devices.size);
  for (const device of state.devices.values()) {
    writer.raw(idBytes(device.certificateHash)).field(utf8(device.accountId))
      .raw(idBytes(device.deviceId)).raw(idBytes(device.identity)).raw(device.mlsKey);
  }
  return writer.blob(encodeMls(state.use())).finish();
}

/** Leaves stand at even places of the tree array (RFC 9420 appendix C). */
export function membersOf(tree: Tree, devices: DeviceTable): readonly GroupMember[] {
  const members: GroupMember[] = [];
  for (const [place, node] of tree.entries()) {
    if (node?.nodeType !== "leaf") continue;
    const device = findDevice(devices, node.leaf.credential, node.leaf.signaturePublicKey);
    if (device === undefined) throw new Bug("Cannot list members: a leaf was never verified");
    members.push({ ...device, leafIndex: place / 2 });
  }
  return members;
}

/** Only the devices that some tree still names, so that the table does not grow for ever. */
function pruneDevices(mls: ClientState, devices: DeviceTable): DeviceTable {
  const kept = new Map<Fingerprint, GroupDevice>();
  const trees = [...mls.historicalReceiverData.values()].map((data) => data.ratchetTree);
  for (const tree of [mls.ratchetTree, ...trees]) {
    for (const node of tree) {
      if (node?.nodeType !== "leaf") continue;
      const device = findDevice(devices, node.leaf.credential, node.leaf.signaturePublicKey);
      if (device !== undefined) kept.set(device.certificateHash, device);
    }
  }
  return kept;
}

function wipeEpoch(data: EpochReceiverData): void {
  data.senderDataSecret.fill(0);
  data.resumptionPsk.fill(0);
  for (const { application, handshake } of data.secretTree) {
    for (const ratchet of [application, handshake]) {
      ratchet.secret.fill(0);
      for (const secret of Object.values(ratchet.unusedGenerations)) secret.fill(0);
    }
  }
}

// Reads stored group states back (SR-31): a newer format is refused untouched.

/** `newer-format`: a later version wrote it; leave it alone. */
export type DecodedGroupState =
  | { readonly ok: true; readonly state: GroupState }
  | { readonly ok: false; readonly code: "newer-format" | "malformed" };

/** The bytes are from our own sealed store, so they are believed once they parse; what they name is not verified again. */
export function decodeGroupState(bytes: Bytes): DecodedGroupState {
  const reader = new ByteReader(bytes);
  const format = reader.u16();
  if (!reader.failed && format > GROUP_STATE_FORMAT) return { ok: false, code: "newer-format" };
  const devices = new Map<Fingerprint, GroupDevice>();
  for (let left = reader.u32(); left > 0 && !reader.failed; left--) {
    const device = readDevice(reader);
    if (device === undefined) return { ok: false, code: "malformed" };
    devices.set(device.certificateHash, device);
  }
  // A copy of its own (`blob` copies), since used-up keys are wiped inside it.
  const encoded = reader.blob();
  if (format !== GROUP_STATE_FORMAT || !reader.done) return { ok: false, code: "malformed" };
  const state = withoutThrowing(() => {
    const decoded = decodeMls(encoded, 0);
    if (decoded === undefined || decoded[1] !== encoded.length) return undefined;
    return new GroupState({ ...decoded[0], clientConfig: CLOSED }, devices);
  });
  return state === undefined ? { ok: false, code: "malformed" } : { ok: true, state };
}

/** Every operation brings its own service; a state that is left with this one refuses all credentials. */
const CLOSED = clientConfig({ validateCredential: () => Promise.resolve(false) });

function readDevice(reader: ByteReader): GroupDevice | undefined {
  const certificateHash = parseFingerprint(encodeHex(reader.raw(32)));
  const accountId = parseAccountId(decodeUtf8(reader.field()) ?? "");
  const deviceId = parseDeviceId(encodeHex(reader.raw(16)));
  const identity = parseFingerprint(encodeHex(reader.raw(32)));
  const mlsKey = reader.raw(ED25519_KEY_BYTES);
  if (
    certificateHash === undefined || accountId === undefined || deviceId === undefined ||
    identity === undefined || reader.failed
  ) return undefined;
  return { accountId, deviceId, identity, certificateHash, mlsKey };
}
