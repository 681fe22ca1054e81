import { equal } from "node:assert/strict";
import { VERSION } from "../../../lib/base/version.ts";

Deno.test("version of the programs is that of the project", async () => {
  const config = await Deno.readTextFile(new URL("../../../deno.json", import.meta.url));
  equal(VERSION, JSON.parse(config).version);
});
