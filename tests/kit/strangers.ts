/** Strangers who hold connections to a server and give nothing for them, in a process of their own (Linux). */

const CHILD = new URL("strangers_child.ts", import.meta.url).pathname;

/** What one says, and then nothing more; who trickles goes on with a byte every five seconds. */
export type StrangerKind =
  | "no byte"
  | "one byte"
  | "half a hello"
  | "trickle"
  | "no answer"
  | "handshake";

/** Every kind. */
export const STRANGER_KINDS: readonly StrangerKind[] = [
  "no byte",
  "one byte",
  "half a hello",
  "trickle",
  "no answer",
  "handshake",
];

/** Some of a kind, so many from each address of 127/8. */
export interface StrangerGroup {
  readonly kind: StrangerKind;
  readonly sources: readonly string[];
  readonly each: number;
}

/** Who comes to 127.0.0.1. */
export interface StrangersPlan {
  readonly port: number;
  /** For those who finish a handshake. */
  readonly caPem: string;
  readonly groups: readonly StrangerGroup[];
  /** Whether who is cut connects again at once. */
  readonly reconnects: boolean;
  /** When they leave by themselves. */
  readonly mostSeconds: number;
}

/** What they have seen so far. */
export interface StrangersSeen {
  /** Sockets that are open or being connected. */
  open: number;
  /** Connections that the server's system took. */
  connected: number;
  /** Of those, how many were ended from there. */
  cut: number;
  /** The longest that one of them lasted, or lasts. */
  longestMs: number;
  /** TLS handshakes that were finished. */
  handshakes: number;
}

/** Their process. Whoever started it stops it. */
export class Strangers implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #errors: Promise<string>;
  #rest = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#errors = new Response(child.stderr).text();
  }

  /** They come at once. */
  static start(plan: StrangersPlan): Strangers {
    const args = ["run", "-A", "--no-check", "--quiet", "--config", "deno.json", CHILD];
    const child = new Deno.Command(Deno.execPath(), {
      args: [...args, JSON.stringify(plan)],
      ...{ stdin: "null", stdout: "piped", stderr: "piped" },
    }).spawn();
    return new Strangers(child);
  }

  /** What they see once that is so; they say it every second. Throws when they end first. */
  async until(isSo: (seen: StrangersSeen) => boolean): Promise<StrangersSeen> {
    for (;;) {
      const end = this.#rest.indexOf("\n");
      if (end < 0) {
        const { value, done } = await this.#reader.read();
        if (done) throw new Error(`The strangers have left: ${await this.#errors}`);
        this.#rest += value;
        continue;
      }
      const seen: StrangersSeen = JSON.parse(this.#rest.slice(0, end));
      this.#rest = this.#rest.slice(end + 1);
      if (isSo(seen)) return seen;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // They have left.
    }
    await this.#child.status;
    await this.#reader.cancel();
    await this.#errors;
  }
}
