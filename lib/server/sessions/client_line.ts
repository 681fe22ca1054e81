/** The way to one client: what pushes envelopes and pictures needs of its session. */

import type { Bytes } from "../../base/bytes.ts";
import type { Connection } from "../../net/connections/connection.ts";
import type { HopPushKind, PushFields } from "../../protocol/hop/mod.ts";
import type { Lane } from "../../net/connections/outbox.ts";
import { encodePacket } from "../../protocol/packet.ts";

/** A connection, and pushing over it. */
export class ClientLine {
  readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Resolves once less than `bytes` of pictures wait to leave, or the connection is closed. */
  whenBulkBelow(bytes: number): Promise<void> {
    return this.connection.whenBelow("bulk", bytes);
  }

  /** Sends a push. Never waits; live goes behind control, bulk behind everything else. */
  push<Kind extends HopPushKind>(
    kind: Kind,
    fields: PushFields<Kind>,
    { payload, lane = "control" }: { payload?: Bytes; lane?: Lane } = {},
  ): void {
    const header = { kind, ...fields as object };
    // A frame is sent in parts: without one of them the others are worth nothing.
    if (payload !== undefined && lane !== "control") {
      this.connection.sendAlone(header, payload, lane);
    } else this.connection.send(encodePacket(header, payload), lane, { droppable: false });
  }
}
