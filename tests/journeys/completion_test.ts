/** Completion in real shells: what is typed, Tab, and what the shell then calls the program with. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { HANG_MS } from "../kit/hang.ts";
import { isOnPath } from "../kit/on_path.ts";
import { HAS_TMUX, Pane } from "../kit/tmux.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { Journey, programCommand } from "./programs.ts";
import { sitDown } from "./sitting.ts";

const isWindows = Deno.build.os === "windows";

/** What a client would not say. The shell must run none of it, whoever answers. */
const HOSTILE = ["al$(touch pwned)", "al`touch pwned`", "al;touch pwned", "al\x1b[31m", "-rf"];
const NAMES: Readonly<Record<string, readonly string[]>> = {
  conversation: ["alice", "Anna Maria", "#ops"],
  person: ["alice", "Anna Maria"],
  room: ["ops", "night shift"],
  profile: ["default", "work"],
  video: ["cockatoo"],
};

/** A home with the scripts that the programs installed there, and whoever answers in place of a client. */
class Home implements AsyncDisposable {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #listener: Deno.UnixListener;

  private constructor(folder: string) {
    this.folder = folder;
    const sockets = join(folder, "heliograph/runtime/completion");
    Deno.mkdirSync(sockets, { recursive: true });
    this.env = { HOME: folder, HELIOGRAPH_HOME: folder, TERM: "xterm", NO_COLOR: "", HISTFILE: "" };
    const path = join(sockets, "default.0a1b2c3d.sock");
    this.#listener = Deno.listen({ transport: "unix", path });
    this.#answer();
  }

  /** With the scripts of both programs for this shell; the path is short enough for a socket. */
  static async open(shell: string): Promise<Home> {
    const home = new Home(await Deno.realPath(await Deno.makeTempDir({ prefix: "h-" })));
    for (const name of ["house", "a $b 'c", "secret.txt"]) {
      Deno.writeTextFileSync(join(home.folder, name), "");
    }
    Deno.mkdirSync(join(home.folder, "films"));
    for (const program of ["client", "server"] as const) {
      const { code, stdout } = await home.run(program, ["completion", "install", shell]);
      equal(code, 0);
      match(stdout, /^Wrote the completion of heliograph/);
    }
    return home;
  }

  async run(program: "client" | "server", args: readonly string[]) {
    const { code, stdout, stderr } = await programCommand(program, args, { env: this.env })
      .output();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }

  /** A terminal with a shell whose programs print their words, since it is not them that complete. */
  async sitDown(command: readonly string[], lines: readonly string[]): Promise<Pane> {
    const pane = await Pane.open({ command, env: this.env, folder: this.folder, columns: 120 });
    const shows = `() { printf '<%s>' "$@"; echo; }`;
    for (
      const line of [
        `PS1='%% '; PS1=\${PS1%% }' '`,
        ...lines,
        `heliograph${shows}`,
        `heliograph-server${shows}`,
        "clear; echo ready",
      ]
    ) await pane.type(`${line}\r`);
    await pane.see(/^ready$/);
    return pane;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    equal(existsSync(join(this.folder, "pwned")), false);
    await Deno.remove(this.folder, { recursive: true });
  }

  async #answer(): Promise<void> {
    const buffer = new Uint8Array(512);
    for await (const connection of this.#listener) {
      const count = await connection.read(buffer) ?? 0;
      const [kind] = new TextDecoder().decode(buffer.subarray(0, count)).split(" ");
      const lines = [...NAMES[kind] ?? [], ...HOSTILE].map((name) => `${name}\n`).join("");
      // The shell may have what it wants, and be gone.
      await connection.write(new TextEncoder().encode(lines)).catch(() => undefined);
      connection.close();
    }
  }
}

/** What is typed before Tab, and the words that the program is called with. */
const LINES: readonly (readonly [typed: string, words: string])[] = [
  ["heliograph broad", "<broadcast>"],
  ["heliograph room gr", "<room><grant>"],
  ["heliograph --json room grant ops bob mod", "<--json><room><grant><ops><bob><moderator>"],
  ["heliograph send --sp", "<send><--spool>"],
  ["heliograph send --wait del", "<send><--wait><delivered>"],
  ["heliograph send --wait=del", "<send><--wait=delivered>"],
  ["heliograph watch x --mode fixed:72", "<watch><x><--mode><fixed:720p>"],
  ["heliograph help room gr", "<help><room><grant>"],
  ["heliograph file send bob hou", "<file><send><bob><house>"],
  ["heliograph upd bob a", "<upd><bob><a $b 'c>"],
  ["heliograph register me --password-file sec", "<register><me><--password-file><secret.txt>"],
  ["heliograph register me --password-file=sec", "<register><me><--password-file=secret.txt>"],
  ["heliograph log export --to fi", "<log><export><--to><films>"],
  ["heliograph send al", "<send><alice>"],
  ["heliograph send An", "<send><Anna Maria>"],
  ["heliograph send '#o", "<send><#ops>"],
  ["heliograph send \\#o", "<send><#ops>"],
  ["heliograph watch coc", "<watch><cockatoo>"],
  ["heliograph room info ni", "<room><info><night shift>"],
  ["heliograph --profile wo", "<--profile><work>"],
  ["heliograph --profile nobody send al", "<--profile><nobody><send><al>"],
  ["heliograph register al", "<register><al>"],
  ["heliograph nonsense al", "<nonsense><al>"],
  ["heliograph-server config ch", "<config><check>"],
  ["heliograph-server serve --log-format j", "<serve><--log-format><json>"],
  ["heliograph-server user kick al", "<user><kick><al>"],
];

