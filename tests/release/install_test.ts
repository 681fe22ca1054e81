/** `install.sh` against a web server of this machine, with programs that only say their version. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isOnPath } from "../kit/on_path.ts";
import { archiveName, FACTS } from "../../tools/release/facts.ts";
import { writeSums } from "../../tools/release/pack.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import {
  cannotArchive,
  cannotPack,
  makeRelease,
  onlyArchives,
  plantedProgram,
  someTarget,
} from "./made.ts";

/** The shells that a person's `sh` may be, as far as they are here. */
const SHELLS = [["sh"], ["dash"], ["busybox", "sh"], ["bash"]].filter(([name]) => isOnPath(name));

/** How the script ended. */
interface Ended {
  readonly code: number;
  readonly said: string;
}

/** A release on a web server, and an empty HOME. */
async function openShop(program?: string) {
  await using owned = new AsyncDisposableStack();
  const made = owned.use(await makeRelease({ program, has: onlyArchives }));
  const home = join(made.folder, "home of somebody");
  await Deno.mkdir(home);
  const server = owned.use(
    Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const name = new URL(request.url).pathname.slice(1);
      try {
        return new Response(await Deno.readFile(join(made.output, name)));
      } catch {
        return new Response("", { status: 404 });
      }
    }),
  );
  const kept = owned.move();
  const from = `http://127.0.0.1:${server.addr.port}`;
  const run = async (
    args: readonly string[],
    { shell = ["sh"], env = {} }: {
      readonly shell?: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<Ended> => {
    const [program, ...words] = shell;
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args: [...words, join(PROJECT_ROOT, "packaging/install.sh"), ...args],
      cwd: home,
      clearEnv: true,
      env: { HOME: home, PATH: Deno.env.get("PATH") ?? "", ...env },
    }).output();
    const decoder = new TextDecoder();
    return { code, said: decoder.decode(stdout) + decoder.decode(stderr) };
  };
  return {
    home,
    output: made.output,
    run,
    install: (options?: Parameters<typeof run>[1]) => run(["--from", from], options),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** What an installed program says. */
async function saidBy(home: string, name = "heliograph"): Promise<string> {
  const { stdout } = await new Deno.Command(join(home, ".local/bin", name)).output();
  return new TextDecoder().decode(stdout).trim();
}

/** Everything below a folder but folders. */
function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(join(folder, name)).map((path) => `${name}/${path}`) : [name]
  ).sort();
}

