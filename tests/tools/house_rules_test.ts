import { equal } from "node:assert/strict";
import { join } from "node:path";
import { errorMakersIn } from "./error_makers.ts";
import { PROJECT_ROOT } from "./layers.ts";
import plugin from "./house_rules.ts";

/** Which rules report `source` when it stands at `path` of the project, each as often as it reports. */
function reported(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, join(PROJECT_ROOT, path), source)
    .map((diagnostic) => diagnostic.id.replace("house/", "")).sort();
}

interface Case {
  readonly name: string;
  /** Where the source stands; lib/net/a.ts when left out. */
  readonly at?: string;
  readonly source: string;
  /** The rules that must report it, in alphabetical order; none means that the source is good. */
  readonly reports: readonly string[];
}

function run(cases: readonly Case[]): void {
  for (const { name, at = "lib/net/a.ts", source, reports } of cases) {
    Deno.test(`house rules: ${name}`, () => {
      equal(reported(at, source).join(" "), reports.join(" "));
    });
  }
}

const ERRORS = 'import { Bug, ProtocolError } from "../base/errors.ts";\n';
const lines = (count: number) => "const a = 1;\n".repeat(count);
const functionOf = (count: number) => `export function f() {\n${lines(count - 2)}}\n`;

run([
  { name: "a file of 400 lines passes", source: lines(400), reports: [] },
  { name: "a file of 401 lines is caught", source: lines(401), reports: ["short-file"] },
  {
    name: "a test file of 401 lines is caught",
    at: "tests/unit/net/a_test.ts",
    source: lines(401),
    reports: ["short-file"],
  },
  { name: "a function of 80 lines passes", source: functionOf(80), reports: [] },
  {
    name: "a function of 81 lines is caught",
    source: functionOf(81),
    reports: ["short-function"],
  },
  {
    name: "an arrow function of 81 lines is caught behind letters of four bytes",
    source: `const t = "🧛🧛🧛🧛";\nconst f = () => {\n${lines(79)}};\n`,
    reports: ["short-function"],
  },
  {
    name: "a method of 81 lines is caught",
    source: `class A {\n  m() {\n${lines(79)}  }\n}\n`,
    reports: ["short-function"],
  },
  {
    name: "four parameters pass",
    source: "function f(this: A, a: 1, b: 2, c: 3, d: 4) {}",
    reports: [],
  },
  {
    name: "five parameters are caught in a function, a constructor and an arrow",
    source: "function f(a,b,c,d,e) {}\nclass A { constructor(public a, b=1, ...c) {} }\n" +
      "class B { constructor(a,b,c,d,e=5) {} }\nexport const g = (a,b,c,{d},[e]) => 1;",
    reports: ["few-parameters", "few-parameters", "few-parameters"],
  },
]);

run([
  {
    name: "any is caught as a type, in a cast and in a type argument",
    source: "let a: any; const b = a as any; const c: Map<string, any> = b;",
    reports: ["no-any", "no-any", "no-any"],
  },
  {
    name: "any in a test is left to Deno's own rule",
    at: "tests/unit/a_test.ts",
    source: "let a: any;",
    reports: [],
  },
  {
    name: "a non-null ! is caught on values, fields and variables",
    source: "a!.b(); class A { x!: number } let y!: string;",
    reports: ["no-non-null", "no-non-null", "no-non-null"],
  },
  { name: "a negation passes", source: "if (!a && a !== b) c();", reports: [] },
  {
    name: "console is caught by its name, through globalThis and as a value",
    source:
      'console.log(1); globalThis.console.warn(1); globalThis["console"]; const { log } = console;',
    reports: ["no-console", "no-console", "no-console", "no-console"],
  },
  {
    name: "a member that is called console passes",
    source: "options.console(); const a = { console: true }; interface B { console: boolean }",
    reports: [],
  },
  {
    name: "re-exports are caught, in one line and in two",
    source:
      'export * from "./b.ts"; export { c } from "./c.ts"; export type { D } from "./d.ts";\n' +
      'import { e } from "./e.ts"; export { e };',
    reports: ["no-barrel", "no-barrel", "no-barrel", "no-barrel"],
  },
  {
    name: "the union of the hop messages may re-export",
    at: "lib/protocol/hop/mod.ts",
    source: 'export * from "./login.ts";',
    reports: [],
  },
  {
    name: "a mod.ts elsewhere may not re-export",
    at: "lib/protocol/mod.ts",
    source: 'export * from "./login.ts";',
    reports: ["no-barrel"],
  },
]);

