import { deepEqual, equal } from "node:assert/strict";
import { findMutants, withSwitches } from "../mutants/find.ts";

/** The checks of a source, as text, and what stands in their place. */
function checks(source: string): string[] {
  return findMutants(source).map(({ from, to, becomes }) =>
    `${source.slice(from, to)} -> ${becomes}`
  );
}

Deno.test("mutants are the conditions that refuse, and the parts of them", () => {
  deepEqual(checks("if (a(b)) throw x;"), ["a(b) -> false"]);
  deepEqual(checks("if (a || b(c && d)) return 1;"), [
    "a || b(c && d) -> false",
    "a -> false",
    "b(c && d) -> false",
  ]);
  deepEqual(checks("if (a && b) {\n  return;\n}"), ["a && b -> false", "a -> true", "b -> true"]);
  deepEqual(checks("return a === 1 && b;"), ["a === 1 -> true", "b -> true"]);
});

Deno.test("mutants leave what decides something else, strings and comments alone", () => {
  deepEqual(checks("if (a) b();"), []);
  deepEqual(checks("// if (a) return;\nconst s = 'if (b) return;';"), []);
  deepEqual(checks("if (a === ')') return;"), ["a === ')' -> false"]);
  deepEqual(checks("return a ? b && c : d;"), []);
  deepEqual(checks('if (a === "x" || b === "y") return;').slice(1), [
    'a === "x" -> false',
    'b === "y" -> false',
  ]);
});

Deno.test("mutants behind switches leave a source as it was while none is on", () => {
  const source = "const f = (a, b) => { if (a || b) return 1; return 2; };\n" +
    "[f(false, false), f(true, false), f(false, true)]";
  const mutants = findMutants(source).map((mutant, id) => ({ ...mutant, id }));
  const text = withSwitches(source, mutants);
  const run = (active: number | undefined) => {
    Object.assign(globalThis, { $mutant: (id: number) => id === active });
    // deno-lint-ignore no-eval -- the text is this test's own
    return eval(text).join();
  };
  try {
    equal(run(undefined), "2,1,1");
    equal(run(0), "2,2,2", "the whole condition");
    equal(run(1), "2,2,1", "its first part");
    equal(run(2), "2,1,2", "its second part");
  } finally {
    Reflect.deleteProperty(globalThis, "$mutant");
  }
});
