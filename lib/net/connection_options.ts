/** What a connection is given: what it shares with the others, its limits, and whom it tells what. */

import type { Bytes } from "../base/bytes.ts";
import type { ProtocolError } from "../base/errors.ts";
import type { PacketLimits } from "../protocol/limits.ts";
import type { Packet } from "../protocol/packet.ts";
import type { Flusher } from "./flusher.ts";
import type { TimerWheel } from "./timer_wheel.ts";

/** Handles one packet. The next one is read when the returned promise is settled. May throw `ProtocolError`. */
export type PacketHandler = (packet: Packet) => void | Promise<void>;

/** What a connection shares with the others, and whom it tells what. */
export interface ConnectionOptions {
  /** Shared by all connections of a program. */
  readonly wheel: TimerWheel;
  readonly flusher: Flusher;
  readonly limits: PacketLimits;
  /** For logs and limits per address; not used to find anything. */
  readonly remoteAddress: string;
  /** Nothing came for 60 s: send a ping. Called again after each further 60 s. */
  readonly onSilence?: () => void;
  /** The last packet to the other side after it broke the rules; sent before the connection closes. */
  readonly farewell?: (error: ProtocolError) => Bytes;
  /**
   * Servers only: stop reading while more than 256 KiB of control packets wait for this client. If both sides did that,
   * two full outboxes would wait for each other.
   */
  readonly pauseReading?: boolean;
}
