/** What the disk did not keep of a file that is being received is fetched again, and nothing else. */

import { FILE_BLOCK_BYTES } from "../../protocol/peer/file.ts";
import { SPOOL_BLOCK_BYTES } from "../../protocol/hop/spool.ts";
import { Download, type DownloadOptions, type DownloadTarget } from "./download.ts";
import type { StreamRange, TargetFiles } from "./target_files.ts";
import { uploadBytes } from "./transfer.ts";

/** Mends the files of `target`; returns how many bytes of the stream that took. Rejects as `Download.run` does. */
export async function mend(
  target: TargetFiles,
  { profile, transport, transfer }: Pick<DownloadOptions, "profile" | "transport" | "transfer">,
  signal: AbortSignal,
): Promise<number> {
  const ranges = target.damaged;
  if (ranges.length === 0) return 0;
  for (const range of ranges) {
    const lastBlock = Math.floor((range.to - 1) / FILE_BLOCK_BYTES);
    const endBytes = Math.min((lastBlock + 1) * SPOOL_BLOCK_BYTES, uploadBytes(transfer.items));
    const piece = mendedPiece(target, range);
    const options = { profile, transport, transfer, target: piece, endBytes, onWritten: () => {} };
    await new Download(options).run(signal);
  }
  await target.mended();
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** One damaged range as what a download writes to. */
function mendedPiece(target: TargetFiles, { from, to }: StreamRange): DownloadTarget {
  let position = from;
  return {
    get position() {
      return position;
    },
    get isWhole() {
      return position >= to;
    },
    async write(bytes) {
      const wanted = bytes.subarray(0, to - position);
      await target.mend(position, wanted);
      position += wanted.length;
    },
  };
}
