/** Whether a proof is the sending device's own. */

import type { Bytes } from "../../base/bytes.ts";
import type { ConversationId, Fingerprint } from "../../base/ids.ts";
import { verifyDeviceCertificate } from "../../crypto/device_certificate.ts";
import type { GroupState } from "../../crypto/mls/group_state.ts";
import { openStreamProof, type StreamProof } from "../../crypto/stream_proof.ts";
import type { StreamRow } from "./stream_store.ts";

/** A stream, and whose keys it is sealed with. */
export type WatchedStream = Pick<StreamRow, "id" | "device"> & {
  readonly conversation: ConversationId;
};

/** What a proof is held against: a `Messenger` of a running client. */
export interface ProofWitnesses {
  readonly profile: { readonly own: { readonly serverId: Fingerprint } };
  readonly groups: {
    load(
      conversation: ConversationId,
    ): Promise<{ readonly state: Pick<GroupState, "members"> } | undefined>;
  };
  readonly directory: { find(certificateHash: Fingerprint): Bytes | undefined };
}

/** By the certificate that the group has of the sending device: no other key of theirs counts. */
export async function verifyProof(
  witnesses: ProofWitnesses,
  { id, conversation, device }: WatchedStream,
  statement: Bytes,
): Promise<Omit<StreamProof, "stream"> | undefined> {
  const { profile: { own: { serverId } }, groups, directory } = witnesses;
  const opened = openStreamProof(statement, { serverId, stream: id });
  if (!opened.ok) return undefined;
  const group = await groups.load(conversation);
  const member = group?.state.members.find(({ deviceId }) => deviceId === device);
  if (member?.certificateHash !== opened.certificateHash) return undefined;
  const bytes = directory.find(opened.certificateHash);
  if (bytes === undefined) return undefined;
  const verified = await verifyDeviceCertificate(bytes, serverId);
  if (!verified.ok || !await opened.isSignedBy(verified.certificate)) return undefined;
  return opened.proof;
}
