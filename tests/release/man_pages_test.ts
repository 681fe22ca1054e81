/** The manual pages, as those read them who show them. */

import { equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { isOnPath } from "../kit/on_path.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";

const FOLDER = join(PROJECT_ROOT, "packaging/man");
const FILES = [...Deno.readDirSync(FOLDER)].map(({ name }) => join(FOLDER, name)).sort();

const isLinux = Deno.build.os === "linux";

/** `onOutput`: what is wrong stands there, in place of the page. */
async function complaints(
  program: string,
  args: readonly string[],
  { onOutput }: { readonly onOutput: boolean },
): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  const text = new TextDecoder();
  return (onOutput ? text.decode(stdout) : "") + text.decode(stderr);
}

/** No complaint about our pages, and one about a page that is wrong. */
async function judge(read: (...files: readonly string[]) => Promise<string>): Promise<void> {
  ok(FILES.length > 90);
  equal(await read(...FILES), "");
  const planted = await Deno.makeTempFile({ suffix: ".1" });
  try {
    await Deno.writeTextFile(planted, ".TH X 1\n.SH NAME\nx \\- y\n.zz\n");
    match(await read(planted), /zz/);
  } finally {
    await Deno.remove(planted);
  }
}

Deno.test({
  name: "man reads the manual page of every command without a warning (needs man)",
  ignore: !isLinux || !isOnPath("man"),
  fn: () =>
    judge((...files) => {
      const args = ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", ...files];
      return complaints("man", args, { onOutput: false });
    }),
});

Deno.test({
  name: "mandoc reads the manual page of every command without a warning (needs mandoc)",
  ignore: !isLinux || !isOnPath("mandoc"),
  fn: () => judge((...files) => complaints("mandoc", ["-Tlint", ...files], { onOutput: true })),
});
