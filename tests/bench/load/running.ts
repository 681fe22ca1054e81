/** Servers under load: ours and the peers, each started on a free port of this machine and ended afterwards. */

import { join } from "node:path";
import { existsSync } from "node:fs";
import { programCommand } from "../../journeys/programs.ts";
import type { Peer, PeerSite } from "./peers.ts";

/** A server that accepts connections. Closing ends it. */
export interface Running extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

/** How long a server may take until it accepts. */
const START_LIMIT_MS = 120_000;
const DESCRIPTORS = 12_000;

/** Ours, on a copy of a crowd's data; without videos, there is none. */
export async function startOurs(
  folder: string,
  { data, tls, videos = join(folder, "videos"), serve = [], env = {} }: {
    data: string;
    tls: boolean;
    videos?: string;
    serve?: readonly string[];
    env?: Readonly<Record<string, string>>;
  },
): Promise<Running> {
  const readyFile = join(folder, "ready.json");
  // Else it would prepare the project's own videos meanwhile.
  await Deno.mkdir(videos, { recursive: true });
  const child = programCommand("server", [
    ...["serve", "--listen", "127.0.0.1:0", "--data", data, "--ready-file", readyFile],
    ...[
      "--videos",
      videos,
      "--no-console",
      "--tls",
      tls ? "auto" : "off",
      "--message-rate",
      "1000000",
    ],
    ...serve,
  ], {
    env: { HELIOGRAPH_HOME: join(folder, "home"), ...env },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await until(() => existsSync(readyFile) && Deno.readTextFileSync(readyFile).includes("}"));
  const { port, pid } = JSON.parse(Deno.readTextFileSync(readyFile));
  await raiseDescriptors(pid);
  return running(child, { port, pid });
}

/** A peer; undefined when it is not installed. */
export async function startPeer(
  peer: Peer,
  site: Omit<PeerSite, "port">,
): Promise<Running | undefined> {
  if (!existsSync(peer.program)) return undefined;
  const port = freePort();
  const configFile = join(site.folder, `${peer.name}.conf`);
  await Deno.writeTextFile(configFile, peer.configure({ ...site, port }));
  const child = new Deno.Command(peer.program, {
    args: [...peer.args(configFile)],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await until(() => accepts(port));
  await raiseDescriptors(child.pid);
  return running(child, { port, pid: child.pid });
}

/**
 * Of a process, and of those that it starts later. A shell's usual 1,024 descriptors would be what is measured. Best effort: where
 * it fails, accepting does, with a word.
 */
export async function raiseDescriptors(pid: number): Promise<void> {
  const args = ["--pid", String(pid), `--nofile=${DESCRIPTORS}`];
  try {
    await new Deno.Command("prlimit", { args, stdout: "null", stderr: "null" }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What a peer says its version is. */
export async function versionOf({ program, version }: Peer): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(program, { args: [...version.args] }).output();
  const text = new TextDecoder();
  const [, found] = version.pattern.exec(text.decode(stdout) + text.decode(stderr)) ?? [];
  return found ?? "of unknown version";
}

function running(child: Deno.ChildProcess, { port, pid }: { port: number; pid: number }): Running {
  return {
    port,
    pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** One that is free now. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

async function accepts(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

async function until(isReady: () => boolean | Promise<boolean>): Promise<void> {
  const limitMs = performance.now() + START_LIMIT_MS;
  while (!await isReady()) {
    if (performance.now() > limitMs) throw new Error("A server did not get ready");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
