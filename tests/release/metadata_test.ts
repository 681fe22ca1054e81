/** What package managers read, made out of one table. That the files in `packaging/` are those is the gate's check "generated". */

import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { join } from "node:path";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { contents, textOf } from "../../tools/release/contents.ts";
import { OLDEST_DENO } from "../../tools/process.ts";
import {
  archiveName,
  debName,
  FACTS,
  OLDEST_GLIBC,
  releaseSeconds,
  rpmName,
  TARGETS,
} from "../../tools/release/facts.ts";
import { debControl, packagePath, rpmSpec, STILL_OLD } from "../../tools/release/linux_packages.ts";
import {
  aurBuild,
  composeFile,
  containerfile,
  homebrewFormula,
  nixFlake,
  NO_SUM,
  scoopManifest,
} from "../../tools/release/recipes.ts";
import { changelogSection, releaseNotes } from "../../tools/release/notes.ts";
import { findOwnVideos } from "../../lib/cli/demo/demo_show.ts";

const other = { ...FACTS, version: "7.8.9", homepage: "https://example.org/h", license: "X11" };

Deno.test("another version, address or licence in the table is another one in every recipe", () => {
  const made = {
    control: debControl({ debian: "amd64" }, 1, other),
    spec: rpmSpec([], other),
    formula: homebrewFormula(NO_SUM, other),
    aur: aurBuild(NO_SUM, other),
    flake: nixFlake(NO_SUM, other),
    scoop: scoopManifest(NO_SUM, other),
    container: containerfile(other),
    compose: composeFile({ ...other, image: "example.org/i" }),
  };
  for (const [name, text] of Object.entries(made)) {
    ok(text.includes("7.8.9"), name);
    equal(text.includes(FACTS.version), false, name);
    equal(text.includes(FACTS.homepage), false, name);
  }
  for (const name of ["spec", "formula", "aur", "scoop", "container"] as const) {
    ok(made[name].includes("X11"), name);
  }
});

Deno.test("every recipe names all targets that its system has", () => {
  const triples = (text: string) => TARGETS.filter(({ triple }) => text.includes(triple)).length;
  deepEqual(
    [homebrewFormula(NO_SUM), aurBuild(NO_SUM), nixFlake(NO_SUM), scoopManifest(NO_SUM)]
      .map(triples),
    [4, 2, 2, 1],
  );
});

Deno.test("the image runs as nobody's root, with ffmpeg, a health check, a volume and both ports", () => {
  const text = containerfile();
  const user = text.lastIndexOf("\nUSER 9797:9797\n");
  ok(user > text.lastIndexOf("\nRUN ") && user > text.lastIndexOf("\nCOPY "));
  match(text, /install -yq --no-install-recommends ffmpeg /);
  match(text, /^HEALTHCHECK .* CMD heliograph-server status$/m);
  match(text, /^VOLUME \/var\/lib\/heliograph$/m);
  match(text, /^EXPOSE 9797\/tcp 9797\/udp$/m);
});

Deno.test("the .rpm owns every folder that is ours alone, so that removing it leaves none", () => {
  const spec = rpmSpec([
    "etc/heliograph-server/server.toml",
    "usr/bin/heliograph",
    "usr/lib/heliograph/videos/cockatoo.mp4",
    "usr/share/doc/heliograph/grafana/heliograph.json",
    "usr/share/man/man1/heliograph.1.gz",
  ]);
  deepEqual(spec.split("\n").filter((line) => line.startsWith("%dir ")), [
    "%dir /etc/heliograph-server",
    "%dir /usr/lib/heliograph",
    "%dir /usr/lib/heliograph/videos",
    "%dir /usr/share/doc/heliograph",
    "%dir /usr/share/doc/heliograph/grafana",
  ]);
});

Deno.test(".deb and .rpm say the same beside a server that runs", () => {
  const postinst = Deno.readTextFileSync(join(PROJECT_ROOT, "packaging/debian/postinst"));
  for (const line of STILL_OLD) {
    ok(postinst.includes(`echo "${line}"`), line);
    ok(rpmSpec([]).includes(`echo "${line}"`), line);
  }
});

Deno.test("every file of an archive is there, or printed by a program", () => {
  for (const target of TARGETS) {
    for (const { path, from, isProgram = false } of contents(target, "nowhere")) {
      if ("file" in from && !isProgram) ok(Deno.statSync(from.file).isFile, path);
    }
  }
});

