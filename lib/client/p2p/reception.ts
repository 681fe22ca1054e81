/** Meeting people, whoever connected: under a deadline, with the own papers, and by the own rules. */

import { Refusal, TrustError } from "../../base/errors.ts";
import type { ByteStream } from "../../net/byte_stream.ts";
import { meetAsAcceptor, meetAsDialler, type MetPeer, type OwnSide } from "./handshake.ts";
import { meetInTime } from "./join.ts";
import type { NodeParts } from "./node_parts.ts";
import type { DialledPeer } from "./peer_dialling.ts";
import type { ShownPeer } from "./peer_identity.ts";

/** Knows who one is and whom one knows. */
export class Reception {
  /** `port`: where one listens now. */
  constructor(private readonly parts: NodeParts, private readonly port: () => number | undefined) {}

  /** Throws as `meetAsDialler`, TransportError `timed-out`; then the stream is closed. */
  meetDialled({ stream, channel }: DialledPeer, signal: AbortSignal): Promise<MetPeer> {
    const meet = () => meetAsDialler(stream, channel.fingerprint, this.#side());
    return meetInTime(stream, meet, { clock: this.parts.clock, signal });
  }

  /** Throws as `meetAsAcceptor`, TransportError `timed-out`; then the stream is closed. */
  meetAccepted(
    { stream, acceptedAtMs }: { readonly stream: ByteStream; readonly acceptedAtMs?: number },
    signal: AbortSignal,
  ): Promise<MetPeer> {
    const meet = () => meetAsAcceptor(stream, this.#side());
    return meetInTime(stream, meet, { clock: this.parts.clock, signal, beganAtMs: acceptedAtMs });
  }

  #side(): OwnSide {
    const { me: { own, tlsFingerprint }, random, clock } = this.parts;
    const judge = (peer: ShownPeer) => this.#judge(peer);
    return { own, tlsFingerprint, port: this.port(), random, nowMs: clock.nowMs(), judge };
  }

  /** They are told no more than that they are not welcome; the person here is told why, loudly. */
  #judge(peer: ShownPeer): void {
    try {
      this.parts.book.requireNoImpostor(peer);
    } catch (error) {
      if (!(error instanceof TrustError)) throw error;
      const name = peer.entry.accountName;
      this.parts.onEvent({ type: "impostor", name, warning: error.message });
      const message = "They know you with another key or name, and let nobody in";
      throw new Refusal("not-allowed", message, { cause: error });
    }
  }
}
