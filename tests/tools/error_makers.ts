/**
 * Which functions make errors: `throw refuse(…)` is as good as `throw new Refusal(…)` when `refuse` says in its
 * declaration that it returns a class of an errors file.
 */

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

const made = new Map<string, ReadonlySet<string>>();

/** Whether a specifier leads to `base/errors.ts` or to a module's own `errors.ts`. */
export function isErrorsFile(specifier: string): boolean {
  return /(^|\/)errors\.ts$/.test(specifier);
}

/**
 * The exported functions of the file `specifier`, as seen from `importer`, that return an error class. A file that
 * cannot be read makes none: the type checker reports it.
 */
export function errorMakersOf(importer: string, specifier: string): ReadonlySet<string> {
  if (!specifier.startsWith(".")) return new Set();
  const path = resolve(dirname(importer), specifier);
  let makers = made.get(path);
  if (!makers) {
    let source = "";
    try {
      source = readFileSync(path, "utf8");
    } catch {
      // Not there: nothing is made.
    }
    makers = errorMakersIn(source);
    made.set(path, makers);
  }
  return makers;
}

/** The exported functions in `source` whose declared return type is a class that `source` imports from an errors file. */
export function errorMakersIn(source: string): ReadonlySet<string> {
  const classes = new Set<string>();
  for (const [, list, from] of source.matchAll(/import (?:type )?\{([^}]*)\} from "([^"]+)"/g)) {
    if (!isErrorsFile(from)) continue;
    for (const word of list.split(",")) classes.add(word.replace(/^\s*type\s/, "").trim());
  }
  const makers = new Set<string>();
  // The text between name and return type may hold braces (defaults), but no start of another declaration.
  const declaration =
    /^export (?:async )?function (\w+)((?!^(?:export|function|class|const)\b)[^])*?\): (?:Promise<)?(\w+)>? \{/gm;
  for (const [, name, , type] of source.matchAll(declaration)) {
    if (classes.has(type)) makers.add(name);
  }
  return makers;
}
