/** What a server has for live streams. */

import { RateGuard } from "../counters/rate_guard.ts";
import { STREAM_BYTES } from "../counters/rates.ts";
import { LiveRelay } from "../../relay/live_relay.ts";
import { NodeStreams, type NodeStreamsParts } from "./node_streams.ts";
import type { StreamRelay } from "./session_streams.ts";

/** All of it. */
export interface ServerStreams {
  readonly streams: StreamRelay;
  /** Bytes of an account, which a stream charges at the node of its sender. */
  readonly streamBytes: RateGuard;
  /** Undefined where there are no other nodes. Whoever made it closes it. */
  readonly nodeStreams: NodeStreams | undefined;
}

/** At the beginning, before anybody is accepted. */
export function makeStreams(parts: Omit<NodeStreamsParts, "relay">): ServerStreams {
  const streams: StreamRelay = new LiveRelay();
  return {
    streams,
    streamBytes: new RateGuard(parts.clock, STREAM_BYTES),
    nodeStreams: parts.bus.isAlone ? undefined : new NodeStreams({ ...parts, relay: streams }),
  };
}
