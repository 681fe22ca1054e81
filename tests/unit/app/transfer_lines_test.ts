import { equal } from "node:assert/strict";
import { transferLine } from "../../../lib/app/transfer_lines.ts";
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
    "3  to bob  a.bin (100 B)  waits until you let it go straight: direct allow bob",
  );
  equal(
    transferLine(transfer("out", { state: "done" }), undefined, awaits),
    "3  to bob  a.bin (100 B)  done, verified",
  );
});
