/** Where the control socket of a data folder lies, and how the system is told so when that is too long for it. */

import { join } from "node:path";
import { utf8 } from "../base/bytes.ts";

/** `sun_path` of macOS, without its NUL; Linux has four more. */
const MAX_PATH_BYTES = 103;

/** Where the socket of a data folder lies. */
export function controlSocketPath(dataFolder: string): string {
  return join(dataFolder, "control.sock");
}

/**
 * The same place by a path that `bind` and `connect` take: a link to the data folder, in a temporary folder of this user's
 * own, when the path itself is too long. Needed for the call only; disposing removes the link.
 */
export class ControlPath implements Disposable {
  readonly path: string;
  readonly #temporary: string | undefined;

  constructor(dataFolder: string) {
    const path = controlSocketPath(dataFolder);
    if (utf8(path).length <= MAX_PATH_BYTES) {
      this.path = path;
      return;
    }
    this.#temporary = Deno.makeTempDirSync({ prefix: "heliograph-" });
    const link = join(this.#temporary, "data");
    Deno.symlinkSync(Deno.realPathSync(dataFolder), link);
    this.path = controlSocketPath(link);
  }

  [Symbol.dispose](): void {
    if (this.#temporary !== undefined) Deno.removeSync(this.#temporary, { recursive: true });
  }
}
