/** The pages point at what is there, and comments point at sections that the pages have. */

import { deepEqual, ok } from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { anchor } from "../../tools/generate/command_pages.ts";
import { PROJECT_ROOT } from "./layers.ts";

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(PROJECT_ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return ["node_modules", "tmp"].includes(entry.name) ? [] : filesBelow(path, ending);
    }
    return entry.name.endsWith(ending) ? [path] : [];
  });
}

const PAGES = [
  ...readdirSync(PROJECT_ROOT).filter((name) => name.endsWith(".md")),
  ...filesBelow("docs", ".md"),
  ...filesBelow("packaging", ".md"),
];

function read(path: string): string {
  return readFileSync(join(PROJECT_ROOT, path), "utf8");
}

/** A page without its code blocks. */
function prose(path: string): string {
  return read(path).replaceAll(/^```[^]*?^```$/gm, "");
}

/** Whether a page has a heading that a link calls `fragment`. */
function hasHeading(page: string, fragment: string): boolean {
  const headings = [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchor(heading));
  return headings.includes(fragment);
}

Deno.test("links of the pages lead to files and sections that are there", () => {
  const broken = PAGES.flatMap((page) => {
    const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
    return links.filter((target) => !/^(https?:|mailto:)/.test(target)).filter((target) => {
      const [file, fragment] = target.split("#");
      const path = file === "" ? page : join(dirname(page), file);
      if (!existsSync(join(PROJECT_ROOT, path))) return true;
      return fragment !== undefined && path.endsWith(".md") && !hasHeading(path, fragment);
    }).map((target) => `${page}: ${target}`);
  });
  deepEqual(broken, []);
});

Deno.test("no page has more than 600 lines, or tells a flow as a chain of files", () => {
  // What changed is looked up, not read, and only grows.
  const pages = PAGES.filter((page) => page !== "CHANGELOG.md");
  const long = pages.filter((page) => read(page).split("\n").length > 601);
  deepEqual(long, []);
  const chains = PAGES.filter((page) => /`[a-z_/]+\.ts`(?: \([^)]*\))? →/.test(prose(page)));
  deepEqual(chains, []);
});

/** A file that a page names by its path below `lib/` or below the project. */
const NAMED_FILE = /`((?:[a-z_]+\/)+[a-z_]+\.ts)`/g;

Deno.test("files that the pages name in the text are there", () => {
  const roots = ["", "lib", "lib/server"];
  const missing = PAGES.flatMap((page) => {
    const named = [...prose(page).matchAll(NAMED_FILE)].map(([, path]) => path);
    return named.filter((path) => !roots.some((root) => existsSync(join(PROJECT_ROOT, root, path))))
      .map((path) => `${page}: ${path}`);
  });
  deepEqual(missing, []);
});

Deno.test("sections that comments point at are there", () => {
  const sources = ["lib", "tests", "tools"].flatMap((folder) => filesBelow(folder, ".ts"));
  const lost = sources.flatMap((source) => {
    const pointers = read(source).matchAll(/\bdocs\/([a-z-/]+)\.md(?:, "([^"]+)")?/g);
    return [...pointers].filter(([, page, section]) => {
      if (!existsSync(join(PROJECT_ROOT, `docs/${page}.md`))) return true;
      if (section === undefined) return false;
      // The protocol is one document on several pages.
      const pages = PAGES.filter((path) =>
        path === `docs/${page}.md` || path.startsWith(`docs/${page}/`)
      );
      return !pages.some((path) => new RegExp(`^#+ ${section}$`, "m").test(read(path)));
    }).map(([pointer]) => `${source}: ${pointer}`);
  });
  deepEqual(lost, []);
});

Deno.test("every decision has context, choice, what was refused, and what would change our mind", () => {
  const decisions = filesBelow("docs/decisions", ".md");
  ok(decisions.length >= 12);
  const allowed = ["0005-dependencies.md"];
  for (const path of decisions.filter((path) => !allowed.some((name) => path.endsWith(name)))) {
    const headings = [...read(path).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    for (const heading of ["Context", "Choice", "Refused", "What would change our mind"]) {
      ok(headings.includes(heading), `${path} lacks ${heading}`);
    }
  }
});

Deno.test("packaging says what each of its files is for", () => {
  const page = read("packaging/README.md");
  const all = ["service", "timer", "yml", "json"].flatMap((end) =>
    filesBelow("packaging", `.${end}`)
  );
  ok(all.length >= 7);
  const unnamed = all.filter((path) => !page.includes(`](${path.replace(/^.*packaging\//, "")})`));
  deepEqual(unnamed, []);
});

/** What the threat model must own up to, and the words by which it does. */
const LEARNT_BY_THE_SERVER: Readonly<Record<string, RegExp>> = {
  who: /every account name/,
  when: /who sends when/,
  sizes: /how much\. A sealed message is padded/,
  addresses: /network addresses of those who are connected/,
  "groups and members": /which rooms there are[^]*who is in them/,
  "key package fetches": /whose key packages are fetched by whom/,
  "busy texts": /every busy text/,
  broadcasts: /every broadcast/,
};

Deno.test("SR-56: the threat model says what the server learns, and how its delays and drops are seen", () => {
  const page = read("docs/threat-model.md");
  const section = (title: string) => page.split(`## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
  const learns = section("What the server learns");
  const silent = Object.entries(LEARNT_BY_THE_SERVER).filter(([, words]) => !words.test(learns));
  deepEqual(silent.map(([what]) => what), []);
  const tricks = section("What the server can do, and how you notice");
  for (const words of ["drop or hold back messages", "SR-25", "SR-26", "SR-27", "SR-28"]) {
    ok(tricks.includes(words), words);
  }
});

Deno.test("U11: what the README has one type can be typed by then: tasks that are there, programs on PATH", () => {
  const { tasks } = JSON.parse(read("deno.json"));
  const lines = [...read("README.md").matchAll(/^```sh.*\n([^]*?)^```$/gm)]
    .flatMap(([, block]) => block.split("\n"))
    .filter((line) => line !== "");
  let hasPrograms = false;
  const wrong = lines.filter((line) => {
    const [program, ...words] = line.replace(/^\$ /, "").replace(/^npx -y deno@\S+/, "deno").split(
      /\s+/,
    );
    if (program === "deno") return words[0] !== "task" || tasks[words[1]] === undefined;
    if (program === "export") hasPrograms = line.includes('PATH="$HOME/.local/bin:$PATH"');
    return /^heliograph(-server)?$/.test(program) && !hasPrograms;
  });
  deepEqual(wrong, []);
  ok(hasPrograms);
});