/** Types every line, with Tab behind it, and looks at what the program gets. */
async function completeAll(pane: Pane): Promise<void> {
  for (const [typed, words] of LINES) {
    await pane.type("clear\r");
    await pane.seeNo(/^<|^ready$/);
    await pane.type(typed);
    await pane.press("Tab");
    // A quote that was opened is closed by the shell, or here.
    await pane.press("Enter");
    const rows = await pane.see(/^<.*>$|^(?:quote)?> ?$/);
    // zsh takes the slash of a folder away when nothing follows it.
    const got = rows.find((row) => row.startsWith("<"))?.replace("/>", ">");
    deepEqual([typed, got], [typed, words]);
  }
}

/** Ends the shell, which may still write into its home. No Tab said anything but what it completed. */
async function leave(pane: Pane): Promise<void> {
  equal(/readonly|not found|unmatched|error/.test(await pane.bytes()), false);
  await pane.type("exit\r");
  await pane.ended();
}

Deno.test({
  name:
    "bash completes by what was installed, without bash-completion and without the program (needs bash)",
  ignore: !HAS_TMUX || !isOnPath("bash"),
  async fn() {
    await using home = await Home.open("bash");
    const folder = ".local/share/bash-completion/completions";
    await using pane = await home.sitDown(["bash", "--norc", "--noprofile"], [
      `. ${folder}/heliograph`,
      `. ${folder}/heliograph-server`,
      // Read twice, as by somebody who reads .bashrc again.
      `. ${folder}/heliograph`,
    ]);
    await completeAll(pane);
    await leave(pane);
  },
});

Deno.test({
  name: "zsh completes by what was installed (needs zsh)",
  ignore: !HAS_TMUX || !isOnPath("zsh"),
  async fn() {
    await using home = await Home.open("zsh");
    await using pane = await home.sitDown(["zsh", "-f"], [
      "fpath=(~/.local/share/zsh/site-functions $fpath)",
      "autoload -Uz compinit && compinit -u -D",
    ]);
    await completeAll(pane);
    await pane.type("clear\r");
    await pane.type("heliograph room ");
    await pane.press("Tab");
    await pane.see(/^grant +-- make a member an owner, a moderator or a plain member/);
    await pane.press("C-c");
    await leave(pane);
  },
});

Deno.test({
  name: "fish completes by what was installed (needs fish)",
  ignore: isWindows || !isOnPath("fish"),
  async fn() {
    await using home = await Home.open("fish");
    const complete = async (line: string) => {
      const { stdout } = await new Deno.Command("fish", {
        // It completes no command that is not there.
        args: [
          "-c",
          `function heliograph; end; function heliograph-server; end; complete -C "$LINE"`,
        ],
        env: { ...home.env, LINE: line },
        cwd: home.folder,
      }).output();
      return new TextDecoder().decode(stdout).split("\n").filter((one) => one !== "");
    };
    for (const [typed, words] of LINES) {
      if (typed.includes("'")) continue;
      const last = words.slice(words.lastIndexOf("<") + 1, -1);
      const found = (await complete(typed)).map((line) => line.split("\t")[0]);
      const isDone = typed.endsWith(last);
      // It also looks for what holds the letters that were typed somewhere.
      if (isDone) deepEqual([typed, found], [typed, []]);
      else ok(found.some((name) => name.replace(/\/$/, "") === last), `${typed}: ${found}`);
      for (const hostile of HOSTILE) equal(found.includes(hostile), false);
    }
    ok((await complete("heliograph room gr")).includes(
      "grant\tmake a member an owner, a moderator or a plain member",
    ));
  },
});