run([
  {
    name: "a class of base/errors may be thrown",
    source: `${ERRORS}if (a) throw new Bug("a"); throw new ProtocolError("b", "c");`,
    reports: [],
  },
  {
    name: "a class of the module's own errors file may be thrown",
    source: 'import { NetError } from "./errors.ts"; throw new NetError();',
    reports: [],
  },
  {
    name: "a bare Error is caught where it is made and where it is thrown",
    source: 'throw new Error("x");',
    reports: ["typed-throw", "typed-throw"],
  },
  {
    name: "a bare error that rejects a promise is caught",
    source: 'reject(new TypeError("x")); Promise.reject(RangeError("y"));',
    reports: ["typed-throw", "typed-throw"],
  },
  {
    name: "a class of the file itself is caught outside an errors file",
    source: "class MyError {} throw new MyError();",
    reports: ["typed-throw"],
  },
  {
    name: "a text, a call of unknown result and a class from elsewhere are caught",
    source: 'import { E } from "./e.ts";\nif (a) throw "text"; if (b) throw make(); throw new E();',
    reports: ["typed-throw", "typed-throw", "typed-throw"],
  },
  {
    name: "a caught value may be thrown on",
    source: "try { a(); } catch (error) { if (b) throw error; }\n" +
      "a().catch((error) => { throw error; }); a().then(b, (e) => { throw e; });",
    reports: [],
  },
  {
    name: "a caught value that was kept may be thrown on",
    source: "let kept: unknown; try { a(); } catch (e) { kept = e; }\nif (kept) throw kept;",
    reports: [],
  },
  {
    name: "a parameter that nothing caught is not a caught value",
    source: "export function f(error: unknown) { throw error; }\na.then((v) => { throw v; });",
    reports: ["typed-throw", "typed-throw"],
  },
  {
    name: "another function's caught value does not excuse a variable of the same name",
    source: "try { a(); } catch (error) { b(error); }\n" +
      'function f() { const error = "text"; throw error; }',
    reports: ["typed-throw"],
  },
  {
    name: "a variable that may hold something else is caught",
    source: 'let kept: unknown; try { a(); } catch (e) { kept = e; }\nkept = "text"; throw kept;',
    reports: ["typed-throw"],
  },
  {
    name: "an abort's reason passes through",
    source: "if (signal.aborted) throw signal.reason;",
    reports: [],
  },
  {
    name: "a failure kept in a typed field passes, in an untyped one it is caught",
    source: `${ERRORS}class A { #failure: Bug | undefined; text: string;\n` +
      "  f() { throw this.#failure; }\n  g() { throw this.text; } }",
    reports: ["typed-throw"],
  },
  {
    name: "a caught value kept in a field passes, a field that also gets something else is caught",
    source: "class A { #kept: unknown; #mixed: unknown;\n" +
      '  f() { try { a(); } catch (e) { this.#kept = e; this.#mixed = e; } this.#mixed = "text"; }\n' +
      "  g() { throw this.#kept; }\n  h() { throw this.#mixed; } }",
    reports: ["typed-throw"],
  },
  {
    name: "an awaited error passes, an awaited anything is caught",
    source: `${ERRORS}async function lost(): Promise<ProtocolError> { return a; }\n` +
      "if (b) throw await lost(); throw await c();",
    reports: ["typed-throw"],
  },
  {
    name: "a function that says that it returns an error may be thrown",
    source: `${ERRORS}function lost(): ProtocolError { return a; }\n` +
      "function other() { return a; }\nif (b) throw lost(); throw other();",
    reports: ["typed-throw"],
  },
]);

run([
  {
    name: "clock and chance are caught outside base",
    source:
      "Date.now(); Math.random(); performance.now(); AbortSignal.timeout(5); new Date(); Date();",
    reports: Array(6).fill("clock-in-base"),
  },
  {
    name: "timers are caught, also renamed, imported and through globalThis",
    source: "setTimeout(f, 1); setInterval(f, 1); const wait = setTimeout;\n" +
      'globalThis.setTimeout(f, 1); import { setTimeout as s } from "node:timers/promises";',
    reports: Array(6).fill("clock-in-base"),
  },
  {
    name: "clock members are caught through brackets, globalThis and destructuring",
    source:
      'Date["now"](); globalThis.Date.now(); const { now } = Date; const { random: r } = Math;',
    reports: Array(4).fill("clock-in-base"),
  },
  {
    name: "clock and chance are caught in an entry file",
    at: "server.ts",
    source: "Date.now();",
    reports: ["clock-in-base"],
  },
  {
    name: "clock and chance pass in base and in tools",
    at: "lib/base/clock.ts",
    source: "Date.now(); setTimeout(f, 1);",
    reports: [],
  },
  {
    name: "a date made of a number, a false clock and members of the same names pass",
    source:
      "new Date(5); clock.now(); Math.floor(1); socket.setTimeout(5); const a = { setTimeout: 1 };",
    reports: [],
  },
]);

Deno.test("error makers are the exported functions that return a class of an errors file", () => {
  const source = `import { type Log } from "./log.ts";
import { Bug, type Refusal } from "../base/errors.ts";
export function refuse(
  code: string,
  details: Record<string, unknown> = {},
): Refusal {
  return make(code, details);
}
export async function later(): Promise<Refusal> {
  return x;
}
export function text(): string {
  return "";
}
export function bug(): Bug {
  return y;
}
`;
  equal([...errorMakersIn(source)].join(" "), "refuse later bug");
});
