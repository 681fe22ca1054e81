/**
 * `deno task generate`: writes the pages of commands, the manual pages, the tables of the protocol's pages, the notices of
 * third-party licences, and what other package managers read. With `--check` it writes nothing and ends with 1 when a file differs.
 */

import { dirname, join } from "node:path";
import { EXIT_CODES } from "../../lib/commands/exit_code.ts";
import { manPages as manPagesOf } from "../../lib/commands/man_page.ts";
import { KEY_ROWS, MESSAGE_KEYS, shownKeys, STAR_WORDS } from "../../lib/tui/keys/keys.ts";
import { PROJECT_ROOT } from "../../tests/tools/layers.ts";
import {
  cell,
  code,
  commandList,
  commandPages,
  globalOptions,
  markdownTable,
  type Pages,
  shellTable,
} from "./command_pages.ts";
import { PROGRAMS, SHELLS } from "./programs.ts";
import signIn from "../../tests/vectors/sign_in.json" with { type: "json" };
import { refreshTables } from "./protocol_tables.ts";
import { licenseNotices, NOTICES_FILE, packagesBelow, runtimeImports } from "../licenses.ts";
import { run } from "../process.ts";
import { ASSUMPTIONS } from "../scale/assumptions.ts";
import { checkTable, costTable, filledTable, planTable } from "../scale/tables.ts";
import { repositoryFiles } from "../release/make.ts";

/** What stands between `<!-- generated NAME -->` and `<!-- end -->`, on any page. */
const REGIONS: Readonly<Record<string, string>> = {
  "options": globalOptions(PROGRAMS[0]),
  ...Object.fromEntries(
    PROGRAMS.map((program) => [`commands of ${program.name}`, commandList(program)]),
  ),
  "lines of the dialogue": shellTable(SHELLS.dialogue, "/"),
  "lines of the console": shellTable(SHELLS.console),
  "lines of p2p": shellTable(SHELLS.p2p),
  "keys": markdownTable(
    ["key", "what it does"],
    [
      ...KEY_ROWS.map((row) => [shownKeys(row, code), cell(row.summary)]),
      ["*", STAR_WORDS],
    ],
  ),
  "actions": KEY_ROWS.map(({ action }) => code(action)).join(", "),
  "keys of a message": markdownTable(
    ["key", "what it does"],
    MESSAGE_KEYS.map(([keys, summary]) => [code(keys), cell(summary)]),
  ),
  "exit codes": markdownTable(["code", "meaning"], Object.entries(EXIT_CODES)),
  "costs of a message": costTable(ASSUMPTIONS),
  "costs beside what was measured": checkTable(ASSUMPTIONS),
  "plan": planTable(ASSUMPTIONS),
  "what fills": filledTable(ASSUMPTIONS),
  "sign-in vector": vectorBlock({ ...signIn.given, ...signIn.computed }),
};

/** Names and values, long ones on lines of their own. */
function vectorBlock(values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([name, value]) => {
    const rows = value.match(/.{1,80}/g) ?? [];
    return [name, ...rows.map((row) => `  ${row}`)].join("\n");
  });
  return ["```text", ...lines, "```"].join("\n");
}

function fillRegions(page: string): string {
  return page.replaceAll(/(<!-- generated (.+?) -->\n)[^]*?(?=<!-- end -->)/g, (_, head, name) => {
    if (REGIONS[name] === undefined) throw new Error(`There is no region "${name}"`);
    return `${head}\n${REGIONS[name]}\n\n`;
  });
}

/** Every Markdown file below `docs/` that may have something generated, by its path there. */
function readPages(folder = ""): Record<string, string> {
  const pages: Record<string, string> = {};
  for (const { name, isDirectory } of Deno.readDirSync(join(PROJECT_ROOT, "docs", folder))) {
    const path = `${folder}${name}`;
    if (isDirectory && name !== "decisions") Object.assign(pages, readPages(`${path}/`));
    else if (name.endsWith(".md")) {
      const page = Deno.readTextFileSync(docs(path));
      if (folder !== "" || page.includes("<!-- generated ")) pages[path] = page;
    }
  }
  return pages;
}

function docs(path: string): string {
  return join(PROJECT_ROOT, "docs", path);
}

const MAN_FOLDER = "../packaging/man/";

/** Manual pages have the date of the last release: the same source makes the same page. */
function manPages(): Record<string, string> {
  const changelog = Deno.readTextFileSync(join(PROJECT_ROOT, "CHANGELOG.md"));
  const date = /^## \[[\d.]+\] - (\d{4}-\d{2}-\d{2})$/m.exec(changelog)?.[1];
  if (date === undefined) throw new Error("CHANGELOG.md has no release with a date");
  const pages = Object.assign({}, ...PROGRAMS.map((program) => manPagesOf(program, date)));
  return Object.fromEntries(
    Object.entries<string>(pages).map(([name, text]) => [`${MAN_FOLDER}${name}`, text]),
  );
}

/** Those that are there. */
function manFiles(): string[] {
  return [...Deno.readDirSync(docs(MAN_FOLDER))].map(({ name }) => `${MAN_FOLDER}${name}`);
}

/** Of the packages that the programs are compiled with. */
function notices(): Record<string, string> {
  const packages = packagesBelow(PROJECT_ROOT, Object.keys(runtimeImports(PROJECT_ROOT)));
  return { [`../${NOTICES_FILE}`]: licenseNotices(PROJECT_ROOT, packages) };
}

/** What package managers read, and the installers. */
function packageFiles(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(repositoryFiles()).map(([path, text]) => [`../${path}`, text]),
  );
}

/** As `deno fmt` writes them, so that the format is not another thing to compare. */
async function formatted(pages: Pages): Promise<Pages> {
  const folder = await Deno.makeTempDir();
  try {
    const made: Record<string, string> = {};
    for (const [path, text] of Object.entries(pages)) {
      await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
      await Deno.writeTextFile(join(folder, path), text);
    }
    const format = [Deno.execPath(), "fmt", "--quiet", "--no-config", "--line-width", "100"];
    const { success, output } = await run([...format, folder], { cwd: folder });
    if (!success) throw new Error(output);
    for (const path of Object.keys(pages)) {
      made[path] = await Deno.readTextFile(join(folder, path));
    }
    return made;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const before = readPages();
const others = Object.entries(before).filter(([path]) => !path.startsWith("commands/"));
const written = [...others, ...Object.entries(commandPages(PROGRAMS, before))].map((
  [path, page],
) => [path, fillRegions(path.startsWith("protocol/") ? refreshTables(page) : page)]);
const made = {
  ...await formatted(Object.fromEntries(written)),
  ...manPages(),
  ...notices(),
  ...packageFiles(),
};

const isCheck = Deno.args.includes("--check");
const stale: string[] = [];
for (const path of [...Object.keys(before), ...manFiles()].filter((path) => !(path in made))) {
  stale.push(path);
  if (!isCheck) Deno.removeSync(docs(path));
}
for (const [path, text] of Object.entries(made)) {
  let now: string | undefined;
  try {
    now = Deno.readTextFileSync(docs(path));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (now === text) continue;
  stale.push(path);
  if (isCheck) continue;
  Deno.mkdirSync(dirname(docs(path)), { recursive: true });
  Deno.writeTextFileSync(docs(path), text);
}
if (stale.length > 0) {
  console.error(
    isCheck
      ? `Not as \`deno task generate\` writes it: ${stale.join(", ")}`
      : `Written: ${stale.join(", ")}`,
  );
}
if (isCheck && stale.length > 0) Deno.exit(1);
