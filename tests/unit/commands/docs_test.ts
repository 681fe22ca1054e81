/** What docs/command-line.md says by hand is compared with the programs; the rest is made by `deno task generate`. */

import { deepEqual, ok } from "node:assert/strict";
import { COMMON_EXIT_CODES } from "../../../lib/commands/exit_code.ts";
import { COLOUR_NAMES } from "../../../lib/tui/theme/own_colours.ts";
import { SETTING_NAMES } from "../../../lib/tui/settings/settings.ts";

function read(path: string): string {
  return Deno.readTextFileSync(new URL(`../../../docs/${path}`, import.meta.url));
}

Deno.test("the page says with which exit codes any command may end", () => {
  const section = read("command-line.md").split("\n## Exit codes\n")[1].split("\n## ")[0];
  const common = section.match(/^Any command may end with ([\d, and]+);/m)?.[1];
  deepEqual(common?.match(/\d+/g)?.map(Number), [...COMMON_EXIT_CODES]);
});

Deno.test("the page of the full screen has every setting", () => {
  const page = read("screens.md");
  for (const name of SETTING_NAMES) ok(page.includes(`| \`${name}\` `), `no setting ${name}`);
  for (const name of COLOUR_NAMES) ok(page.includes(`\`${name}\``), `no colour ${name}`);
});
