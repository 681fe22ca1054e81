/**
 * The packages as people get them, made of the real programs: what takes minutes, root and Debian's mirrors, so `--long` has it. By
 * itself: `deno test -A --unstable-net tests/packages/packages_trial.ts`.
 */

import { deepEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { VERSION } from "../../lib/base/version.ts";
import { compile } from "../../tools/compile.ts";
import { FACTS, TARGETS } from "../../tools/release/facts.ts";
import { finish, makePackages } from "../../tools/release/make.ts";
import { sha256 } from "../../tools/release/pack.ts";
import { isOnPath } from "../kit/on_path.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { plantedProgram, SECONDS } from "../release/made.ts";
import { canTryAur, tryAur } from "./aur_trial.ts";
import { canTryFormula, tryFormula } from "./brew_trial.ts";
import { canBootstrap, Debian } from "./debian.ts";
import { tryDeb } from "./deb_trial.ts";
import { tryImage } from "./image_trial.ts";
import { tryInstaller } from "./install_trial.ts";
import { canTryFlake, tryFlake } from "./nix_trial.ts";
import { tryRpm } from "./rpm_trial.ts";

const isHere = Deno.build.target === TARGETS[0].triple;
const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "heliograph-packages-" }));
const programs = join(folder, "programs");
const release = join(folder, "dist/release");

/** Removed when all is over. */
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

let bare: Promise<Debian> | undefined;

/** Fetched once; each trial has a copy. */
function bareDebian(): Promise<Debian> {
  return bare ??= Debian.bootstrap(folder);
}

const NEEDS_DEBIAN = "(needs root, debootstrap and x86-64)";
const hasDebian = isHere && canBootstrap();

Deno.test({
  name: "the programs are the same bytes wherever they are compiled",
  ignore: !isHere,
  async fn() {
    await compile({ root: PROJECT_ROOT, outputFolder: programs });
    const other = join(folder, "elsewhere/of another length");
    await compile({ root: PROJECT_ROOT, outputFolder: other });
    for (const name of FACTS.programs) {
      deepEqual(await sha256(join(programs, name)), await sha256(join(other, name)), name);
      const bytes = Buffer.from(await Deno.readFile(join(programs, name)));
      for (const path of [PROJECT_ROOT, folder]) deepEqual(bytes.includes(path), false, path);
    }
    await Deno.remove(other, { recursive: true });
  },
});

Deno.test({
  name: "a release is made of them (needs dpkg-deb and rpmbuild)",
  ignore: !isHere || !isOnPath("dpkg-deb") || !isOnPath("rpmbuild"),
  async fn() {
    const workshop = { output: release, scratch: join(folder, "scratch"), seconds: SECONDS };
    await Deno.mkdir(release, { recursive: true });
    await Deno.mkdir(workshop.scratch);
    const packing = { target: TARGETS[0], programs, withImage: true, isQuick: true };
    deepEqual(await makePackages(packing, workshop), []);
    // For another processor: what matters is that it is refused.
    const planted = join(folder, "planted");
    await Deno.mkdir(planted);
    for (const name of FACTS.programs) {
      await Deno.writeTextFile(join(planted, name), plantedProgram());
    }
    await makePackages({ target: TARGETS[1], programs: planted, isQuick: true }, workshop);
    await finish(workshop, { deno: Deno.version.deno });
    await Deno.remove(workshop.scratch, { recursive: true });
  },
});

/** One trial in a Debian; `work` gets what was made before. */
function trial(name: string, work: (debian: Debian) => Promise<void>): void {
  Deno.test({
    name: `${name} ${NEEDS_DEBIAN}`,
    ignore: !hasDebian || !isOnPath("dpkg-deb") || !isOnPath("rpmbuild"),
    async fn() {
      if (!existsSync(join(release, "SHA256SUMS"))) throw new Error("No release to try");
      await work(await bareDebian());
    },
  });
}

trial(
  "the .deb is installed, used, upgraded beside its server, refused, removed and purged",
  (debian) => tryDeb(debian, { release, folder, version: VERSION }),
);

trial(
  "install.sh installs into an empty HOME, upgrades beside a server, says when there is no room, and uninstalls",
  (debian) => tryInstaller(debian, { release, version: VERSION }),
);

trial(
  "the .rpm is unpacked, installed, renewed beside its server, and removed",
  (debian) => tryRpm(debian, { release, version: VERSION }),
);

trial(
  "the image is built, and its server is healthy as nobody's root",
  (debian) => tryImage(debian, { image: join(folder, "dist/image"), folder }),
);

/** A recipe of another package manager, by tools of this machine; each works in a folder of its own. */
function recipe(
  name: string,
  canTry: boolean,
  work: (tried: { release: string; folder: string; version: string }) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: !isHere || !canTry || !isOnPath("dpkg-deb") || !isOnPath("rpmbuild"),
    async fn() {
      const own = await Deno.makeTempDir({ dir: folder });
      // makepkg is another user, who has to come to the release.
      await Deno.chmod(folder, 0o755);
      await work({ release, folder: own, version: VERSION });
    },
  });
}

recipe(
  "the AUR's recipe refuses another archive, and makes a package that is installed, renewed and removed (needs root, makepkg and pacman)",
  canTryAur,
  tryAur,
);

recipe(
  "the flake refuses another archive, is built and checked, with a stand-in of nixpkgs (needs nix)",
  canTryFlake,
  tryFlake,
);

recipe(
  "Homebrew's formula takes the archive of each system, and installs it (needs ruby)",
  canTryFormula,
  tryFormula,
);
