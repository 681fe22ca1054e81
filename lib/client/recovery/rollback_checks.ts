/** Either side may have been restored from a copy: both are noticed before anything is sent. */

import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";
import { noticeRestore } from "./restored_server.ts";
import { comeBack, noticeRollback } from "./rollback.ts";

/** Compares what the server says of itself and of this device with what is known here. Rejects as `Link.ask`. */
export async function noticeRollbacks(
  messenger: Messenger,
  link: Link,
  { highestNumber, incarnation }: { highestNumber: number; incarnation: string },
): Promise<void> {
  noticeRollback(messenger, highestNumber);
  await noticeRestore(messenger, link, incarnation);
  await comeBack(messenger, link);
}
