import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { PROJECT_ROOT } from "./layers.ts";
import { listSources } from "./graph.ts";
import { sentencesOf } from "./sentences.ts";
import { wrongWordings } from "./wordings.ts";

Deno.test("house: sentences of the interface use the words of the glossary", async () => {
  const wrong: string[] = [];
  let sentences = 0;
  for (const path of listSources(PROJECT_ROOT)) {
    if (!path.startsWith("lib/")) continue;
    const found = sentencesOf(path, await Deno.readTextFile(join(PROJECT_ROOT, path)));
    sentences += found.length;
    wrong.push(...wrongWordings(path, found));
  }
  equal(sentences > 2500, true, `${sentences} sentences were read`);
  equal(wrong.join("\n"), "");
});

Deno.test("house: wrong words are found in sentences, and not in names, logs, SQL or the seeds' own", () => {
  const source = [
    'import { anew } from "./those in charge.ts";',
    'const row = { name: "anew", summary: "begin anew.", title: "Films" };',
    "const line = (name: string) => `${name} is told, and what waits is taken back`;",
    'log.info("plain text goes", { text: `nobody called ${1} here` });',
    'const sql = "SELECT sealed FROM what_waits WHERE in = charge";',
    'throw new UsageError("no-name", "There is nobody called bob here");',
    'throw new Bug("The founded room is sealed");',
    'const good = "Now talking to bob, end-to-end encrypted";',
  ].join("\n");
  const path = "lib/tui/planted.ts";
  deepEqual(
    wrongWordings(path, sentencesOf(path, source)).map((line) => line.replace(/, say .*/, "")),
    [
      `${path}:2: "begin anew" in "begin anew."`,
      `${path}:2: full stop in "begin anew."`,
      `${path}:2: "Films" in "Films"`,
      `${path}:3: "what waits" in "{} is told, and what waits is taken back"`,
      `${path}:3: "taken back" in "{} is told, and what waits is taken back"`,
      `${path}:3: "is told" in "{} is told, and what waits is taken back"`,
      `${path}:6: "nobody called" in "There is nobody called bob here"`,
    ],
  );
  deepEqual(wrongWordings("lib/classic/uag.ts", sentencesOf(path, source)), []);
});
