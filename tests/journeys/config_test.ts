/** Settings from the command line: shown, written in the person's editor, and told when they cannot be read. */

import { equal, match } from "node:assert/strict";
import { join } from "node:path";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { jsonLines, programCommand } from "./programs.ts";

Deno.test({
  name: "J10: config shows the settings, and has them written in the person's editor",
  // The editor is a script of the shell.
  ignore: Deno.build.os === "windows",
  async fn() {
    await Deno.mkdir(join(PROJECT_ROOT, "tests/tmp"), { recursive: true });
    const home = await Deno.makeTempDir({ dir: join(PROJECT_ROOT, "tests/tmp") });
    try {
      const run = async (args: readonly string[], editor = "") => {
        const env = { HOME: home, HELIOGRAPH_HOME: home, EDITOR: editor, VISUAL: "" };
        const ended = await programCommand("client", args, { env, cwd: home }).output();
        const [stdout, stderr] = [ended.stdout, ended.stderr].map((it) =>
          new TextDecoder().decode(it)
        );
        return { code: ended.code, stdout, stderr };
      };
      const editorOf = async (name: string, line: string) => {
        await Deno.writeTextFile(join(home, name), `#!/bin/sh\n${line}\n`, { mode: 0o700 });
        return join(home, name);
      };
      match(
        (await run(["config", "show"])).stderr,
        /does not exist yet: all settings have their defaults/,
      );
      const none = await run(["config", "edit"]);
      equal(none.code, 11);
      match(none.stderr, /No editor: set EDITOR/);
      const unchanged = await run(["config", "edit"], await editorOf("look", "true"));
      match(unchanged.stderr, /Nothing was changed/);
      const light = await editorOf("light", `printf '[screen]\\ntheme = "light"\\n' > "$1"`);
      const edited = await run(["config", "edit"], light);
      equal(edited.code, 0, edited.stderr);
      match(edited.stderr, /^Saved .*config\.toml\./);
      const text = '[screen]\ntheme = "light"\n';
      equal((await run(["config", "show"])).stdout, text);
      const [{ path, ...said }] = jsonLines((await run(["config", "show", "--json"])).stdout);
      equal(JSON.stringify(said), JSON.stringify({ v: 1, type: "config", text, problems: [] }));
      equal(((await Deno.stat(`${path}`)).mode ?? 0) & 0o777, 0o600);
      const vi = await editorOf(
        "vi",
        `printf '[keys]\\npreset = "vi"\\nlist = "alt-l*"\\n' > "$1"`,
      );
      equal((await run(["config", "edit"], vi)).code, 0);
      const keys = await run(["config", "keys"]);
      match(keys.stdout, /^search +f3, alt-s, alt-\/ +search messages, here or everywhere$/m);
      match(keys.stdout, /^nth +alt-1 … alt-9 +the first nine of the list$/m);
      const [list] = jsonLines((await run(["config", "keys", "--json"])).stdout)
        .filter(({ action }) => action === "list");
      equal(JSON.stringify(list.keys), '["alt-l*"]');
      const wrong = await run(["config", "edit"], await editorOf("wrong", `echo '[screen' > "$1"`));
      equal(wrong.code, 2);
      match(
        wrong.stderr,
        /No setting applies until this is fixed\nconfig\.toml, line 1: not valid TOML: \w/,
      );
      const shown = await run(["config", "show"]);
      equal(shown.code, 0);
      match(
        shown.stderr,
        /config\.toml, line 1: not valid TOML: \w.*\nFix it: heliograph config edit\n$/,
      );
      // However it is called, what needs the settings says the same: it is not the call that is wrong.
      const stopped = await run(["screen"]);
      equal(stopped.code, 2);
      match(stopped.stderr, /line 1: not valid TOML: .*\nFix it: heliograph config edit\n$/);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
});
