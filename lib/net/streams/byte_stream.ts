/** Bytes both ways with one party: what every transport gives to a connection. */

/** `Deno.TcpConn` and `Deno.TlsConn` fit as they are. */
export interface ByteStream {
  /**
   * Reads at least one byte into `buffer` and gives their number, or null at the end. MUST reject when the stream is broken or
   * closed meanwhile. Only one read is under way at a time.
   */
  read(buffer: Uint8Array): Promise<number | null>;
  /**
   * Takes at least one byte and gives the number of those taken. MUST reject when the stream is broken or closed meanwhile.
   * `bytes` MUST NOT be changed or kept after the promise has settled. Only one write is under way at a time.
   */
  write(bytes: Uint8Array): Promise<number>;
  /** Tells the other side that nothing more comes; reading goes on. */
  closeWrite(): Promise<void>;
  /** Gives everything back at once. May throw when closed twice. */
  close(): void;
}

/** What a stream to another machine goes over, encrypted. */
export type Transport = "quic" | "tls";
