/** A file that lines are added to, and that does not grow for ever: for logs. */

import { utf8 } from "../base/bytes.ts";
import { makePrivateFolder } from "./private_files.ts";
import { dirname } from "node:path";

/** Several processes may add to one: each line is one write. Whoever opens it closes it. */
export class RollingFile implements Disposable {
  readonly path: string;
  readonly #limitBytes: number;
  #file: Deno.FsFile | undefined;
  #sizeBytes = 0;
  #isClosed = false;

  private constructor(path: string, limitBytes: number) {
    this.path = path;
    this.#limitBytes = limitBytes;
  }

  /**
   * Makes its folder; the first line makes the file, its owner's only. Past `limitBytes` it becomes `PATH.1`, and another
   * begins. Throws StorageError and what making a folder throws.
   */
  static async open(path: string, options: { readonly limitBytes: number }): Promise<RollingFile> {
    await makePrivateFolder(dirname(path));
    return new RollingFile(path, options.limitBytes);
  }

  /** Adds a line, which has no line break in it. What cannot be written is lost: a full disk must not end the program. */
  add(line: string): void {
    if (this.#isClosed) return;
    try {
      if (this.#file === undefined) {
        this.#file = openAtEnd(this.path);
        this.#sizeBytes = this.#file.statSync().size;
      }
      if (this.#sizeBytes > this.#limitBytes) this.#roll();
      this.#sizeBytes += this.#file.writeSync(utf8(`${line}\n`));
    } catch {
      // Nowhere to say so: this is where such things are said.
      this[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
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
