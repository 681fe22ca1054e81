/**
 * TCP_NODELAY on a listening socket, by FFI: `Deno.TlsConn` has no `setNoDelay`, and with Nagle's algorithm a message over TLS
 * takes 15 ms (p50) instead of 0.8 ms. On Linux accepted sockets inherit the option. Elsewhere messages are only slower.
 *
 * On the same occasion, keepalive and TCP_USER_TIMEOUT: a TLS connection that was closed while its peer does not read keeps
 * descriptor and buffers for as long as that peer likes (Deno 2.4 and 2.9, measured). With the timeout the kernel ends it.
 * And TCP_NOTSENT_LOWAT: of 4 MiB that the kernel takes for a peer that does not read, 320 KiB are left at a limit of 256 KiB
 * (measured).
 */

import { describeError } from "../base/errors.ts";
import { SOCKET_HELD_MS, SOCKET_UNSENT_BYTES } from "../protocol/limits.ts";

/** Whether it is done, and why not. Without it all works, only slower by up to 40 ms a packet. */
export type NoDelayResult =
  | { readonly done: true }
  | { readonly done: false; readonly reason: string };

/** Numbers of Linux, the same on x86-64 and arm64: asm-generic/socket.h, netinet/in.h, netinet/tcp.h. */
const SOL_SOCKET = 1;
const SO_ACCEPTCONN = 30;
const SO_KEEPALIVE = 9;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_KEEPIDLE = 4;
const TCP_KEEPINTVL = 5;
const TCP_KEEPCNT = 6;
const TCP_USER_TIMEOUT = 18;
const TCP_NOTSENT_LOWAT = 25;
const AF_INET = 2;
const AF_INET6 = 10;
/** Level, option, value; the first is what this module is for, the rest only bounds what a dead peer holds. */
const OPTIONS: readonly (readonly [level: number, option: number, value: number])[] = [
  [IPPROTO_TCP, TCP_NODELAY, 1],
  [SOL_SOCKET, SO_KEEPALIVE, 1],
  // Seconds: a peer that vanished is noticed after 60 + 3 × 30.
  [IPPROTO_TCP, TCP_KEEPIDLE, 60],
  [IPPROTO_TCP, TCP_KEEPINTVL, 30],
  [IPPROTO_TCP, TCP_KEEPCNT, 3],
  // Milliseconds without an acknowledgement, or with a closed window.
  [IPPROTO_TCP, TCP_USER_TIMEOUT, SOCKET_HELD_MS],
  // Bytes that were not sent: what is in the system's buffer a message cannot overtake, and a peer that does not read makes
  // the system hold.
  [IPPROTO_TCP, TCP_NOTSENT_LOWAT, SOCKET_UNSENT_BYTES],
];

/** struct sockaddr_storage. */
const SOCKADDR_BYTES = 128;

/** 0 to 2 are standard streams. */
const FIRST_DESCRIPTOR = 3;
/** More than a server has, with all its connections. Looking at all of them takes 30 ms, and ends at the first that fits. */
const LAST_DESCRIPTOR = 20_000;

/** glibc, then musl on both architectures that we compile for. */
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

const SYMBOLS = {
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
} as const;

type SocketLibrary = Deno.DynamicLibrary<typeof SYMBOLS>;
type SocketFunctions = SocketLibrary["symbols"];

/**
 * The three calls above, loaded once. Nothing else of native code can be reached through it: it is told a port, and finds
 * the descriptors itself. A server that listens anew, for another certificate, needs it again (decision 0026).
 */
export class SocketTuner implements Disposable {
  #library: SocketLibrary | undefined;
  readonly #reason: string;

  private constructor(library: SocketLibrary | undefined, reason: string) {
    this.#library = library;
    this.#reason = reason;
  }

  /** Loads the calls, then gives up the permission to load native code for good, whatever the outcome (SR-74). */
  static async take(): Promise<SocketTuner> {
    try {
      if (Deno.build.os !== "linux") {
        return new SocketTuner(undefined, `not on Linux but ${Deno.build.os}`);
      }
      const { state } = await Deno.permissions.query({ name: "ffi" });
      return state === "granted" ? load() : new SocketTuner(undefined, "no permission for FFI");
    } finally {
      // Without a path: with one, the permission stays granted (measured). What is loaded stays loaded (measured, too).
      await Deno.permissions.revoke({ name: "ffi" });
    }

    function load(): SocketTuner {
      const failures: string[] = [];
      for (const name of LIBRARIES) {
        try {
          return new SocketTuner(Deno.dlopen(name, SYMBOLS), "");
        } catch (error) {
          failures.push(describeError(error));
        }
      }
      return new SocketTuner(undefined, failures[0]);
    }
  }

  /** Sets the options for all connections that this process's listener on `port` will accept. */
  tune(port: number): NoDelayResult {
    const libc = this.#library?.symbols;
    if (libc === undefined) return no(this.#reason);
    for (let descriptor = FIRST_DESCRIPTOR; descriptor <= LAST_DESCRIPTOR; descriptor++) {
      if (!isListening(libc, descriptor) || localPort(libc, descriptor) !== port) continue;
      for (const [level, option, value] of OPTIONS) {
        if (libc.setsockopt(descriptor, level, option, new Int32Array([value]), 4) !== 0) {
          return no(`setsockopt refused option ${option}`);
        }
      }
      return { done: true };
    }
    return no(`no listening socket on port ${port}`);
  }

  /** Unloads the calls: nothing can be tuned any more. Closing twice is fine. */
  close(): void {
    this.#library?.close();
    this.#library = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function isListening(libc: SocketFunctions, descriptor: number): boolean {
  const value = new Int32Array(1);
  const size = new Uint32Array([4]);
  return libc.getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, value, size) === 0 &&
    value[0] === 1;
}

/** The port that a socket is bound to; undefined when it is no IP socket. */
function localPort(libc: SocketFunctions, descriptor: number): number | undefined {
  const address = new Uint8Array(SOCKADDR_BYTES);
  const size = new Uint32Array([SOCKADDR_BYTES]);
  if (libc.getsockname(descriptor, address, size) !== 0) return undefined;
  const view = new DataView(address.buffer);
  // The family is in the machine's order, little-endian on both; the port in network order.
  const family = view.getUint16(0, true);
  return family === AF_INET || family === AF_INET6 ? view.getUint16(2) : undefined;
}

function no(reason: string): NoDelayResult {
  return { done: false, reason };
}
