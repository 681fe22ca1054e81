import { deepEqual, equal } from "node:assert/strict";
import { planFields, planLines, transferLine } from "../../../lib/app/transfer_lines.ts";
import { FILE_BLOCK_BYTES } from "../../../lib/protocol/peer/file.ts";
import type { Transfer } from "../../../lib/client/transfers/transfer.ts";

function transfer(direction: "in" | "out", state: object): Transfer {
  return {
    id: "1",
    number: 3,
    direction,
    peer: "bob",
    items: [{ path: "a.bin", sizeBytes: 100, type: "" }],
    movedBytes: 0,
    state,
  } as unknown as Transfer;
}

Deno.test("a paused transfer says how far it is, as far as this process knows, without a rate", () => {
  const paused = transfer("in", { state: "paused", by: "there", was: "receiving" });
  const progress = { movedBytes: 40, totalBytes: 100, rateBytesPerSecond: 9, remainingMs: 7000 };
  equal(
    transferLine(paused, progress),
    "3  from bob  a.bin (100 B)  paused by the other side at 40%",
  );
});

Deno.test("a transfer that may only go straight, and may not, says what it waits for", () => {
  const awaits = { awaitsConsent: true };
  equal(
    transferLine(transfer("out", { state: "uploading" }), undefined, awaits),
    "3  to bob  a.bin (100 B)  waits for you to allow a direct connection: direct allow bob",
  );
  equal(
    transferLine(transfer("out", { state: "done" }), undefined, awaits),
    "3  to bob  a.bin (100 B)  done, verified",
  );
});

Deno.test("row S0.34: how a transfer is cut is told with the size of its last chunk and the sums that are known", () => {
  const one = transfer("out", { state: "done" });
  deepEqual(planLines(one), ["   1 chunk of 132 B"]);
  const read = { ...one, fileDigest: "5f", items: [{ path: "a", sizeBytes: 600_000, type: "" }] };
  // The seeds' words: first_chunk, last_chuck size. A file's sum of 32 B goes behind it.
  const chunk = FILE_BLOCK_BYTES;
  const plan = { chunks: 3, chunkBytes: chunk, lastChunkBytes: 600_032 - 2 * chunk };
  deepEqual(planLines(read as Transfer), [
    `   3 chunks of ${chunk.toLocaleString("en")} B, the last of ${
      plan.lastChunkBytes.toLocaleString("en")
    } B; sha-256 5f`,
  ]);
  deepEqual(planFields(read as Transfer), { plan: { ...plan, sha256: ["5f"] } });
  const items = [{ path: "f/a\nb", sizeBytes: 1 }, { path: "f/c", sizeBytes: 2 }];
  const several = { ...transfer("in", { state: "receiving" }), items, digests: ["ab"] };
  deepEqual(planLines(several as unknown as Transfer), [
    "   1 chunk of 67 B",
    "   f/a_b: 1 B; sha-256 ab",
    "   f/c: 2 B",
  ]);
});
