/** Whoever types what the pages say, gets what they say: every command is run, by the real programs. */

import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { join } from "node:path";
import { PROJECT_ROOT } from "../tools/layers.ts";
import {
  blockCalls,
  namedCalls,
  type PageBlock,
  pageBlocks,
  type PageCall,
} from "./page_blocks.ts";
import { PageReader } from "./page_reader.ts";
import { programCommand } from "./programs.ts";

/** The pages, and how many of their blocks nobody can run here. The counts may only fall. */
const PAGES: Readonly<Record<string, number>> = {
  "README.md": 3,
  "docs/guide.md": 2,
  "docs/operating.md": 5,
  "docs/nodes.md": 2,
  "docs/bots.md": 0,
  "docs/faq.md": 0,
  "docs/compare.md": 0,
  "docs/backup.md": 1,
  "docs/classic.md": 1,
  "docs/command-line.md": 1,
  "docs/direct.md": 0,
  "docs/p2p.md": 0,
  "docs/releasing.md": 0,
  "docs/screens.md": 0,
  "docs/support.md": 0,
  "docs/threat-model.md": 0,
  "packaging/README.md": 1,
  "SECURITY.md": 0,
};

const isWindows = Deno.build.os === "windows";

/** Where a program is that a block needs, if anywhere. */
function hasProgram(name: string): boolean {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return folders.some((folder) => {
    try {
      return Deno.statSync(join(folder, name)).isFile;
    } catch {
      return false;
    }
  });
}

/** What the reader has in the folder already. */
async function putThere(here: string): Promise<void> {
  const secret = { mode: 0o600 };
  await Deno.writeTextFile(join(here, "pw"), "correct horse battery staple\n", secret);
  await Deno.writeTextFile(join(here, "new-pw"), "another horse battery staple\n", secret);
  await Deno.writeTextFile(join(here, "passphrase"), "tape in the fireproof safe\n", secret);
  await Deno.writeTextFile(join(here, "note.txt"), "See you there\n");
  await Deno.writeTextFile(join(here, "plan.txt"), "First, a plan\n");
  await Deno.mkdir(join(here, "photos"));
  const picture = join(PROJECT_ROOT, "tests/fixtures/cockatoo.jpg");
  await Deno.copyFile(picture, join(here, "photos/bird.jpg"));
  await Deno.copyFile(picture, join(here, "report.pdf"));
  await Deno.copyFile(join(PROJECT_ROOT, "videos/realshort.mp4"), join(here, "talk.mp4"));
  await Deno.symlink(join(PROJECT_ROOT, "examples"), join(here, "examples"));
}

/** Types all that can be typed here. Returns what was left out for want of a program. */
async function typeAll(blocks: readonly PageBlock[]): Promise<string[]> {
  await using reader = await PageReader.open();
  await putThere(reader.here);
  const leftOut: string[] = [];
  for (const block of blocks.filter(({ noRun }) => noRun === undefined)) {
    if (block.needs === undefined || hasProgram(block.needs)) await reader.type(block);
    else leftOut.push(`${block.where}: no ${block.needs} here`);
  }
  await reader.finish();
  return leftOut;
}

for (const [page, notRun] of Object.entries(PAGES)) {
  const blocks = pageBlocks(page);
  const isRun = blocks.some(({ noRun }) => noRun === undefined);

  Deno.test(`what nobody can run of ${page} is counted, and says why`, () => {
    const left = blocks.filter(({ noRun }) => noRun !== undefined);
    for (const { where, noRun } of left) console.log(`${where} is not run: ${noRun}`);
    equal(left.length, notRun);
  });

  if (!isRun) continue;
  Deno.test({
    name: `what ${page} says is done by the programs when somebody types it`,
    ignore: isWindows,
    async fn() {
      for (const line of await typeAll(blocks)) console.log(line);
    },
  });
}

Deno.test("a page cannot hide a command, nor leave one out without a reason", () => {
  const planted = (text: string) => () => pageBlocks("planted.md", text);
  throws(planted("```\nls\n```\n"), /^Error: planted\.md:1: which language/);
  throws(
    planted("One\n\n```text\n$ heliograph who\n```\n"),
    /planted\.md:3: a command that nobody/,
  );
  throws(planted("```sh as=bob later\nls\n```\n"), /what is later\?/);
  throws(planted("```sh no-run:\nls\n```\n"), /why is it not run\?/);
  const [block] = planted("```sh as=bob ends=5 no-run: it needs root\nheliograph a b --c\n```\n")();
  deepEqual([block.as, block.code, block.noRun], ["bob", 5, "it needs root"]);
  const [{ program, words, options }] = blockCalls(block);
  deepEqual([program, words, options], ["client", ["a", "b"], ["--c"]]);
});

Deno.test({
  name:
    "a command that ends otherwise than its page says is caught, wherever it stands in its block",
  ignore: isWindows,
  async fn() {
    await using reader = await PageReader.open();
    const typed = (text: string) => reader.type(pageBlocks("planted.md", text)[0]);
    await typed("```sh ends=2\nheliograph nonsense\n```\n");
    await rejects(typed("```sh\nheliograph nonsense\necho on\n```\n"), /planted\.md:1/);
    await rejects(
      typed("```sh\nheliograph verify bob --expect '12345 67890 …'\n```\n"),
      /nobody printed/,
    );
  },
});

/** What the help says of a call; the same calls are asked about once. */
const helps = new Map<string, Promise<string>>();

function helpOf({ program, words }: PageCall): Promise<string> {
  const key = [program, ...words].join(" ");
  const known = helps.get(key) ?? askHelp(program, words);
  helps.set(key, known);
  return known;
}

async function askHelp(program: PageCall["program"], words: readonly string[]): Promise<string> {
  const env = { HELIOGRAPH_HOME: join(PROJECT_ROOT, "tests/tmp/nobody") };
  const { code, stdout } = await programCommand(program, [...words, "--help"], { env }).output();
  return code === 0 ? new TextDecoder().decode(stdout) : "";
}

Deno.test("commands that the pages name and nobody runs are there, with their options", async () => {
  const everywhere = `${await helpOf({ where: "", program: "client", words: [], options: [] })}`;
  const calls = Object.keys(PAGES).flatMap((page) => [
    ...namedCalls(page),
    ...pageBlocks(page).filter(({ noRun }) => noRun !== undefined).flatMap(blockCalls),
  ]);
  ok(calls.length > 0);
  for (const call of calls) {
    const help = await helpOf(call);
    const called = `${call.where}: ${call.program} ${call.words.join(" ")}`;
    ok(help !== "", called);
    for (const option of call.options) {
      ok(help.includes(option) || everywhere.includes(option), `${called} ${option}`);
    }
  }
});
