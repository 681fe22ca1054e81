import { deepEqual, equal } from "node:assert/strict";
import { LiveSettings } from "../../../../lib/tui/settings/live_settings.ts";
import { DEFAULT_SETTINGS } from "../../../../lib/tui/settings/settings.ts";

/** A file that takes its time to be read and written. */
function slowFile() {
  let text = "";
  const settings = new LiveSettings({
    settings: DEFAULT_SETTINGS,
    async read() {
      const now = text;
      await Promise.resolve();
      return now;
    },
    async write(changed) {
      await Promise.resolve();
      text = changed;
    },
    problemsIn: () => [],
    apply: () => {},
  });
  return { settings, text: () => text };
}

Deno.test("settings that are changed quickly one after the other are all kept, and answered in their order", async () => {
  const { settings, text } = slowFile();
  const answers: string[] = [];
  const noting = async (name: string, kept: Promise<string | undefined>) => {
    answers.push(`${name}: ${await kept ?? "kept"}`);
  };
  await Promise.all([
    noting("list", settings.keep("list", false)),
    noting("theme", settings.keep("theme", "drak")),
    noting("line", settings.keepOther({ table: "colours", key: "line", value: "99" })),
    noting("mouse", settings.keep("mouse", false)),
  ]);
  deepEqual(answers.map((answer) => answer.split(":")[0]), ["list", "theme", "line", "mouse"]);
  equal(answers.filter((answer) => answer.endsWith("kept")).length, 3);
  equal(text(), "[screen]\nmouse = false\nlist = false\n\n[colours]\nline = 99\n");
  deepEqual([settings.now.list, settings.now.mouse], [false, false]);
});
