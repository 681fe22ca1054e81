/** What is in a release: the same bytes each time, everything that belongs into it, and sums that hold. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { isOnPath } from "../kit/on_path.ts";
import {
  archiveFolder,
  archiveName,
  debName,
  FACTS,
  rpmName,
  TARGETS,
} from "../../tools/release/facts.ts";
import { sha256 } from "../../tools/release/pack.ts";
import {
  cannotArchive,
  cannotPack,
  makeRelease,
  onlyArchives,
  printedBy,
  SECONDS,
  someTarget,
} from "./made.ts";

const WINDOWS = TARGETS.find(({ os }) => os === "windows")!;

/** What everybody finds, wherever they unpack it. */
const EVERYWHERE = [
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "THIRD-PARTY-LICENSES.txt",
  "completions/bash/heliograph",
  "completions/bash/heliograph-server",
  "completions/fish/heliograph.fish",
  "completions/zsh/_heliograph-server",
  "man/heliograph.1",
  "man/heliograph-server.1",
  "server.toml",
  "videos/LICENSES.md",
  "videos/cockatoo.mp4",
];

Deno.test({
  name:
    "release: an archive has both programs and all that goes with them, by name, dated and owned by nobody",
  ignore: cannotArchive,
  async fn() {
    await using made = await makeRelease();
    const target = someTarget();
    const file = join(made.output, archiveName(target));
    const lines = (await printedBy(["tar", "--utc", "-tvf", file])).trim().split("\n");
    const names = lines.map((line) => line.split(" ").at(-1) ?? "");
    for (const path of [...EVERYWHERE, ...FACTS.programs, "systemd/heliograph-server.service"]) {
      ok(names.includes(`${archiveFolder(target)}/${path}`), path);
    }
    deepEqual(names, [...names].sort());
    const day = new Date(SECONDS * 1000).toISOString().slice(0, 10);
    for (const line of lines) match(line, new RegExp(` 0/0 .* ${day} `));
    const modeOf = (path: string) =>
      lines.find((line) => line.endsWith(` ${archiveFolder(target)}/${path}`))?.slice(0, 10);
    deepEqual(["heliograph", "LICENSE"].map(modeOf), ["-rwxr-xr-x", "-rw-r--r--"]);
  },
});