async function installAndRemove(shell: readonly string[]): Promise<void> {
  await using shop = await openShop();
  const first = await shop.install({ shell });
  equal(first.code, 0, first.said);
  match(first.said, /^Installed Heliograph \S+ in .*\/\.local$/m);
  match(first.said, /export PATH="/);
  for (const name of FACTS.programs) {
    equal(await saidBy(shop.home, name), `${name} ${FACTS.version}`);
  }
  const installed = filesBelow(shop.home);
  for (
    const path of [
      ".local/lib/heliograph/videos/cockatoo.mp4",
      ".local/share/man/man1/heliograph.1",
      ".local/share/bash-completion/completions/heliograph-server",
    ]
  ) ok(installed.includes(path), path);
  ok(Deno.statSync(join(shop.home, ".local/share/man/man1/heliograph.1")).isFile);
  const again = await shop.install({ shell });
  match(again.said, /\(it was \d/);
  deepEqual(filesBelow(shop.home), installed);
  await Deno.mkdir(join(shop.home, ".local/share/heliograph/default"), { recursive: true });
  await Deno.writeTextFile(join(shop.home, ".local/share/heliograph/default/profile.db"), "");
  const away = await shop.run(["--uninstall"], { shell });
  equal(away.code, 0, away.said);
  deepEqual(filesBelow(shop.home), [".local/share/heliograph/default/profile.db"]);
}

Deno.test({
  name: "install.sh by every shell here: into an empty HOME, once more, and away again",
  ignore: cannotArchive,
  async fn() {
    for (const shell of SHELLS) await installAndRemove(shell);
  },
});

Deno.test({
  name:
    "install.sh: a wrong sum, a missing archive and one that does not unpack leave the old version",
  ignore: cannotArchive,
  async fn() {
    await using shop = await openShop();
    equal((await shop.install()).code, 0);
    const before = filesBelow(shop.home);
    const archive = join(shop.output, archiveName(someTarget()));
    const good = await Deno.readFile(archive);
    const refused = async (why: RegExp) => {
      const { code, said } = await shop.install();
      equal(code, 1, said);
      match(said, why);
      equal(await saidBy(shop.home), `heliograph ${FACTS.version}`);
      deepEqual(filesBelow(shop.home), before);
    };
    await Deno.writeFile(archive, new Uint8Array([...good, 0]));
    await refused(/is not what SHA256SUMS says .* what was there is untouched/);
    await Deno.writeFile(archive, good.slice(0, good.length / 2));
    await writeSums(shop.output);
    await refused(/cannot unpack .* is there room in .*untouched/s);
    await Deno.remove(archive);
    await refused(/cannot fetch .*untouched/);
    await writeSums(shop.output);
    await refused(/SHA256SUMS of .* names no heliograph-/);
  },
});

Deno.test({
  name: "install.sh: a new program that does not start, or says another version, replaces nothing",
  ignore: cannotArchive,
  async fn() {
    for (
      const [program, why] of [
        ["#!/bin/sh\necho no such library >&2\nexit 127\n", /does not start here.*no such library/],
        [plantedProgram("9.9.9"), /says it is 9\.9\.9, not/],
      ] as const
    ) {
      await using shop = await openShop(program);
      const { code, said } = await shop.install();
      equal(code, 1);
      match(said, why);
      deepEqual(filesBelow(shop.home), []);
    }
  },
});

Deno.test({
  name: "install.sh: what is there from elsewhere is not replaced, nor removed",
  ignore: cannotArchive,
  async fn() {
    await using shop = await openShop();
    const own = join(shop.home, ".local/bin/heliograph");
    await Deno.mkdir(join(shop.home, ".local/bin"), { recursive: true });
    await Deno.writeTextFile(own, "my own");
    const { code, said } = await shop.install();
    equal(code, 1);
    match(said, /bin\/heliograph is there, and not from this script/);
    equal(await Deno.readTextFile(own), "my own");
    deepEqual(filesBelow(shop.home), [".local/bin/heliograph"]);
    const away = await shop.run(["--uninstall"]);
    deepEqual([away.code, filesBelow(shop.home)], [1, [".local/bin/heliograph"]]);
  },
});

Deno.test({
  name: "install.sh: without xz it says what to install, before it fetches anything",
  ignore: cannotPack,
  async fn() {
    await using shop = await openShop();
    const tools = join(shop.home, "tools");
    await Deno.mkdir(tools);
    for (const folder of ["/usr/bin", "/bin"]) {
      for (const { name } of Deno.readDirSync(folder)) {
        if (name === "xz" || existsSync(join(tools, name))) continue;
        await Deno.symlink(join(folder, name), join(tools, name)).catch(() => {});
      }
    }
    const { code, said } = await shop.install({ env: { PATH: tools } });
    equal(code, 1);
    match(said, /xz is needed to unpack the archive: install the package xz-utils or xz/);
    equal(existsSync(join(shop.home, ".local")), false);
  },
});

Deno.test({
  name: "install.sh: a system, a processor or a C library without a release is named in a sentence",
  ignore: cannotPack,
  async fn() {
    await using shop = await openShop();
    const tools = join(shop.home, "tools");
    await Deno.mkdir(tools);
    const plant = (name: string, text: string) =>
      Deno.writeTextFile(join(tools, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const env = { PATH: `${tools}:${Deno.env.get("PATH")}` };
    const refused = async (system: string, machine: string, why: RegExp) => {
      await plant("uname", `case $1 in -s) echo ${system} ;; *) echo ${machine} ;; esac`);
      const { code, said } = await shop.install({ env });
      equal(code, 1);
      match(said, why);
    };
    await refused("FreeBSD", "amd64", /no release for FreeBSD, only for Linux, macOS and Windows/);
    await refused("Linux", "riscv64", /no release for Linux on riscv64/);
    await refused("Darwin", "powerpc", /no release for macOS on powerpc/);
    await refused("MINGW64_NT-10.0", "x86_64", /use install\.ps1/);
    await plant("getconf", "echo glibc 2.17");
    await refused("Linux", "x86_64", /glibc 2\.17 is too old: 2\.27 or newer/);
    deepEqual(filesBelow(shop.home), ["tools/getconf", "tools/uname"]);
  },
});

Deno.test({
  name: "install.sh: a prefix of one's own, an unknown word, and the help",
  ignore: cannotArchive,
  async fn() {
    await using shop = await openShop();
    const { code, said } = await shop.install({ env: { PREFIX: join(shop.home, "opt") } });
    equal(code, 0, said);
    ok(filesBelow(shop.home).includes("opt/bin/heliograph"));
    equal((await shop.run(["--upgrade"])).code, 1);
    match((await shop.run(["--help"])).said, /--uninstall {5}removes it/);
  },
});

Deno.test({
  name: "the scripts of the packages say nothing that shellcheck warns of (needs shellcheck)",
  ignore: !isOnPath("shellcheck"),
  async fn() {
    const files = ["install.sh", "debian/postinst", "debian/prerm", "debian/postrm"];
    const { success, stdout } = await new Deno.Command("shellcheck", {
      args: files.map((name) => join(PROJECT_ROOT, "packaging", name)),
    }).output();
    ok(success, new TextDecoder().decode(stdout));
  },
});
