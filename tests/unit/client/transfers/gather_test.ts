import { rejects } from "node:assert/strict";
import { join } from "node:path";
import { gather } from "../../../../lib/client/transfers/gather.ts";
import { temporaryFolder } from "../profile_kit.ts";

Deno.test("a path that is nowhere is told from one that cannot be read", async () => {
  const folder = await temporaryFolder();
  try {
    const file = join(folder, "a.txt");
    await Deno.writeTextFile(file, "a");
    await rejects(gather([join(folder, "b.txt")]), { name: "Refusal", code: "no-such-file" });
    await rejects(gather([join(folder, "x".repeat(300))]), { name: "StorageError" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
