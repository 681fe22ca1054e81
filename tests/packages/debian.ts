/** A Debian of its own to install packages into: nothing of this machine is touched, and nothing goes on when a script is over. */

import { join } from "node:path";
import { isOnPath } from "../kit/on_path.ts";
import { canMount } from "../kit/full_disk.ts";

/** Beyond Debian's smallest: what installs and looks at packages, and what fetches. */
const MORE = ["ca-certificates", "cpio", "curl", "procps", "rpm"];

/** Whether this machine can make one. */
export function canBootstrap(): boolean {
  return canMount() && isOnPath("debootstrap") && isOnPath("unshare");
}

/** What a script said below each line `== NAME` of it, and how it ended. */
export interface Script {
  readonly code: number;
  readonly output: string;
  /** Throws when the script did not come so far. */
  section(name: string): string;
}

/** A root folder with Debian in it. Closing it removes the folder. */
export class Debian implements AsyncDisposable {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** Fetches it, which takes a minute. */
  static async bootstrap(folder: string): Promise<Debian> {
    const root = join(folder, "debian");
    const include = `--include=${MORE.join(",")}`;
    const { success, stdout } = await new Deno.Command("debootstrap", {
      args: ["--variant=minbase", include, "bookworm", root],
    }).output();
    if (!success) throw new Error(`Cannot make a Debian: ${decode(stdout).slice(-500)}`);
    return new Debian(root);
  }

  /** Another one, as this one was when it was fetched. */
  async copy(name: string): Promise<Debian> {
    const root = `${this.root}-${name}`;
    const { success } = await new Deno.Command("cp", { args: ["-a", this.root, root] }).output();
    if (!success) throw new Error(`Cannot copy to ${root}`);
    return new Debian(root);
  }

  /** Puts a file into `/tmp`. */
  async give(file: string, name: string): Promise<void> {
    await Deno.copyFile(file, join(this.root, "tmp", name));
  }

  /** Runs a script there as root, in namespaces of its own: its mounts and its processes end with it. */
  async run(script: string): Promise<Script> {
    const inside = `set -u\nexec 2>&1\nexport HOME=/root LC_ALL=C.UTF-8\ncd /tmp\n${script}`;
    const namespaces = ["--mount", "--pid", "--fork", "--kill-child"];
    const chroot = [
      "chroot",
      this.root,
      "sh",
      "-c",
      "mount -t proc proc /proc; exec sh /tmp/script.sh",
    ];
    await Deno.writeTextFile(join(this.root, "tmp/script.sh"), inside);
    const { code, stdout, stderr } = await new Deno.Command("unshare", {
      args: [...namespaces, ...chroot],
      clearEnv: true,
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    }).output();
    const output = decode(stdout) + decode(stderr);
    return {
      code,
      output,
      section(name) {
        const [, text] = `\n${output}`.split(`\n== ${name}\n`);
        if (text === undefined) throw new Error(`The script did not come to ${name}:\n${output}`);
        return text.split("\n== ")[0];
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
