/** magic-wormhole over a mailbox of our own (Debian: magic-wormhole): the bytes go straight from one program to the other. */

import { MailboxServer } from "./mailbox_server.ts";
import { findProgram } from "./ssh_peer.ts";

const CODE = "7-bench-mark";

/** Two of its programs, of which one sends a file to the other. */
export class WormholePeer implements AsyncDisposable {
  readonly #mailbox = new MailboxServer();

  /** Undefined when it is not installed. */
  static async open(): Promise<WormholePeer | undefined> {
    return await findProgram("wormhole") === undefined ? undefined : new WormholePeer();
  }

  /** Sealed by NaCl's SecretBox with a key from SPAKE2. The one who receives is first. */
  copy(from: string, to: string): readonly [Deno.ChildProcess, Deno.ChildProcess] {
    // Nobody is there: it is not needed where both reach each other.
    const common = ["--relay-url", this.#mailbox.url, "--transit-helper", "tcp:127.0.0.1:1"];
    const start = (...args: string[]) =>
      new Deno.Command("wormhole", {
        args: [...common, ...args],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
    return [
      start("receive", "--accept-file", "--hide-progress", "-o", to, CODE),
      start("send", "--hide-progress", "--code", CODE, from),
    ];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#mailbox[Symbol.asyncDispose]();
  }
}
