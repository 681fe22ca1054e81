import { deepEqual } from "node:assert/strict";
import { join } from "node:path";
import { PROJECT_ROOT } from "./layers.ts";

/**
 * What Deno 2.9.6 has and 2.4.2 has not, as far as anybody here might want it: the difference of both versions' globals and
 * their prototypes. Types do not tell, and not every line of the program runs in the tests on 2.4.2.
 */
const NEWER: readonly RegExp[] = [
  /\.(?:to|from|setFrom)(?:Base64|Hex)\(/,
  /\.getOrInsert(?:Computed)?\(/,
  /\bMath\.sumPrecise\b/,
  /\bIterator\.concat\b/,
  /\bTemporal\./,
  /\bDeno\.spawn(?:AndWait(?:Sync)?)?\(/,
  /\b(?:BroadcastChannel|PerformanceObserver|QuotaExceededError|OffscreenCanvas)\b/,
  /\bnavigator\.locks\b/,
  /\.textStream\(/,
  // There garbage collection takes what it returns while somebody listens: `anySignal` in base.
  /\bAbortSignal\.any\(/,
  /\bsubtle\.(?:encapsulate|decapsulate|getPublicKey|supports)/,
  /\.(?:setReturnArrays|setAllowUnknownNamedParameters)\(/,
  // node:sqlite there: no online backup, and these two end with an error.
  /\bVACUUM INTO\b|\bATTACH DATABASE\b/,
  /\busing \w+ = new DatabaseSync\(/,
];

/** Uses in code; comments may speak of them. */
function newerUses(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
  return NEWER.flatMap((pattern) => pattern.exec(code)?.[0] ?? []);
}

function* sourceFiles(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* sourceFiles(path);
    else if (name.endsWith(".ts") && !name.endsWith(".as.ts")) yield path;
  }
}

Deno.test("nothing in the programs needs more than the oldest supported Deno has", () => {
  const found: string[] = [];
  for (const path of sourceFiles(join(PROJECT_ROOT, "lib"))) {
    for (const use of newerUses(Deno.readTextFileSync(path))) found.push(`${path}: ${use}`);
  }
  deepEqual(found, []);
});

Deno.test("a use of something newer than the oldest supported Deno is found, a word about it is not", () => {
  const planted = [
    "const text = bytes.toBase64();",
    "map.getOrInsert(key, 1);",
    "const both = AbortSignal.any([one, other]);",
    "const now = Temporal.Now.instant();",
    "await Deno.spawn(command);",
    'database.exec("VACUUM INTO ?");',
    "using handle = new DatabaseSync(path);",
  ];
  deepEqual(planted.map((line) => newerUses(line).length), planted.map(() => 1));
  deepEqual(
    newerUses("// no bytes.toBase64() there\n/** nor Temporal.Now */\nencodeHex(bytes);"),
    [],
  );
});
