import { equal } from "node:assert/strict";
import { processIo } from "../../../lib/admin/process_io.ts";

/** What `action` writes to the standard streams. */
async function written(action: () => Promise<void>): Promise<string> {
  let text = "";
  const originals = [Deno.stdout, Deno.stderr].map((stream) => [stream, stream.write] as const);
  for (const [stream] of originals) {
    stream.write = (bytes) => {
      text += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    };
  }
  try {
    await action();
  } finally {
    for (const [stream, write] of originals) stream.write = write;
  }
  return text;
}

Deno.test("SR-68: the server's verbs write to the operator's terminal nothing that could steer it", async () => {
  const io = processIo();
  const hostile = "so\x1b]52;c;eA==\x07 \u202ebe\x9b31m it";
  equal(await written(() => io.out(hostile)), "so]52;c;eA== be31m it\n");
  equal(await written(() => io.note(hostile)), "so]52;c;eA== be31m it\n");
});
