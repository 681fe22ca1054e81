import { deepEqual, equal, rejects } from "node:assert/strict";
import { readConfig, readConfigToMend, writeConfig } from "../../../lib/cli/config_file.ts";
import { readSettings } from "../../../lib/tui/settings/settings.ts";
import { utf8 } from "../../../lib/base/bytes.ts";
import { UsageError } from "../../../lib/base/errors.ts";

/** Reads a file with these bytes by `read`. */
async function reading<Value>(
  bytes: Uint8Array | undefined,
  read: (folder: string) => Promise<Value>,
): Promise<Value> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp" });
  try {
    if (bytes !== undefined) await Deno.writeFile(`${folder}/config.toml`, bytes);
    return await read(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** As an editor of long ago writes it. */
const WESTERN = Uint8Array.from('[screen]\nhighlight = ["Z\u{f6}e"]\n', (it) => it.charCodeAt(0));
/** As Windows writes "Unicode". */
const WIDE = Uint8Array.from(
  [...'\u{feff}[screen]\nhighlight = ["Z\u{f6}e"]\n'].flatMap((it) => {
    const unit = it.charCodeAt(0);
    return [unit & 255, unit >> 8];
  }),
);
const MEANT = '[screen]\nhighlight = ["Z\u{f6}e"]\n';

Deno.test("config.toml that is not UTF-8 is never read as if it were empty: its line is named", async () => {
  equal(await reading(undefined, readConfig), "");
  equal(await reading(utf8(MEANT), readConfig), MEANT);
  const words = "Cannot use config.toml, line 2: not valid TOML: the file is not in UTF-8";
  await rejects(
    () => reading(WESTERN, readConfig),
    (error) =>
      error instanceof UsageError && error.code === "bad-config" && error.message === words,
  );
  await rejects(() => reading(WIDE, readConfig), /config\.toml, line 1: not valid TOML/);
});

Deno.test("config.toml that is not UTF-8 is shown and mended as it was meant", async () => {
  const problem = "config.toml, line 2: not valid TOML: the file is not in UTF-8";
  deepEqual(await reading(WESTERN, readConfigToMend), { text: MEANT, problem });
  equal((await reading(WIDE, readConfigToMend)).text, MEANT);
  deepEqual(await reading(utf8(MEANT), readConfigToMend), { text: MEANT, problem: undefined });
  await reading(WESTERN, async (folder) => {
    await writeConfig(folder, (await readConfigToMend(folder)).text);
    equal(await readConfig(folder), MEANT);
  });
});

Deno.test("a screen says of config.toml that is not UTF-8 which line is, and goes on without it", async () => {
  const { settings, problems } = await reading(
    WESTERN,
    (folder) => readSettings(() => readConfig(folder), () => []),
  );
  deepEqual(problems, ["config.toml, line 2: not valid TOML: the file is not in UTF-8"]);
  deepEqual(settings.highlights, []);
});
