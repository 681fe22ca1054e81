/** A server that said hello, and waits 30 s for a stranger to sign in. */

import { TransportError } from "../../base/errors.ts";
import type { HandshakeResult } from "./handshake.ts";

/** A person who is being asked, and a small or busy machine that makes keys, may take longer than the server waits. */
export interface Greeted {
  readonly handshake: HandshakeResult;
  /** Greets the same server once more. */
  readonly greetAgain: () => Promise<HandshakeResult>;
}

/**
 * Does `work` over the connection, and over a new one when that has ended, before it or in the middle. Returns the connection
 * that it was done over.
 */
export async function overOpenLink<Result>(
  { handshake, greetAgain }: Greeted,
  work: (handshake: HandshakeResult) => Promise<Result>,
): Promise<{ readonly handshake: HandshakeResult; readonly result: Result }> {
  if (handshake.link.isOpen) {
    try {
      return { handshake, result: await work(handshake) };
    } catch (error) {
      if (!(error instanceof TransportError) || handshake.link.isOpen) throw error;
    }
  }
  const again = await greetAgain();
  return { handshake: again, result: await work(again) };
}
