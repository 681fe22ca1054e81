import { equal } from "node:assert/strict";
import { transferWords } from "../../../lib/cli/screen/transfer_words.ts";
import type { Transfer } from "../../../lib/client/transfers/transfer.ts";

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

const none = () => undefined;

Deno.test("status line says nothing of files when there are none, or none on their way", () => {
  equal(transferWords([], none), "");
  equal(transferWords([transfer("out", "offered", { sizeBytes: 9, movedBytes: 0 })], none), "");
});

Deno.test("status line counts offers and says how to answer them", () => {
  const offer = transfer("in", "offered", { sizeBytes: 9, movedBytes: 0 });
  equal(transferWords([offer], none), "1 offer: /y or /n");
  equal(transferWords([offer, offer], none), "2 offers: /y or /n");
});

Deno.test("status line adds up files that are on their way", () => {
  const up = transfer("out", "uploading", { sizeBytes: 300, movedBytes: 150 });
  const down = transfer("in", "receiving", { sizeBytes: 100, movedBytes: 10 });
  equal(transferWords([up], none), "1 file 50%");
  equal(transferWords([up, down], none), "2 files 40%");
  equal(
    transferWords([transfer("in", "receiving", { sizeBytes: 0, movedBytes: 0 })], none),
    "1 file 100%",
  );
});

Deno.test("status line counts an upload for a room once, as far as the transfer is that moves it", () => {
  const rows = [0, 150, 0].map((movedBytes) =>
    transfer("out", "uploading", { sizeBytes: 300, movedBytes, upload: "shared" })
  );
  equal(transferWords(rows, none), "1 file 50%");
});
