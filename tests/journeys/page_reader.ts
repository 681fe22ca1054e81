/** Somebody who reads a page and types all that it says, on machines of their own, with the real programs. */

import { equal } from "node:assert/strict";
import { delimiter, join } from "node:path";
import { existsSync } from "node:fs";
import { HANG_MS } from "../kit/hang.ts";
import { run } from "../../tools/process.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import type { PageBlock } from "./page_blocks.ts";
import { programWords } from "./programs.ts";

/** What stands on the pages for something that each reader has another of, and how it looks in what was printed. */
const STANDS_FOR: readonly (readonly [shown: string, printed: RegExp])[] = [
  ["--server chat.example.org", /(?<=Listening on )127\.0\.0\.1:\d+/g],
  ["SHA256:…", /(?<=Fingerprint )SHA256:[A-Za-z0-9+/]{43}/g],
  ["12345 67890 …", /(?:\d{5}\s+){11}\d{5}/g],
  ["age1…", /(?<=Public key: )age1[0-9a-z]+/g],
  ["AEBC-ACMN-0NYD-…", /\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){6}\b/g],
];

/** The port of health and metrics on the pages. */
const METRICS_PORT = "9798";

/** How long to wait before something is looked for again. */
const AGAIN_MS = 200;

interface Running {
  readonly block: PageBlock;
  readonly child: Deno.ChildProcess;
  readonly printed: Promise<string>;
  hasEnded: boolean;
}

/** One page and one folder. Closing ends what goes on, and removes it. */
export class PageReader implements AsyncDisposable {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #running: Running[] = [];
  /** All that was printed, the newest last. */
  #printed = "";
  readonly #metricsPort = freePort();
  #servers = 0;

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#env = env;
  }

  static async open(): Promise<PageReader> {
    const scratch = join(PROJECT_ROOT, "tests/tmp");
    await Deno.mkdir(scratch, { recursive: true });
    const folder = await Deno.makeTempDir({ dir: scratch, prefix: "page-" });
    await Deno.mkdir(join(folder, "here"));
    await Deno.mkdir(join(folder, "bin"));
    for (const [name, entry] of [["heliograph", "client"], ["heliograph-server", "server"]]) {
      const words = programWords(entry, []).map((word) => `'${word}'`).join(" ");
      const script = `#!/bin/sh\nexec ${words} "$@"\n`;
      await Deno.writeTextFile(join(folder, "bin", name), script, { mode: 0o755 });
    }
    const { output } = await run([Deno.execPath(), "info", "--json"]);
    const { denoDir } = JSON.parse(output);
    return new PageReader(folder, {
      PATH: `${join(folder, "bin")}${delimiter}${Deno.env.get("PATH")}`,
      LANG: "C.UTF-8",
      NO_COLOR: "1",
      // Of the programs' own runtime, which is started from the source.
      DENO_DIR: denoDir,
      DENO_NO_UPDATE_CHECK: "1",
      // A server of a page takes any port.
      HELIOGRAPH_LISTEN: "127.0.0.1:0",
      HELIOGRAPH_VIDEOS: join(PROJECT_ROOT, "videos"),
    });
  }

  /** The folder in which everything is typed. */
  get here(): string {
    return join(this.#folder, "here");
  }

  /** Types a block. */
  async type(block: PageBlock): Promise<void> {
    await this.#over(({ as }) => as === block.as);
    const text = await this.#filledIn(block);
    if (block.way !== "ends") return await this.#begin(block, text);
    const limit = performance.now() + HANG_MS;
    for (;;) {
      const { code, output } = await this.#end(block, text);
      if (block.until === undefined || output.includes(block.until)) {
        return equal(code, block.code, `${block.where}:\n${text}${output}`);
      }
      if (performance.now() > limit) throw new Error(`${block.where}: ${block.until} never came`);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  /** Waits for what went on beside the page, and ends what stays. */
  async finish(): Promise<void> {
    await this.#over(() => true);
    for (const { block, child, printed } of this.#running.splice(0).reverse()) {
      if (block.way !== "stays") continue;
      kill(child, "SIGTERM");
      const { code } = await child.status;
      equal([0, 143].includes(code), true, `${block.where}: ended with ${code}: ${await printed}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#running) {
      kill(child, "SIGKILL");
      await child.status;
    }
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** Waits for the end of what goes on beside the page: at one machine things are typed one after the other. */
  async #over(isMeant: (block: PageBlock) => boolean): Promise<void> {
    for (const { block, child, printed } of this.#running) {
      if (block.way !== "beside" || !isMeant(block)) continue;
      const { code } = await child.status;
      equal(code, block.code, `${block.where}:\n${await printed}`);
    }
  }

  async #end(block: PageBlock, text: string): Promise<{ code: number; output: string }> {
    const command = await this.#command(block, `set -eu\n${text}`);
    const { code, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    const output = decoder.decode(stdout) + decoder.decode(stderr);
    this.#printed += output;
    return { code, output };
  }

  /** Starts what goes on; a server until it accepts connections. */
  async #begin(block: PageBlock, text: string): Promise<void> {
    const readyFile = join(this.#folder, `ready-${this.#servers++}.json`);
    // Without a shell between: a signal is for the program.
    const command = await this.#command(block, `exec ${text}`, {
      HELIOGRAPH_READY_FILE: readyFile,
    });
    const child = command.spawn();
    const printed = Promise.all([this.#read(child.stdout), this.#read(child.stderr)])
      .then((texts) => texts.join(""));
    const running: Running = { block, child, printed, hasEnded: false };
    this.#running.push(running);
    printed.then(() => running.hasEnded = true);
    if (!/^heliograph-server serve/.test(text)) return;
    while (!existsSync(readyFile)) {
      if (running.hasEnded) throw new Error(`${block.where}: ${await printed}`);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  async #command(block: PageBlock, script: string, more: Record<string, string> = {}) {
    const home = join(this.#folder, block.as);
    await Deno.mkdir(home, { recursive: true });
    return new Deno.Command("sh", {
      args: ["-c", script],
      cwd: this.here,
      clearEnv: true,
      env: { ...this.#env, ...more, HOME: home },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<string> {
    let all = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      all += text;
      this.#printed += text;
    }
    return all;
  }

  /** The text with this reader's own address, fingerprint and so on, as soon as they were printed. */
  async #filledIn({ where, text }: PageBlock): Promise<string> {
    let filled = text.replaceAll(METRICS_PORT, this.#metricsPort);
    for (const [shown, printed] of STANDS_FOR) {
      if (!filled.includes(shown)) continue;
      let found: string | undefined;
      while ((found = this.#printed.match(printed)?.at(-1)) === undefined) {
        if (!this.#running.some(goesOn)) {
          throw new Error(`${where}: nobody printed ${shown}:\n${this.#printed}`);
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
      const option = shown.match(/^--\w+ /)?.[0] ?? "";
      filled = filled.replaceAll(shown, option + found.replaceAll(/\s+/g, " "));
    }
    return filled;
  }
}

function freePort(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `${listener.addr.port}`;
}

function goesOn({ block, hasEnded }: Running): boolean {
  return block.way === "beside" && !hasEnded;
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended already.
  }
}
