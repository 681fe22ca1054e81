/** Rewrites one file for ever, alternating two contents, until it is killed. Says when the first write is done. */
import { createPrivateFile, writeFileAtomically } from "../../../lib/storage/atomic_file.ts";

const path = Deno.args[0];
await createPrivateFile(path, new Uint8Array(65_536).fill(1));
console.log("ready");
for (let round = 1;; round++) {
  await writeFileAtomically(path, new Uint8Array(65_536 + round % 2).fill(1 + round % 2));
}
