/**
 * Broken promises are thrown as classes of `base/errors` or of a module's own `errors.ts` (craft guide §4), so that the
 * code that catches can tell by class who must act. A caught value may be thrown on, and so may an abort's reason.
 */

import { moduleOf, pathBelow, PROJECT_ROOT } from "./layers.ts";
import { errorMakersOf, isErrorsFile } from "./error_makers.ts";
import { isNamed, parentOf } from "./syntax.ts";

type Node = Deno.lint.Node;

/** What JavaScript itself offers to throw: too vague for anyone to act on, so it may not even be made in `lib/`. */
const BARE_ERRORS: readonly string[] = [
  "Error",
  "TypeError",
  "RangeError",
  "SyntaxError",
  "ReferenceError",
  "EvalError",
  "URIError",
  "AggregateError",
];

/** Words of a type that do not change what is thrown: a promise of an error is awaited first. */
const HARMLESS: readonly string[] = ["undefined", "Promise"];

/** What is known of the names of one file when its last line has been read. */
interface FileNames {
  /** Classes of an errors file, and functions that return one. */
  readonly errors: Set<string>;
  /** Fields declared with the type of such a class: a failure kept for later. */
  readonly fields: Set<string>;
  /** Everything assigned to a name after its declaration, and to a field `this.name` anywhere. */
  readonly assigned: Map<string, Node[]>;
}

function hasParameter(node: Node, name: string): boolean {
  switch (node.type) {
    case "ArrowFunctionExpression":
    case "FunctionExpression":
    case "FunctionDeclaration":
      return node.params.some((parameter) => isNamed(parameter, name));
    default:
      return false;
  }
}

/** Whether a function is what handles a rejection: `.catch(f)` or the second argument of `.then(…, f)`. */
function handlesRejection(fn: Node): boolean {
  const call = parentOf(fn);
  if (call?.type !== "CallExpression" || call.callee.type !== "MemberExpression") return false;
  const method = call.callee.property;
  return (isNamed(method, "catch") && call.arguments[0] === fn) ||
    (isNamed(method, "then") && call.arguments[1] === fn);
}

/** The declaration of `name` among the statements of one block. */
function declaratorIn(
  statements: readonly Node[],
  name: string,
): { constant: boolean; init: Node | null | undefined } | undefined {
  for (const statement of statements) {
    if (statement.type !== "VariableDeclaration") continue;
    for (const { id, init } of statement.declarations) {
      if (isNamed(id, name)) return { constant: statement.kind === "const", init };
    }
  }
  return undefined;
}

/** Whether what `name` means at `from` is a caught value or one of the house's errors. */
function nameMayBeThrown(name: string, from: Node, names: FileNames): boolean {
  for (let node = parentOf(from); node; node = parentOf(node)) {
    if (node.type === "CatchClause" && isNamed(node.param, name)) return true;
    if (hasParameter(node, name)) return handlesRejection(node);
    if (node.type !== "BlockStatement" && node.type !== "Program") continue;
    const found = declaratorIn(node.body, name);
    if (!found) continue;
    const values = [found.init, ...(found.constant ? [] : names.assigned.get(name) ?? [])];
    const known = values.filter((value) => value && !isNamed(value, "undefined"));
    return known.length > 0 && known.every((value) => value && mayBeThrown(value, names));
  }
  return false;
}

function isError(node: { readonly type: string }, names: FileNames): boolean {
  return node.type === "Identifier" && "name" in node && names.errors.has(String(node.name));
}

function fieldName(node: Node): string | undefined {
  if (node.type === "Identifier") return node.name;
  return node.type === "PrivateIdentifier" ? `#${node.name}` : undefined;
}

/** A field that holds nothing but what may be thrown: by its type, or because only that is ever assigned to it. */
function isKeptFailure(member: Deno.lint.MemberExpression, names: FileNames): boolean {
  const field = fieldName(member.property) ?? "";
  if (names.fields.has(field)) return true;
  const values = (names.assigned.get(`this.${field}`) ?? []).filter((v) =>
    !isNamed(v, "undefined")
  );
  return values.length > 0 && values.every((value) => mayBeThrown(value, names));
}

