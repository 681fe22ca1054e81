/**
 * TCP_NODELAY on a listening socket, by FFI: `Deno.TlsConn` has no `setNoDelay`, and with Nagle's algorithm a message over TLS
 * takes 15 ms (p50) instead of 0.8 ms. On Linux accepted sockets inherit the option. Elsewhere messages are only slower.
 *
 * On the same occasion, keepalive and TCP_USER_TIMEOUT: a TLS connection that was closed while its peer does not read keeps
 * descriptor and buffers for as long as that peer likes (Deno 2.4 and 2.9, measured). With the timeout the kernel ends it.
 * And TCP_NOTSENT_LOWAT: of 4 MiB that the kernel takes for a peer that does not read, 320 KiB are left at a limit of 256 KiB
 * (measured).
 *
 * The same calls end connections that Deno does not let go of (`cutting.ts`, decision 0048). And since there is no other way to
 * ask for it, `malloc_trim` gives memory back that the allocator keeps: of a server at rest a tenth (measured).
 */

import { describeError } from "../../base/errors.ts";
import { SOCKET_HELD_MS, SOCKET_UNSENT_BYTES } from "../../protocol/limits.ts";
import { type HostPort, ipKey, parseIp } from "../addresses/address.ts";
import type { SocketCutter } from "./cutting.ts";
import { attachFilter, FILTER_MAX_INSTRUCTIONS, INSTRUCTION_BYTES } from "./syn_filter.ts";

/** Whether it is done, and why not. Without it all works, only slower by up to 40 ms a packet. */
export type NoDelayResult =
  | { readonly done: true }
  | { readonly done: false; readonly reason: string };

/** Numbers of Linux, the same on x86-64 and arm64: asm-generic/socket.h, netinet/in.h, netinet/tcp.h. */
const SOL_SOCKET = 1;
const SO_ACCEPTCONN = 30;
const SO_ATTACH_FILTER = 26;
const SO_DETACH_FILTER = 27;
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
const SHUT_RDWR = 2;
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

/**
 * Connections that may wait to be accepted; the system takes at most its own limit (net.core.somaxconn, 4,096 since Linux 5.4).
 * Deno asks for 128 or 511: a flood would fill that at once, and newcomers would wait for their system to try again.
 */
const BACKLOG = 4096;

/** struct sockaddr_storage. */
const SOCKADDR_BYTES = 128;

/** 0 to 2 are standard streams. */
const FIRST_DESCRIPTOR = 3;
/** More than a server has, with all its connections. Looking at all of them takes 4 to 10 ms, and ends when all are found. */
const LAST_DESCRIPTOR = 20_000;

/** glibc, then musl on both architectures that we compile for. */
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

const SYMBOLS = {
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  // musl has none, and keeps little.
  malloc_trim: { parameters: ["usize"], result: "i32", optional: true },
} as const;

type SocketLibrary = Deno.DynamicLibrary<typeof SYMBOLS>;
type SocketFunctions = SocketLibrary["symbols"];

/**
 * The calls above, loaded once. Nothing else of native code can be reached through it: it is told addresses, and finds
 * the descriptors itself. A server that listens anew, for another certificate, needs it again (decision 0026).
 */
export class SocketTuner implements Disposable, SocketCutter {
  #library: SocketLibrary | undefined;
  readonly #reason: string;
  // Kept: a flood makes a server look at all its descriptors many times a second.
  readonly #address = new Uint8Array(SOCKADDR_BYTES);
  readonly #size = new Uint32Array(1);
  readonly #filter: FilterPlace | undefined;

