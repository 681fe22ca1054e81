/** The AUR's recipe by makepkg, as nobody's root, and what it makes by pacman in a root of its own. Both are Debian's. */

import { doesNotMatch, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import { isOnPath } from "../kit/on_path.ts";
import { printedBy } from "../release/made.ts";
import { localRecipe, sectionOf } from "./recipe_folder.ts";

const NEEDED = ["makepkg", "pacman", "fakeroot", "bsdtar", "setpriv"];

/** Whether this machine can build a package of Arch and install it. */
export const canTryAur: boolean = Deno.build.os === "linux" && Deno.uid() === 0 &&
  NEEDED.every(isOnPath);

/** What a package depends on is not looked for: those names are Arch's, and the root is empty. */
const USE = `
set -eu
in_root() { pacman --root "$root" --dbpath "$root/db" --cachedir "$root/cache" --noconfirm "$@"; }
mkdir -p "$root/db"
in_root -Udd "$1"
echo "== installed"
"$root/usr/bin/heliograph" --version
"$root/usr/bin/heliograph-server" --version
in_root -Qkk heliograph-bin
echo 'motd = "Mine"' >>"$root/etc/heliograph-server/server.toml"
echo "== renewed"
in_root -Udd "$1"
tail -n 1 "$root/etc/heliograph-server/server.toml"
echo "== removed"
in_root -R heliograph-bin
find "$root" -path "$root/usr/*"
tail -n 1 "$root/etc/heliograph-server/server.toml.pacsave"
`;

/** `release`: the folder with archive and recipe; `version`: what its programs say. */
export async function tryAur(
  { release, folder, version }: {
    readonly release: string;
    readonly folder: string;
    readonly version: string;
  },
): Promise<void> {
  const build = join(folder, "aur");
  await Deno.mkdir(build);
  // makepkg refuses to be root, and who is not may not look into the folders of the tests.
  for (const path of [folder, release]) await Deno.chmod(path, 0o755);
  const makePackage = async (recipe: string) => {
    await Deno.writeTextFile(join(build, "PKGBUILD"), recipe);
    await printedBy(["chown", "-R", "65534:65534", build]);
    const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    await printedBy([...nobody, "makepkg", "--nodeps", "--force"], {
      cwd: build,
      env: { HOME: build, PKGEXT: ".pkg.tar", LC_ALL: "C" },
    });
  };
  const made = () =>
    [...Deno.readDirSync(build)].map(({ name }) => name).filter((name) => /\.pkg\.tar/.test(name));

  const recipe = await localRecipe(release, "PKGBUILD");
  const wrongSum = recipe.replace(/(sha256sums_x86_64=\(')[0-9a-f]{8}/, "$100000000");
  await rejects(makePackage(wrongSum), /did not pass the validity check/);
  equal(made().length, 0);

  await makePackage(recipe);
  equal(made().join(), `heliograph-bin-${version}-1-x86_64.pkg.tar`);
  const env = { root: join(folder, "aur-root"), LC_ALL: "C" };
  const said = await printedBy(["bash", "-c", USE, "bash", join(build, made()[0])], { env });
  match(
    sectionOf(said, "installed"),
    new RegExp(`^heliograph ${version}\nheliograph-server ${version}\n`),
  );
  match(sectionOf(said, "installed"), /heliograph-bin: \d+ total files, 0 altered files/);
  match(sectionOf(said, "renewed"), /^motd = "Mine"$/m);
  doesNotMatch(sectionOf(said, "removed"), /^\//m);
  match(sectionOf(said, "removed"), /^motd = "Mine"$/m);
}
