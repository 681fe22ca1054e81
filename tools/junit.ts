/** Reads the JUnit report of `deno test`: which tests ran, which failed, which were skipped. */

/** The result of the tests of one or more files. Steps of a test are part of it and not counted. */
export interface TestReport {
  readonly passed: number;
  readonly failed: readonly Failure[];
  readonly skipped: readonly string[];
}

/** A test that failed, and what was said of it. */
export interface Failure {
  readonly name: string;
  /** The error with its stack; empty when there is none. */
  readonly reason: string;
}

/** Reads the report that `--junit-path` wrote. Names are `file: test`. */
export function readJunit(xml: string): TestReport {
  const failed: Failure[] = [];
  const skipped: string[] = [];
  let passed = 0;
  for (const [, head, body] of xml.matchAll(/<testsuite ([^>]*)>([^]*?)<\/testsuite>/g)) {
    const file = attribute(head, "name").replace(/^\.\//, "");
    const tests = new Set<string>();
    for (const [, attributes, inside] of body.matchAll(/<testcase ([^>]*)>([^]*?)<\/testcase>/g)) {
      const name = attribute(attributes, "name");
      if (isStepOf(tests, name)) continue;
      tests.add(name);
      if (/^\s*<skipped/.test(inside)) skipped.push(`${file}: ${name}`);
      else if (/^\s*<(failure|error)/.test(inside)) {
        const reason = reasonOf(inside);
        failed.push({ name: `${fileOf(file, reason)}: ${name}`, reason });
      } else passed++;
    }
  }
  return { passed, failed, skipped };
}

/** Steps stand below their test as `test > step`. */
function isStepOf(tests: ReadonlySet<string>, name: string): boolean {
  for (let at = name.indexOf(" > "); at >= 0; at = name.indexOf(" > ", at + 1)) {
    if (tests.has(name.slice(0, at))) return true;
  }
  return false;
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

function reasonOf(inside: string): string {
  return plain(inside.match(/<(?:failure|error)[^>]*>([^]*?)<\//)?.[1] ?? "");
}

/**
 * The file of a test that failed. Deno names the one where `Deno.test` stands, which is a kit's for tests of a kit's making: then the
 * error's stack tells, so that the file can be run again.
 */
function fileOf(file: string, reason: string): string {
  if (file.endsWith("_test.ts")) return file;
  return reason.match(/(tests\/[^\s:()]+_test\.ts):\d/)?.[1] ?? file;
}

function attribute(attributes: string, name: string): string {
  return plain(attributes.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1] ?? "");
}

function plain(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, word) => {
    if (word !== undefined) return ENTITIES[word] ?? whole;
    return String.fromCodePoint(decimal ? Number(decimal) : parseInt(hex, 16));
  });
}
