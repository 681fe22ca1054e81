/** An ssh server of our own on loopback, for `scp` and `rsync` (Debian: openssh-server, openssh-client, rsync). */

import { join } from "node:path";

async function run(program: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  if (code !== 0) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
}

/** Where a program is, undefined when it is not installed. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of ["/usr/bin", "/usr/sbin", "/usr/local/bin"]) {
    try {
      if ((await Deno.stat(join(folder, name))).isFile) return join(folder, name);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** Runs until it is closed. */
export class SshPeer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #options: readonly string[];
  readonly port: number;

  private constructor(child: Deno.ChildProcess, port: number, options: readonly string[]) {
    this.#child = child;
    this.port = port;
    this.#options = options;
  }

  /** Undefined when there is no sshd here. */
  static async open(folder: string): Promise<SshPeer | undefined> {
    const sshd = await findProgram("sshd");
    if (sshd === undefined) return undefined;
    const [host, user] = [join(folder, "host_key"), join(folder, "user_key")];
    for (const key of [host, user]) {
      await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    }
    using free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = free.addr as Deno.NetAddr;
    free.close();
    // It wants this folder when it begins.
    await Deno.mkdir("/run/sshd", { recursive: true });
    const settings = [
      ...[`Port=${port}`, "ListenAddress=127.0.0.1", `HostKey=${host}`, "UsePAM=no"],
      ...[`AuthorizedKeysFile=${user}.pub`, "StrictModes=no", "PermitRootLogin=yes"],
      ...[`PidFile=none`, "Subsystem=sftp internal-sftp"],
    ];
    const child = new Deno.Command(sshd, {
      args: ["-D", "-e", "-f", "/dev/null", ...settings.flatMap((one) => ["-o", one])],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const options = [
      ...["-i", user, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"],
      ...["-o", "LogLevel=ERROR", "-o", "BatchMode=yes"],
    ];
    const peer = new SshPeer(child, port, options);
    await peer.#answers();
    return peer;
  }

  get pid(): number {
    return this.#child.pid;
  }

  scp(from: string, to: string): Deno.ChildProcess {
    const args = [...this.#options, "-P", String(this.port), from, `127.0.0.1:${to}`];
    return new Deno.Command("scp", { args, stdout: "null" }).spawn();
  }

  rsync(from: string, to: string): Deno.ChildProcess {
    const shell = ["ssh", ...this.#options, "-p", String(this.port)].join(" ");
    const args = ["--whole-file", "-e", shell, from, `127.0.0.1:${to}`];
    return new Deno.Command("rsync", { args, stdout: "null" }).spawn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
  }

  async #answers(): Promise<void> {
    for (let attempt = 1;; attempt++) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.port })).close();
        return;
      } catch (error) {
        if (attempt === 50) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}
