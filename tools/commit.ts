/** Which commit a folder is of. */

/**
 * 40 digits, and ` with changes` when a file of the commit is not as it was. Undefined where git or the history is missing: an
 * archive that is unpacked inside somebody else's repository is not of that one's commit.
 */
export async function presentCommit(root: string): Promise<string | undefined> {
  if (await git(root, "rev-parse", "--show-prefix") !== "") return undefined;
  const hash = await git(root, "rev-parse", "HEAD");
  const changed = await git(root, "status", "--porcelain", "--untracked-files=no");
  if (hash === undefined || changed === undefined) return undefined;
  return changed === "" ? hash : `${hash} with changes`;
}

/** What git says; undefined when it fails, or is not there. */
async function git(cwd: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", { args, cwd }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