Deno.test({
  name: "completion touches no file of somebody else, and takes back what it wrote",
  ignore: isWindows,
  async fn() {
    await using home = await Home.open("zsh");
    const place = join(home.folder, ".local/share/zsh/site-functions");
    const files = () => [...Deno.readDirSync(place)].map(({ name }) => name).sort();
    deepEqual(files(), ["_heliograph", "_heliograph-server"]);
    const shown = await home.run("client", ["completion", "zsh"]);
    equal(shown.stdout, Deno.readTextFileSync(join(place, "_heliograph")));
    Deno.renameSync(join(place, "_heliograph"), join(home.folder, "mine"));
    Deno.symlinkSync(join(home.folder, "mine"), join(place, "_heliograph"));
    Deno.writeTextFileSync(join(place, "_heliograph-server"), "# mine\n");
    for (const program of ["client", "server"] as const) {
      for (const action of ["install", "remove"]) {
        const { code, stderr } = await home.run(program, ["completion", action, "zsh"]);
        deepEqual([code, /did not make this file/.test(stderr)], [6, true], stderr);
      }
    }
    equal(Deno.readTextFileSync(join(home.folder, "mine")), shown.stdout);
    Deno.removeSync(join(place, "_heliograph"));
    Deno.removeSync(join(place, "_heliograph-server"));
    const env = { ...home.env, SHELL: "/usr/bin/zsh" };
    for (const action of ["install", "remove"]) {
      const { code } = await programCommand("client", ["completion", action], { env }).output();
      equal(code, 0);
      deepEqual(files(), action === "install" ? ["_heliograph"] : []);
    }
  },
});

/** A person's home by a path that is short enough for a socket, and the clients that can be asked there. */
class ShortHome implements AsyncDisposable {
  readonly path: string;
  readonly #folder: string;

  private constructor(path: string) {
    this.path = path;
    this.#folder = join(path, "heliograph/runtime/completion");
  }

  static async open(journey: Journey, person: string): Promise<ShortHome> {
    const path = await Deno.makeTempDir({ prefix: "h-" });
    await Deno.remove(path);
    await Deno.symlink(join(journey.folder, person), path);
    return new ShortHome(path);
  }

  get sockets(): string[] {
    return [...Deno.readDirSync(this.#folder)].map(({ name }) => name);
  }

  /** What the only client there answers. */
  async ask(request: string): Promise<string> {
    const [file, ...more] = this.sockets;
    deepEqual([file?.replace(/[0-9a-f]{8}/, "ID"), more], ["default.ID.sock", []]);
    using connection = await Deno.connect({ transport: "unix", path: join(this.#folder, file) });
    await connection.write(new TextEncoder().encode(`${request}\n`));
    return await new Response(connection.readable).text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path);
  }
}

Deno.test({
  name: "a dialogue that runs gives the names that it knows, and leaves no socket behind",
  ignore: isWindows,
  async fn() {
    await using journey = await Journey.open({
      people: ["alice", "bob"],
      videosFolder: join(PROJECT_ROOT, "videos"),
    });
    const made = await journey.run("alice", ["room", "new", "bob", "--name", "ops"]);
    equal(made.code, 0, made.stderr);
    await using home = await ShortHome.open(journey, "alice");
    const server = `${journey.ready.host}:${journey.ready.port}`;
    const child = programCommand("client", ["chat", "--plain", "--server", server], {
      env: { HELIOGRAPH_HOME: home.path },
      ...{ stdin: "piped", stdout: "piped", stderr: "null" },
    }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let said = "";
    const limit = AbortSignal.timeout(HANG_MS);
    while (!said.includes("Welcome alice") && !limit.aborted) said += (await reader.read()).value;
    equal(await home.ask("person b"), "bob\n");
    equal(await home.ask("room "), "ops\n");
    equal(await home.ask("conversation #"), "#ops\n");
    equal(await home.ask("profile "), "default\n");
    // A shell is not kept waiting for a server that has yet to look at its videos: the next Tab has the names.
    while (await home.ask("video coc") === "" && !limit.aborted);
    equal(await home.ask("video coc"), "cockatoo\n");
    const leaving = child.stdin.getWriter();
    await leaving.write(new TextEncoder().encode("/quit\n"));
    await leaving.close();
    while (!(await reader.read()).done);
    equal((await child.status).code, 0);
    deepEqual(home.sockets, []);
  },
});

Deno.test({
  name:
    "a full screen that runs gives the names that it knows, and leaves no socket behind (needs tmux)",
  ignore: !HAS_TMUX,
  async fn() {
    await using journey = await Journey.open({ people: ["alice", "bob"] });
    await using home = await ShortHome.open(journey, "alice");
    await using pane = await sitDown(journey, "alice", { env: { HELIOGRAPH_HOME: home.path } });
    await pane.see(/● online/);
    await pane.see(/bob/);
    equal(await home.ask("person b"), "bob\n");
    await pane.type("/quit\r");
    equal(await pane.ended(), 0);
    deepEqual(home.sockets, []);
  },
});
