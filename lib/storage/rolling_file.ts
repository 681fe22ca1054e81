/** A file that lines are added to, and that does not grow for ever: for logs. */

import { utf8 } from "../base/bytes.ts";
import { makePrivateFolder } from "./private_files.ts";
import { dirname } from "node:path";

/** Several processes may add to one: each line is one write. Whoever opens it closes it. */
export class RollingFile implements Disposable {
  readonly path: string;
  readonly #limitBytes: number;
  #file: Deno.FsFile | undefined;
  #sizeBytes: number;

  private constructor(path: string, limitBytes: number, file: Deno.FsFile) {
    this.path = path;
    this.#limitBytes = limitBytes;
    this.#file = file;
    this.#sizeBytes = file.statSync().size;
  }

  /** Opens or makes it, its owner's only. Past `limitBytes` it becomes `PATH.1`, and another begins. Throws StorageError and what opening a file throws. */
  static async open(path: string, options: { readonly limitBytes: number }): Promise<RollingFile> {
    await makePrivateFolder(dirname(path));
    return new RollingFile(path, options.limitBytes, openAtEnd(path));
  }

  /** Adds a line, which has no line break in it. What cannot be written is lost: a full disk must not end the program. */
  add(line: string): void {
    try {
      if (this.#sizeBytes > this.#limitBytes) this.#roll();
      this.#sizeBytes += this.#file?.writeSync(utf8(`${line}\n`)) ?? 0;
    } catch {
      // Nowhere to say so: this is where such things are said.
      this[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #roll(): void {
    this.#file?.close();
    this.#file = undefined;
    Deno.renameSync(this.path, `${this.path}.1`);
    this.#file = openAtEnd(this.path);
    this.#sizeBytes = 0;
  }
}

function openAtEnd(path: string): Deno.FsFile {
  return Deno.openSync(path, { append: true, create: true, mode: 0o600 });
}
