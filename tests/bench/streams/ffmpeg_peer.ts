/**
 * The peer of live streams: ffmpeg to ffmpeg over plain TCP on loopback. Nothing is sealed, no server is between, and neither end
 * decodes. And a source whose pictures say when they were taken, for both.
 */

import { join } from "node:path";

/** A camera that is the same for both: 640×360, 15 a second. */
export const MADE_PICTURE = "testsrc2=size=640x360:rate=15";
const FFMPEG = "ffmpeg";
const QUIET = ["-nostdin", "-hide_banner", "-loglevel", "error"];
/** Else it reads several seconds of a stream before it begins. */
const AT_ONCE = ["-fflags", "nobuffer", "-probesize", "32", "-analyzeduration", "0"];

/** What a program printed; throws when it failed. */
async function run(args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(FFMPEG, { args: [...QUIET, ...args] })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Whether there is such a program here. */
export async function has(program: string): Promise<boolean> {
  return await new Deno.Command(program, { args: ["-version"], stdout: "null", stderr: "null" })
    .output().then(() => true, () => false);
}

/**
 * A stand-in for ffmpeg in `folder`: it gives one picture of the made source over and over, each with the time in a comment
 * (ITU-T T.81 B.2.4.5). In perl, since it runs inside ffmpeg's walls.
 */
export async function stampingSource(folder: string): Promise<string> {
  const picture = join(folder, "picture.jpg");
  const made = ["-f", "lavfi", "-i", MADE_PICTURE, "-frames:v", "1", "-q:v", "4"];
  await run([...made, "-pix_fmt", "yuvj420p", "-huffman", "optimal", picture]);
  const path = join(folder, "ffmpeg");
  const text = `#!/usr/bin/perl
use Time::HiRes qw(time sleep);
if (($ARGV[0] // "") eq "-version") { print "ffmpeg version 9.9-stamps Copyright\\n"; exit }
open(my $file, "<:raw", "${picture}") or die; local $/; my $jpeg = <$file>;
binmode STDOUT; $| = 1;
for (my ($n, $began) = (0, time);; $n++) {
  my $left = $began + $n / 15 - time; sleep($left) if $left > 0;
  my $stamp = sprintf("%.3f", time * 1000);
  my $whole = substr($jpeg, 0, 2) . "\\xff\\xfe" . pack("n", 2 + length $stamp) . $stamp . substr($jpeg, 2);
  print "--ffmpeg\\r\\nContent-type: image/jpeg\\r\\nContent-length: ", length $whole, "\\r\\n\\r\\n$whole\\r\\n";
}
`;
  await Deno.writeTextFile(path, text, { mode: 0o755 });
  return path;
}

/** When the pictures of a folder are written: the time of a file itself goes in steps of 4 ms. */
export class Arrivals implements AsyncDisposable {
  readonly #watcher: Deno.FsWatcher;
  readonly #watching: Promise<void>;
  readonly #first = Promise.withResolvers<number>();
  /** In the order in which they came, in ms since 1970. */
  readonly #atMs = new Map<string, number>();

  constructor(folder: string) {
    this.#watcher = Deno.watchFs(folder);
    this.#watching = this.#watch();
  }

  /** When the first one was there, by `performance.now()`. */
  get first(): Promise<number> {
    return this.#first.promise;
  }

  /** How much later than they were taken they came, in ms; of the first second none. */
  async delays(): Promise<number[]> {
    const delays: number[] = [];
    for (const [path, atMs] of [...this.#atMs].slice(15)) {
      const head = new TextDecoder("latin1").decode((await Deno.readFile(path)).subarray(0, 64));
      const takenMs = Number(/\xff\xfe..(\d{13}\.\d{3})/s.exec(head)?.[1]);
      if (Number.isFinite(takenMs)) delays.push(atMs - takenMs);
    }
    return delays;
  }

  async #watch(): Promise<void> {
    for await (const { kind, paths: [path] } of this.#watcher) {
      if (kind !== "modify" || !path.endsWith(".jpg") || this.#atMs.has(path)) continue;
      this.#first.resolve(performance.now());
      this.#atMs.set(path, performance.timeOrigin + performance.now());
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watcher.close();
    await this.#watching;
  }
}

/** Two programs, and a third one before them that gives the pictures. Closing ends them. */
export interface PeerStream extends AsyncDisposable {
  readonly sender: number;
  readonly receiver: number;
  /** When the receiver was started, by `performance.now()`. */
  readonly startedMs: number;
}

async function startPair(
  input: { readonly args: readonly string[]; readonly from?: string },
  output: readonly string[],
): Promise<PeerStream> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const address = `tcp://127.0.0.1:${port}`;
  const children: Deno.ChildProcess[] = [];
  const start = (program: string, args: readonly string[], stdin: "null" | "piped" = "null") => {
    const piped = { stdin, stdout: "piped", stderr: "null" } as const;
    const child = new Deno.Command(program, { args: [...args], ...piped }).spawn();
    children.push(child);
    return child;
  };
  const source = input.from === undefined ? undefined : start(input.from, []);
  const to = ["-f", "mpjpeg", "-flush_packets", "1", `${address}?listen=1`];
  const quiet = QUIET.filter((word) => word !== "-nostdin");
  const sender = start(FFMPEG, [...quiet, ...input.args, ...to], source ? "piped" : "null");
  source?.stdout.pipeTo(sender.stdin).catch(() => {});
  await untilListening(port);
  const startedMs = performance.now();
  const from = ["-f", "mpjpeg", ...AT_ONCE, "-i", address, "-c", "copy"];
  const receiver = start(FFMPEG, [...QUIET, ...from, ...output]);
  return {
    sender: sender.pid,
    receiver: receiver.pid,
    startedMs,
    async [Symbol.asyncDispose]() {
      for (const child of children.toReversed()) {
        try {
          child.kill("SIGKILL");
        } catch {
          // It ended with the one before.
        }
        await child.status;
        if (child !== source) await child.stdout.cancel();
      }
    },
  };
}

/** Without connecting: the listener takes one connection only. */
async function untilListening(port: number): Promise<void> {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  // State 0A of tcp(7) in proc(5).
  const listens = new RegExp(`:${hex} [0-9A-F]+:0000 0A `);
  while (!listens.test(await Deno.readTextFile("/proc/net/tcp"))) await pause();
}

/** The made picture, thrown away at its end. */
export async function peerCamera(): Promise<PeerStream> {
  const args = ["-re", "-f", "lavfi", "-i", MADE_PICTURE, "-c:v", "mjpeg", "-q:v", "4"];
  return await startPair({ args }, ["-f", "null", "-"]);
}

/** The stamping source, kept as pictures in `folder`. */
export async function peerStamps(source: string, folder: string): Promise<PeerStream> {
  const args = ["-f", "mpjpeg", ...AT_ONCE, "-i", "pipe:0", "-c", "copy"];
  return await startPair({ args, from: source }, ["-f", "image2", join(folder, "%d.jpg")]);
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
