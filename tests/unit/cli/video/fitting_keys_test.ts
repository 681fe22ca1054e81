import { equal } from "node:assert/strict";
import { fittingKeys } from "../../../../lib/cli/video/terminal_viewer.ts";

Deno.test("D14: keys below a picture are left out whole where there is little room, the way out last", () => {
  const keys = "space pause, arrows seek, q leave";
  equal(fittingKeys(keys, 33), keys);
  equal(fittingKeys(keys, 32), "space pause, q leave");
  equal(fittingKeys(keys, 19), "q leave");
  equal(fittingKeys(keys, 6), "");
});
