import { deepEqual, equal } from "node:assert/strict";
import { type CompletableCommand, completeLine } from "../../../lib/cli/dialogue/completion.ts";
import {
  completePath,
  expandHome,
  folderReader,
} from "../../../lib/cli/dialogue/path_completion.ts";

const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  ".": [
    "report.pdf",
    "reports/",
    ".hidden",
    "my photos/",
    'say "hi".txt',
    "bad\u001b[2J.txt",
    "-x",
  ],
  "reports/": ["2025.txt", "2026.txt"],
  "my photos/": ["a b.jpg"],
};

const SPECS: Readonly<Record<string, CompletableCommand>> = {
  y: {
    nameWords: 1,
    arguments: [],
    options: [{ flag: "--to", valueName: "DIR", summary: "" }],
  },
  watch: {
    nameWords: 1,
    arguments: [
      { name: "NAME", summary: "", required: true },
      { name: "MODE", summary: "", required: false, choices: ["thirds", "fixed:720p"] },
    ],
    options: [
      { flag: "--mode", valueName: "MODE", summary: "", choices: ["thirds", "fixed:720p"] },
      { flag: "--speed", valueName: "X", summary: "" },
      { flag: "--loop", summary: "" },
    ],
  },
  "room info": {
    nameWords: 2,
    arguments: [{ name: "ROOM", summary: "", required: true }],
    options: [],
  },
};

const KNOWN = {
  commands: ["send", "y", "watch"],
  people: ["bob", "ada lovelace"],
  rooms: ["#ops"],
  isInRoom: false,
  videos: () => ["cockatoo"],
  readFolder: (folder: string) => FOLDERS[folder] ?? [],
  spec: ([command, second]: readonly string[]) => SPECS[second === "info" ? "room info" : command],
};

function offered(before: string): readonly string[] {
  const { from, candidates } = completeLine(before, KNOWN);
  return candidates.map((candidate) => before.slice(0, from) + candidate);
}

Deno.test("tab completes whom a file goes to, and then which", () => {
  deepEqual(offered("/send "), ["/send @bob ", '/send @"ada lovelace" ']);
  deepEqual(offered("/send @bob repo"), ["/send @bob report.pdf ", "/send @bob reports/"]);
  deepEqual(offered("/send @bob reports/20"), [
    "/send @bob reports/2025.txt ",
    "/send @bob reports/2026.txt ",
  ]);
  deepEqual(offered("/send @bob report.pdf reports/2026"), [
    "/send @bob report.pdf reports/2026.txt ",
  ]);
  deepEqual(offered("bob:/send repor"), ["bob:/send report.pdf ", "bob:/send reports/"]);
});

Deno.test("tab completes paths with blanks and quotes as words of a line", () => {
  deepEqual(offered("/send @bob my"), ['/send @bob "my photos/"']);
  deepEqual(offered('/send @bob "my photos/"'), ['/send @bob "my photos/a b.jpg" ']);
  deepEqual(offered('/send @bob "my ph'), ['/send @bob "my photos/"']);
  deepEqual(offered("/send @bob say"), ['/send @bob "say \\"hi\\".txt" ']);
});

Deno.test("tab completes the value of an option that is a path, and no other's", () => {
  deepEqual(offered("/y 3 --to repo"), ["/y 3 --to report.pdf ", "/y 3 --to reports/"]);
  deepEqual(offered("/y 3 --quiet repo"), []);
  deepEqual(offered("/watch co"), ["/watch cockatoo "]);
});

Deno.test("row S1.13: tab completes options, and values of which there are only some, wherever they stand", () => {
  deepEqual(offered("/watch x --m"), ["/watch x --mode "]);
  deepEqual(offered("/watch x --mode "), [
    "/watch x --mode thirds ",
    "/watch x --mode fixed:720p ",
  ]);
  deepEqual(offered("/watch x fi"), ["/watch x fixed:720p "]);
  deepEqual(offered("/watch --loop --speed 2 x th"), ["/watch --loop --speed 2 x thirds "]);
  deepEqual(offered("/watch --speed "), []);
  deepEqual(offered("/y 3 -"), ["/y 3 --to "]);
  deepEqual(offered("/msg bob --no"), []);
});

Deno.test("row S1.13: tab completes a room with or without its mark where only a room can stand", () => {
  for (const line of ["/room info ", "/room info o", "/room info #o", "/srm O"]) {
    const command = line.startsWith("/srm") ? "/srm" : "/room info";
    deepEqual(offered(line), [`${command} #ops `], line);
  }
  deepEqual(offered("/room info x"), []);
});

Deno.test("tab offers hidden names only after a dot, and no name that could steer a terminal", () => {
  deepEqual(offered("/send @bob ."), ["/send @bob .hidden "]);
  deepEqual(completePath("bad", KNOWN.readFolder), []);
  deepEqual(completePath("-", KNOWN.readFolder), ['"-x" ']);
});

Deno.test("paths are completed from what is in a folder; one that is not there offers nothing", async () => {
  await Deno.mkdir("tests/tmp/paths/inner", { recursive: true });
  await Deno.writeTextFile("tests/tmp/paths/file.txt", "");
  const read = folderReader((path) => `tests/tmp/${path}`);
  deepEqual([...read("paths")].sort(), ["file.txt", "inner/"]);
  deepEqual(read("paths/nowhere"), []);
  deepEqual(read("paths/file.txt"), []);
  await Deno.remove("tests/tmp/paths", { recursive: true });
});

Deno.test("a tilde is the person's home at the start of a path only", () => {
  equal(expandHome("~/x", "/home/ada"), "/home/ada/x");
  equal(expandHome("~", "/home/ada"), "/home/ada");
  equal(expandHome("a~/x", "/home/ada"), "a~/x");
  equal(expandHome("~bob/x", "/home/ada"), "~bob/x");
  equal(expandHome("~/x", undefined), "~/x");
});
