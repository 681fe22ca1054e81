/** Folders that nobody may write into for a while, not even root. */

import { canMount } from "./full_disk.ts";

/** Whether this user can be kept from writing. */
export function canForbidWriting(): boolean {
  if (Deno.build.os === "windows") return false;
  return Deno.uid() !== 0 || canMount();
}

/** A folder that is read-only until it is mended. Closing mends it. */
export class ReadOnlyFolder implements AsyncDisposable {
  readonly #folder: string;
  #isMended = false;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Root writes past every mode, but not onto a disk that is mounted read-only. What is open stays writable. */
  static async make(folder: string): Promise<ReadOnlyFolder> {
    if (Deno.uid() !== 0) await Deno.chmod(folder, 0o555);
    else {
      await run("mount", ["--bind", folder, folder]);
      await run("mount", ["-o", "remount,ro,bind", folder]);
    }
    return new ReadOnlyFolder(folder);
  }

  async mend(): Promise<void> {
    if (this.#isMended) return;
    this.#isMended = true;
    if (Deno.uid() !== 0) await Deno.chmod(this.#folder, 0o755);
    else await run("umount", ["-l", this.#folder]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.mend();
  }
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