  private constructor(library: SocketLibrary | undefined, reason: string) {
    this.#library = library;
    this.#reason = reason;
    this.#filter = library && filterPlace();
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

  /** False where there are no native calls: then `cut` does nothing. */
  get canCut(): boolean {
    return this.#library !== undefined;
  }

  /**
   * Sets the options for all connections that this process's listener on `port` will accept, and lets more of them wait to be
   * accepted.
   */
  tune(port: number): NoDelayResult {
    const libc = this.#library?.symbols;
    if (libc === undefined) return no(this.#reason);
    const descriptor = this.#listening(libc, port);
    if (descriptor === undefined) return no(`no listening socket on port ${port}`);
    if (libc.listen(descriptor, BACKLOG) !== 0) return no("listen refused a longer queue");
    for (const [level, option, value] of OPTIONS) {
      if (libc.setsockopt(descriptor, level, option, new Int32Array([value]), 4) !== 0) {
        return no(`setsockopt refused option ${option}`);
      }
    }
    return { done: true };
  }

  /**
   * Ends both directions of connections that a listener on `port` has accepted from these addresses; their descriptors go when
   * the event loop turns. One look at all descriptors serves them all. In it nothing of this thread runs, so none of its
   * sockets can be closed and its number given to another meanwhile.
   */
  cut(port: number, remotes: readonly HostPort[]): void {
    const libc = this.#library?.symbols;
    if (libc === undefined) return;
    const wanted = new Set(remotes.map(({ host, port }) => endpointKey(parseIp(host), port)));
    const ports = new Set(remotes.map((remote) => remote.port));
    for (let descriptor = FIRST_DESCRIPTOR; descriptor <= LAST_DESCRIPTOR; descriptor++) {
      if (wanted.size === 0) return;
      const remote = this.#endpoint(libc.getpeername, descriptor);
      if (remote === undefined || !ports.has(remote.port)) continue;
      const key = endpointKey(remote.ip(), remote.port);
      if (!wanted.has(key)) continue;
      if (this.#endpoint(libc.getsockname, descriptor)?.port !== port) continue;
      libc.shutdown(descriptor, SHUT_RDWR);
      wanted.delete(key);
    }
  }

  /** By a filter of the listening socket (`syn_filter.ts`); connections that are there stay. Returns how many it blocks. */
  block(port: number, sources: readonly string[]): number {
    const libc = this.#library?.symbols;
    const place = this.#filter;
    const descriptor = libc && this.#listening(libc, port);
    if (libc === undefined || place === undefined || descriptor === undefined) return 0;
    const { header, program } = place;
    const attach = (filter: Uint8Array<ArrayBuffer>) => {
      program.set(filter);
      new DataView(header.buffer).setUint16(0, filter.length / INSTRUCTION_BYTES, true);
      return libc.setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, header, header.length) === 0;
    };
    const detach = () => {
      libc.setsockopt(descriptor, SOL_SOCKET, SO_DETACH_FILTER, new Int32Array(1), 4);
    };
    return attachFilter(sources, attach, detach);
  }

  /** Whether `giveBackMemory` can. */
  get canGiveBack(): boolean {
    return this.#library !== undefined && this.#library.symbols.malloc_trim !== null;
  }

  /**
   * Gives the system the pages that the allocator of native code holds and nobody uses: what starting took, and what a busy hour
   * took. Takes about 0.1 ms for each MB of them, in which nothing of this thread runs.
   */
  giveBackMemory(): void {
    this.#library?.symbols.malloc_trim?.(0n);
  }

  /** Unloads the calls: nothing can be tuned or cut any more. Closing twice is fine. */
  close(): void {
    this.#library?.close();
    this.#library = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The listening socket of this process on a port. */
  #listening(libc: SocketFunctions, port: number): number | undefined {
    for (let descriptor = FIRST_DESCRIPTOR; descriptor <= LAST_DESCRIPTOR; descriptor++) {
      if (!isListening(libc, descriptor)) continue;
      if (this.#endpoint(libc.getsockname, descriptor)?.port === port) return descriptor;
    }
    return undefined;
  }

  /** One end of a socket; undefined when it is no IP socket, or has no such end. `ip` is good until the next call. */
  #endpoint(
    find: SocketFunctions["getsockname" | "getpeername"],
    descriptor: number,
  ): { readonly port: number; readonly ip: () => Uint8Array } | undefined {
    const address = this.#address;
    this.#size[0] = SOCKADDR_BYTES;
    if (find(descriptor, address, this.#size) !== 0) return undefined;
    // The family is in the machine's order, little-endian on both; the port in network order.
    const family = address[0] | address[1] << 8;
    if (family !== AF_INET && family !== AF_INET6) return undefined;
    const [from, length] = family === AF_INET ? [4, 4] : [8, 16];
    return {
      port: address[2] << 8 | address[3],
      ip: () => address.subarray(from, from + length),
    };
  }
}

function isListening(libc: SocketFunctions, descriptor: number): boolean {
  const value = new Int32Array(1);
  const size = new Uint32Array([4]);
  return libc.getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, value, size) === 0 &&
    value[0] === 1;
}

/** `struct sock_fprog`: how many instructions there are, and where. */
interface FilterPlace {
  readonly header: Uint8Array<ArrayBuffer>;
  readonly program: Uint8Array<ArrayBuffer>;
}

/** Made while native code is permitted: afterwards Deno gives no address of a buffer any more. */
function filterPlace(): FilterPlace {
  const program = new Uint8Array(INSTRUCTION_BYTES * FILTER_MAX_INSTRUCTIONS);
  const header = new Uint8Array(16);
  const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(program));
  new DataView(header.buffer).setBigUint64(8, BigInt(address), true);
  return { header, program };
}

function endpointKey(ip: Uint8Array | undefined, port: number): string {
  return `${ip === undefined ? "" : ipKey(ip)} ${port}`;
}

function no(reason: string): NoDelayResult {
  return { done: false, reason };
}
