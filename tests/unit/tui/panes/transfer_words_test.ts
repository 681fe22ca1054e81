import { equal } from "node:assert/strict";
import { transferWords } from "../../../../lib/tui/panes/transfer_words.ts";
import type { Transfer } from "../../../../lib/client/transfers/transfer.ts";

let uploads = 0;

function transfer(
  direction: "in" | "out",
  state: string,
  facts: { sizeBytes: number; movedBytes: number; upload?: string },
): Transfer {
  const items = [{ path: "a", sizeBytes: facts.sizeBytes, type: "" }];
  return {
    direction,
    state: { state },
    items,
    movedBytes: facts.movedBytes,
    id: "1",
    upload: facts.upload ?? `${++uploads}`,
  } as unknown as Transfer;
}

const words = (transfers: readonly Transfer[]) =>
  transferWords(transfers.map((transfer) => ({ transfer, progress: undefined })));

Deno.test("status line says nothing of files when there are none, or none on their way", () => {
  equal(words([]), "");
  equal(words([transfer("out", "offered", { sizeBytes: 9, movedBytes: 0 })]), "");
});

Deno.test("status line leaves what is offered to the count of requests", () => {
  const offer = transfer("in", "offered", { sizeBytes: 9, movedBytes: 0 });
  equal(words([offer, offer]), "");
});

Deno.test("status line adds up files that are on their way", () => {
  const up = transfer("out", "uploading", { sizeBytes: 300, movedBytes: 150 });
  const down = transfer("in", "receiving", { sizeBytes: 100, movedBytes: 10 });
  equal(words([up]), "1 file 50%");
  equal(words([up, down]), "2 files 40%");
  equal(
    words([transfer("in", "receiving", { sizeBytes: 0, movedBytes: 0 })]),
    "1 file 100%",
  );
});

Deno.test("status line counts an upload for a room once, as far as the transfer is that moves it", () => {
  const rows = [0, 150, 0].map((movedBytes) =>
    transfer("out", "uploading", { sizeBytes: 300, movedBytes, upload: "shared" })
  );
  equal(words(rows), "1 file 50%");
});