/** The key of `names.assigned` for the left side of an assignment. */
function assignedName(left: Node): string | undefined {
  if (left.type === "Identifier") return left.name;
  if (left.type !== "MemberExpression" || left.object.type !== "ThisExpression") return undefined;
  return `this.${fieldName(left.property) ?? ""}`;
}

function mayBeThrown(value: Node, names: FileNames): boolean {
  switch (value.type) {
    case "NewExpression":
      return isError(value.callee, names);
    case "CallExpression":
      // A maker, or a generic maker that is handed the class.
      return isError(value.callee, names) || value.arguments.some((each) => isError(each, names));
    case "Identifier":
      return nameMayBeThrown(value.name, value, names);
    case "MemberExpression":
      // `signal.reason`: abort is not an error, it passes through as it came. `kept.error` was caught before.
      return isNamed(value.property, "reason") || isNamed(value.property, "error") ||
        isKeptFailure(value, names);
    case "AwaitExpression":
      return mayBeThrown(value.argument, names);
    case "ConditionalExpression":
      return mayBeThrown(value.consequent, names) && mayBeThrown(value.alternate, names);
    case "LogicalExpression":
      return mayBeThrown(value.left, names) && mayBeThrown(value.right, names);
    default:
      return false;
  }
}

export const thrownRule: Deno.lint.Rule = {
  create(context) {
    const path = pathBelow(PROJECT_ROOT, context.filename);
    if (path === undefined || moduleOf(path) === undefined) return {};
    const here = isErrorsFile(path);
    const names: FileNames = { errors: new Set(), fields: new Set(), assigned: new Map() };
    const typed: { name: string; type: string; into: Set<string> }[] = [];
    const thrown: Deno.lint.ThrowStatement[] = [];

    const bare = (node: Deno.lint.NewExpression | Deno.lint.CallExpression) => {
      if (node.callee.type !== "Identifier" || !BARE_ERRORS.includes(node.callee.name)) return;
      const message = `Bare ${node.callee.name} in lib/: make a class of base/errors instead`;
      context.report({ node, message });
    };
    return {
      ImportDeclaration(node) {
        const from = node.source.value;
        const makers = errorMakersOf(context.filename, from);
        for (const { local } of node.specifiers) {
          if (isErrorsFile(from) || makers.has(local.name)) names.errors.add(local.name);
        }
      },
      ClassDeclaration(node) {
        if (here && node.id) names.errors.add(node.id.name);
      },
      FunctionDeclaration(node) {
        if (!node.id || !node.returnType) return;
        const type = context.sourceCode.getText(node.returnType);
        typed.push({ name: node.id.name, type, into: names.errors });
      },
      PropertyDefinition(node) {
        const name = fieldName(node.key);
        if (name === undefined || !node.typeAnnotation) return;
        const type = context.sourceCode.getText(node.typeAnnotation);
        typed.push({ name, type, into: names.fields });
      },
      AssignmentExpression(node) {
        const name = assignedName(node.left);
        if (name === undefined) return;
        names.assigned.set(name, [...names.assigned.get(name) ?? [], node.right]);
      },
      ThrowStatement(node) {
        thrown.push(node);
      },
      NewExpression: bare,
      CallExpression: bare,
      "Program:exit"() {
        for (const { name, type, into } of typed) {
          const classes = type.match(/\w+/g)?.filter((word) => !HARMLESS.includes(word)) ?? [];
          if (classes.length > 0 && classes.every((word) => names.errors.has(word))) into.add(name);
        }
        for (const node of thrown) {
          if (mayBeThrown(node.argument, names)) continue;
          const message = "Thrown value is no class of base/errors or of a module's errors.ts";
          context.report({ node, message });
        }
      },
    };
  },
};