Deno.test({
  name: "release: the zip for Windows has both programs and no unit (needs zip)",
  ignore: cannotPack || !isOnPath("zip"),
  async fn() {
    await using made = await makeRelease({ target: WINDOWS });
    const listed = await printedBy(["zip", "-sf", join(made.output, archiveName(WINDOWS))]);
    const names = listed.split("\n").map((line) => line.trim().replace(/^[^/]*\//, ""));
    const programs = FACTS.programs.map((name) => `${name}.exe`);
    for (const path of [...EVERYWHERE, ...programs]) ok(names.includes(path), path);
    equal(names.some((name) => name.startsWith("systemd/")), false);
    const recipe = JSON.parse(await Deno.readTextFile(join(made.output, "scoop.json")));
    const { url, hash } = recipe.architecture["64bit"];
    equal(url.split("/").at(-1), archiveName(WINDOWS));
    equal(hash, await sha256(join(made.output, archiveName(WINDOWS))));
  },
});

Deno.test({
  name: "release: the same programs make the same bytes, and SHA256SUMS holds for each file",
  ignore: cannotArchive,
  async fn() {
    await using one = await makeRelease();
    await using other = await makeRelease();
    const sums = async ({ output }: typeof one) =>
      await Deno.readTextFile(join(output, "SHA256SUMS"));
    equal(await sums(one), await sums(other));
    const listed = (await sums(one)).trim().split("\n").map((line) => line.slice(66));
    const there = [...Deno.readDirSync(one.output)].map(({ name }) => name).sort();
    deepEqual([...listed, "SHA256SUMS"].sort(), there);
    await printedBy(["sha256sum", "--check", "--quiet", "SHA256SUMS"], { cwd: one.output });
  },
});

Deno.test({
  name: "release: the recipes of other package managers name the archive and its sum",
  ignore: cannotArchive,
  async fn() {
    await using made = await makeRelease({ has: onlyArchives });
    const sum = await sha256(join(made.output, archiveName(someTarget())));
    for (const name of ["heliograph.rb", "PKGBUILD", "flake.nix"]) {
      const text = await Deno.readTextFile(join(made.output, name));
      ok(text.includes(sum), name);
      ok(text.includes(`/v${FACTS.version}/${archiveName(someTarget())}`), name);
    }
  },
});

const linux = TARGETS[0];

Deno.test({
  name: "release: the recipe of the AUR finds in the archive all that it packs",
  ignore: cannotArchive,
  async fn() {
    await using made = await makeRelease({ target: linux, has: onlyArchives });
    const unpack = `tar -xf ${archiveName(linux)}; . ./PKGBUILD; package`;
    const env = { srcdir: made.output, pkgdir: join(made.folder, "pkg"), CARCH: linux.machine };
    await printedBy(["bash", "-euc", unpack], { cwd: made.output, env });
    for (
      const path of [
        "usr/bin/heliograph-server",
        "usr/lib/heliograph/videos/cockatoo.mp4",
        "usr/lib/systemd/system/heliograph-server.service",
        "usr/share/licenses/heliograph-bin/THIRD-PARTY-LICENSES.txt",
      ]
    ) ok(Deno.statSync(join(env.pkgdir, path)).isFile, path);
  },
});

Deno.test({
  name:
    "release: the .deb has programs, unit and pages where Debian has them, and settings that stay as they were changed (needs dpkg-deb)",
  ignore: cannotPack || !isOnPath("dpkg-deb"),
  async fn() {
    await using made = await makeRelease({ target: linux });
    const file = join(made.output, debName("amd64"));
    const listed = (await printedBy(["dpkg-deb", "--contents", file])).trim().split("\n");
    for (const line of listed) match(line, / root\/root /);
    for (
      const path of [
        "usr/bin/heliograph -> ../lib/heliograph/heliograph",
        "usr/lib/heliograph/heliograph-server",
        "usr/lib/heliograph/videos/cockatoo.mp4",
        "usr/lib/systemd/system/heliograph-server.service",
        "usr/share/man/man1/heliograph.1.gz",
        "usr/share/doc/heliograph/copyright",
        "usr/share/doc/heliograph/THIRD-PARTY-LICENSES.txt",
        "usr/share/bash-completion/completions/heliograph",
      ]
    ) ok(listed.some((line) => line.endsWith(`./${path}`)), path);
    const control = join(made.folder, "control");
    await printedBy(["dpkg-deb", "--control", file, control]);
    const read = (name: string) => Deno.readTextFileSync(join(control, name));
    equal(read("conffiles"), "/etc/heliograph-server/server.toml\n");
    match(read("control"), new RegExp(`^Version: ${FACTS.version}-1\nArchitecture: amd64\n`, "m"));
    match(read("control"), /^Installed-Size: [1-9]\d*$/m);
    for (const script of ["postinst", "prerm", "postrm"]) {
      equal(Deno.statSync(join(control, script)).mode! & 0o777, 0o755, script);
    }
  },
});

Deno.test({
  name:
    "release: the .rpm has the same files, and no dependency that nobody named (needs rpmbuild)",
  ignore: cannotPack || !isOnPath("rpmbuild"),
  async fn() {
    await using made = await makeRelease({ target: linux });
    const file = join(made.output, rpmName("x86_64"));
    const listed = (await printedBy(["rpm", "-qpl", file])).split("\n");
    for (const name of FACTS.programs) {
      ok(listed.includes(`/usr/bin/${name}`));
      ok(listed.includes(`/usr/lib/heliograph/${name}`));
    }
    ok(listed.includes("/usr/lib/systemd/system/heliograph-server.service"));
    deepEqual(
      (await printedBy(["rpm", "-qpc", file])).trim(),
      "/etc/heliograph-server/server.toml",
    );
    const needs = (await printedBy(["rpm", "-qpR", file])).split("\n")
      .filter((line) => line !== "" && !/^rpmlib\(|^config\(|^\/bin\/sh$/.test(line));
    deepEqual(needs.sort(), ["libc.so.6(GLIBC_2.27)(64bit)", "libgcc"]);
  },
});

Deno.test({
  name: "release: a tool that is not there leaves out what it makes, by name",
  ignore: cannotPack,
  async fn() {
    await using made = await makeRelease({ target: linux, has: () => false });
    deepEqual(made.leftOut, [
      `${archiveName(linux)}: xz is not on this machine`,
      `${debName("amd64")}: dpkg-deb is not on this machine`,
      `${rpmName("x86_64")}: rpmbuild is not on this machine`,
    ]);
  },
});
