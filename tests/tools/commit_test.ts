/** Which commit a compiled program says that it is of. */

import { equal, match } from "node:assert/strict";
import { join } from "node:path";
import { presentCommit } from "../../tools/commit.ts";

/** A git that knows nothing of who runs the tests. */
async function git(cwd: string, ...args: string[]): Promise<void> {
  const who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
  const { success, stderr } = await new Deno.Command("git", {
    args: [...who, ...args],
    cwd,
    env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
  }).output();
  equal(success, true, new TextDecoder().decode(stderr));
}

Deno.test("the commit of a folder is that of its own history, and says when the source was changed", async () => {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "commit-" }));
  await using _removed = { [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
  const inside = join(root, "unpacked");
  await Deno.mkdir(inside);
  const file = join(inside, "source.ts");
  await Deno.writeTextFile(file, "1\n");
  equal(await presentCommit(root), undefined, "without a history");

  await git(root, "init", "--quiet");
  equal(await presentCommit(root), undefined, "without a commit");
  await git(root, "add", ".");
  await git(root, "commit", "--quiet", "-m", "first");
  const commit = await presentCommit(root);
  match(commit ?? "", /^[0-9a-f]{40}$/);
  equal(await presentCommit(inside), undefined, "in a folder of somebody else's history");

  await Deno.writeTextFile(join(inside, "new.ts"), "what a build leaves there\n");
  equal(await presentCommit(root), commit);
  await Deno.writeTextFile(file, "2\n");
  equal(await presentCommit(root), `${commit} with changes`);
});
