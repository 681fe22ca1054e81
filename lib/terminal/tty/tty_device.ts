/** The process's own terminal, as a small interface that tests can stand in for. */

import type { ByteSource } from "../input/input_reader.ts";
import type { ByteSink } from "../output/output.ts";

/** In character cells, at least one each way. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A terminal's two directions and its settings. Never closed: it belongs to the process. */
export interface TtyDevice {
  readonly input: ByteSource;
  readonly output: ByteSink;
  inputIsTerminal(): boolean;
  outputIsTerminal(): boolean;
  /** Raw: no echo, no line editing, and ctrl-C arrives as byte 3. False gives back what was before. */
  setRaw(raw: boolean): void;
  /** Undefined when the terminal does not say. */
  size(): TerminalSize | undefined;
  /** Calls `listener` at each change of the size until the returned function is called. */
  onResize(listener: () => void): () => void;
  /** For the last words of a program that has no time to wait. May take fewer bytes than it is given. */
  writeSync(bytes: Uint8Array): number;
}

/**
 * Standard input, with standard output or, for questions whose answers must not mix with data, standard error. `/dev/tty` would be
 * there even when both are redirected, but Deno opens it only with all permissions.
 */
export function processTty(direction: "stdout" | "stderr"): TtyDevice {
  const output = direction === "stdout" ? Deno.stdout : Deno.stderr;
  return {
    input: Deno.stdin,
    output,
    inputIsTerminal: () => Deno.stdin.isTerminal(),
    outputIsTerminal: () => output.isTerminal(),
    setRaw: (raw) => Deno.stdin.setRaw(raw),
    size: consoleSize,
    onResize,
    writeSync: (bytes) => output.writeSync(bytes),
  };
}

/** Deno asks all three standard streams in turn; it throws when none is a terminal, and some terminals say 0×0. */
function consoleSize(): TerminalSize | undefined {
  try {
    const { columns, rows } = Deno.consoleSize();
    return columns > 0 && rows > 0 ? { columns, rows } : undefined;
  } catch {
    // Not a terminal: there is no size, which is an answer and no failure.
    return undefined;
  }
}

/** Windows has no signal for it; there the size is right after the next start only. */
function onResize(listener: () => void): () => void {
  if (Deno.build.os === "windows") return () => {};
  Deno.addSignalListener("SIGWINCH", listener);
  return () => Deno.removeSignalListener("SIGWINCH", listener);
}