Deno.test("every page that a unit or a manual page of a package names is in it", async () => {
  const items = contents(TARGETS[0], "nowhere");
  const installed = new Set(items.map(({ path }) => `/${packagePath(path, "deb")}`));
  for (const { path, from } of items.filter(({ path }) => /^(systemd|man)\//.test(path))) {
    const text = "file" in from ? await Deno.readTextFile(from.file) : await textOf(from);
    const named = text.replaceAll("\\-", "-").matchAll(
      /\b(?:file:\/usr\/share\/doc\/heliograph|docs)\/([\w-]+\.md)/g,
    );
    for (const [, page] of named) {
      ok(installed.has(`/usr/share/doc/heliograph/${page}`), `${path} names ${page}`);
    }
  }
});

Deno.test("a release has the date of its version in the changelog, and none without", () => {
  const none = "";
  ok(releaseSeconds(FACTS, none) > 1_790_000_000);
  throws(() => releaseSeconds(other, none), /CHANGELOG\.md has no line ## \[7\.8\.9\] - /);
  equal(releaseSeconds(other, "5"), 5);
});

Deno.test("the notes of a release are the section of its version, and nothing of the others", () => {
  const log =
    "# C\n\n## [Unreleased]\n\n- soon\n\n## [7.8.9] - 2026-01-02\n\n- new\n\n## [7.8.8] - x\n\n- old\n";
  equal(changelogSection(log, other), "- new");
  throws(() => changelogSection(log), /no section of/);
  match(releaseNotes(), new RegExp(`^curl .*/v${FACTS.version}/install\\.sh$`, "m"));
});

Deno.test("the pages name the files, the address and the oldest C library and Deno of this release", () => {
  const names = TARGETS.flatMap((target) => [
    archiveName(target),
    ...(target.debian === undefined ? [] : [debName(target.debian)]),
    ...(target.rpm === undefined ? [] : [rpmName(target.rpm)]),
  ]);
  for (const page of ["README.md", "docs/operating.md", "docs/releasing.md", "docs/support.md"]) {
    const text = Deno.readTextFileSync(join(PROJECT_ROOT, page));
    for (const [name] of text.matchAll(/heliograph[_-]\d+\.\d+\.\d+[\w.-]*/g)) {
      ok(names.includes(name), `${page}: ${name}`);
    }
    for (const [address] of text.matchAll(/https:\/\/github\.com\/\S+?\/releases/g)) {
      equal(address, `${FACTS.homepage}/releases`, page);
    }
  }
  const readme = Deno.readTextFileSync(join(PROJECT_ROOT, "README.md"));
  ok(readme.includes(`${FACTS.homepage}/releases/latest/download/install.sh`));
  ok(readme.includes(`glibc ${OLDEST_GLIBC} or newer`));
  ok(readme.includes(`**${OLDEST_DENO} is the oldest**`));
});

Deno.test("what a program prints is asked of that program", async () => {
  const items = contents(TARGETS[0], "nowhere");
  const { from } = items.find(({ path }) => path === "server.toml")!;
  ok(!("file" in from));
  match(await textOf(from), /^# public-address = "chat\.example\.org"$/m);
  await rejects(
    textOf({ entry: "server.ts", args: ["nonsense"] }),
    /Cannot run server\.ts nonsense/,
  );
});

Deno.test({
  name:
    "the demo of an installed program finds the film beside the program, not beside the link to it",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.realPath(await Deno.makeTempDir());
    try {
      const beside = join(folder, "lib/heliograph");
      await Deno.mkdir(join(beside, "videos"), { recursive: true });
      await Deno.writeTextFile(join(beside, "videos/cockatoo.mp4"), "");
      await Deno.writeTextFile(join(beside, "heliograph"), "");
      await Deno.mkdir(join(folder, "bin"));
      await Deno.symlink("../lib/heliograph/heliograph", join(folder, "bin/heliograph"));
      equal(await findOwnVideos(join(folder, "bin/heliograph")), join(beside, "videos"));
      equal(await findOwnVideos(join(folder, "bin/gone")), undefined);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("the manifest of Scoop has only what its schema knows, where it knows it", () => {
  const keysOf = (value: object) => Object.keys(value).sort();
  const manifest = JSON.parse(scoopManifest(() => "a".repeat(64)));
  deepEqual(keysOf(manifest), [
    ...["architecture", "autoupdate", "bin", "checkver", "description", "extract_dir"],
    ...["homepage", "license", "suggest", "version"],
  ]);
  const { architecture, autoupdate, homepage } = manifest;
  deepEqual(keysOf(architecture), ["64bit"]);
  deepEqual(keysOf(architecture["64bit"]), ["hash", "url"]);
  deepEqual(keysOf(autoupdate), ["architecture", "extract_dir"]);
  deepEqual(keysOf(autoupdate.architecture["64bit"]), ["hash", "url"]);
  // What `"checkver": "github"` looks at.
  match(homepage, /^https:\/\/github\.com\/[^/]+\/[^/]+$/);
});
