/** What watching a stream needs: the way, the keys of both directions, and whose device it is. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { ConversationId, Fingerprint, StreamId } from "../../base/ids.ts";
import { openStreamProof, type StreamProof } from "../../crypto/statements/stream_proof.ts";
import { SharedLines } from "./direct_meetings.ts";
import { LastingWatcher } from "./lasting_watcher.ts";
import type { LastingOptions, MediaSubscriber } from "./live_media.ts";
import type { StreamHost } from "./stream_host.ts";
import { type StreamRow, StreamStore } from "./stream_store.ts";
import { soundIdOf, streamKeyNow, UnitSealer } from "./stream_keys.ts";
import { UnitOpener } from "./unit_opener.ts";
import { verifyDeviceCertificate } from "../../crypto/statements/device_certificate.ts";
import type { GroupState } from "../../crypto/mls/group_state.ts";

/** What the sound of a stream needs. */
export type SoundParts = Pick<WatchingParts, "transport" | "opener" | "verify">;

/** Made by `openWatchingParts`; in tests by hand. */
export interface WatchingParts {
  readonly clock: Clock;
  /** Joins the sound. Throws Refusal `unknown-stream` when the sender sends none, TransportError. Whoever calls it closes the transport. */
  readonly openSound?: () => Promise<SoundParts>;
  readonly transport: MediaSubscriber;
  readonly opener: Pick<UnitOpener, "open" | "refused">;
  /** Of the own reports. */
  readonly sealer: Pick<UnitSealer, "seal">;
  /** What a proof says, if the sender's device has signed it; else undefined. */
  readonly verify: (statement: Bytes) => Promise<Omit<StreamProof, "stream"> | undefined>;
}

/** A stream that was answered with `words`, and how it may come. */
export interface AnsweredStream extends WatchedStream, Pick<LastingOptions, "peer" | "mode"> {
  readonly words: StreamId;
}

/** Joins it. Throws Refusal `unknown-stream` when it is over, TransportError. */
export async function openWatchingParts(
  host: StreamHost,
  stream: AnsweredStream,
): Promise<WatchingParts> {
  const { messenger } = host;
  const { profile, groups } = messenger;
  const { clock, own } = profile;
  const { id, conversation, device, words, peer, mode } = stream;
  const epoch = () => groups.epochOf(conversation);
  const key = () => streamKeyNow(messenger, conversation, { id, device });
  const ownKey = () => streamKeyNow(messenger, conversation, { id: words, device: own.device });
  const store = new StreamStore(profile);
  const isOver = () => store.stateOf(id) !== "accepted";
  const shared = new SharedLines();
  const common = { host, conversation, peer, mode, isOver };
  const lines = { shared, isSound: false };
  return {
    clock,
    transport: await LastingWatcher.open({ ...common, stream: id, lines }),
    opener: new UnitOpener({ epoch, key }, { stream: id, clock }),
    sealer: new UnitSealer({ epoch, key: ownKey }, id),
    verify: (statement) => verifyProof(messenger, stream, statement),
    async openSound() {
      const sound = await soundIdOf(id);
      const soundKey = () => streamKeyNow(messenger, conversation, { id: sound, device });
      return {
        transport: await LastingWatcher.open({
          ...{ ...common, stream: sound, lines: { shared, isSound: true } },
        }),
        opener: new UnitOpener({ epoch, key: soundKey }, { stream: sound, clock }),
        verify: (statement) => verifyProof(messenger, { ...stream, id: sound }, statement),
      };
    },
  };
}

// Whether a proof is the sending device's own.

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
