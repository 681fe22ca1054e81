/** Reads stored group states back (SR-31): a newer format is refused untouched. */

import { decodeGroupState as decodeMls } from "ts-mls";
import { ByteReader, type Bytes, decodeUtf8, encodeHex } from "../../base/bytes.ts";
import { parseAccountId } from "../../base/account_name.ts";
import { type Fingerprint, parseDeviceId, parseFingerprint } from "../../base/ids.ts";
import { ED25519_KEY_BYTES } from "../ed25519.ts";
import type { GroupDevice } from "./certificates.ts";
import { clientConfig } from "./group_config.ts";
import { GROUP_STATE_FORMAT, GroupState } from "./group_state.ts";
import { withoutThrowing } from "./messages.ts";

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
