import { equal } from "node:assert/strict";
import { spellVersion, VERSION } from "../../../lib/base/version.ts";

Deno.test("version of the programs is that of the project", async () => {
  const config = await Deno.readTextFile(new URL("../../../deno.json", import.meta.url));
  equal(VERSION, JSON.parse(config).version);
});

Deno.test("version names the commit shortly, and whether the source was changed", () => {
  const hash = "0123456789abcdef0123456789abcdef01234567";
  equal(spellVersion(undefined), VERSION);
  equal(spellVersion(hash), `${VERSION} (0123456789ab)`);
  equal(spellVersion(`${hash} with changes`), `${VERSION} (0123456789ab with changes)`);
});
