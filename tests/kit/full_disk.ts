/** Disks without room: a store that says so, and a small one that is really full. */

import { join } from "node:path";
import { StorageError } from "../../lib/base/errors.ts";
import type { Store } from "../../lib/server/store/store.ts";

/** The calls that change nothing: a full disk answers them. */
const READS = /^(find|list|count|fetch|highest|has|check|deedsSince|close)/;

/** A store whose disk is full while `isFull` says so. */
export function fullStore(store: Store, isFull: () => boolean): Store {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      const isWrite = typeof name === "string" && !READS.test(name);
      return (...args: unknown[]) =>
        isWrite && isFull()
          ? Promise.reject(new StorageError("disk-full", "database or disk is full"))
          : value.apply(target, args);
    },
  });
}

/** Whether this user may mount a file system of its own. */
export function canMount(): boolean {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const probe = Deno.makeTempDirSync();
  try {
    if (!mount(probe, 1)) return false;
    return new Deno.Command("umount", { args: [probe] }).outputSync().success;
  } finally {
    Deno.removeSync(probe, { recursive: true });
  }
}

/** A folder moved onto a disk of its own. Closing it takes the disk away. */
export class SmallDisk implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Nobody may have anything in `folder` open. */
  static async under(folder: string, sizeMib: number): Promise<SmallDisk> {
    await Deno.rename(folder, `${folder}.before`);
    await Deno.mkdir(folder);
    if (!mount(folder, sizeMib)) throw new Error("cannot mount");
    const { success } = await new Deno.Command("cp", {
      args: ["-a", `${folder}.before/.`, folder],
    }).output();
    if (!success) throw new Error("the disk is too small");
    return new SmallDisk(folder);
  }

  /** Leaves not one byte. */
  async fill(): Promise<void> {
    using file = await Deno.open(this.#filler, { write: true, create: true });
    const block = new Uint8Array(4096);
    for (let isFull = false; !isFull;) {
      isFull = await file.write(block).then(() => false, () => true);
    }
  }

  async makeRoom(): Promise<void> {
    await Deno.remove(this.#filler);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Lazily: a program that is on its way out may have something open still.
    await new Deno.Command("umount", { args: ["-l", this.#folder] }).output();
  }

  get #filler(): string {
    return join(this.#folder, "filler");
  }
}

function mount(folder: string, sizeMib: number): boolean {
  const args = ["-t", "tmpfs", "-o", `size=${sizeMib}m`, "tmpfs", folder];
  return new Deno.Command("mount", { args, stderr: "null" }).outputSync().success;
}
