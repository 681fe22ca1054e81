/** What plays sound on this machine: a sound server by its own protocol, or a program. */

import type { Bytes } from "../../base/bytes.ts";

/** How much of a piece was heard, and when that was. */
export interface SoundReading {
  readonly heardMs: number;
  /** By the clock's monotonic time. */
  readonly atMs: number;
}

/** Sound without a break. Whoever began it closes it; what was not heard by then is not. */
export interface SoundPiece extends AsyncDisposable {
  /** More of it: 16 bits, stereo, 48 kHz. Resolves when it is taken. Rejects with MediaError when the output has ended. */
  write(pcm: Bytes): Promise<void>;
}

/** A way to be heard. Whoever opened it closes it, after its pieces. */
export interface SoundOutput extends AsyncDisposable {
  /** For the person: `PulseAudio`, `mpv`. */
  readonly name: string;
  /** Begins a piece; `onReading` is called again and again while it plays. Rejects with MediaError. */
  begin(onReading: (reading: SoundReading) => void): Promise<SoundPiece>;
}

/** Both ways to a socket of this machine, from whoever may open one. */
export interface LocalSocket {
  /** Undefined at its end. Rejects when it was closed. */
  read(): Promise<Bytes | undefined>;
  write(bytes: Bytes): Promise<void>;
  close(): void;
}

/** Opens a Unix socket. Rejects when nobody listens there. */
export type DialLocal = (path: string) => Promise<LocalSocket>;
