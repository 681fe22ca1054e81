/** What somebody without a server is made of. */

import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import { AddressBook } from "./address_book.ts";
import type { NodeEvent } from "./node_event.ts";
import type { NodeFolder } from "./node_folder.ts";
import { openOwnNode, type OwnNode, type OwnNodeOptions } from "./own_node.ts";
import { type DialPeer, dialPeer } from "./peer_dialling.ts";

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
