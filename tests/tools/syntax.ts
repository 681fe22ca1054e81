/** Small questions to a syntax tree that several house rules ask. */

type Node = Deno.lint.Node;

/** The node around `node`; undefined at the top of the file. */
export function parentOf(node: Node): Node | undefined {
  // The parent of a parameter property is declared as a type of its own that the union of nodes lacks.
  return "parent" in node ? node.parent as Node : undefined;
}

/** Whether `node` is the identifier `name`. */
export function isNamed(node: { readonly type: string } | null | undefined, name: string): boolean {
  return node?.type === "Identifier" && "name" in node && node.name === name;
}

/** Whether an identifier only names a member or a key: `options.console`, `{ console: true }`, a method's own name. */
export function isMemberName(node: Deno.lint.Identifier): boolean {
  const parent = parentOf(node);
  switch (parent?.type) {
    case "MemberExpression":
      return parent.property === node && !parent.computed;
    case "Property":
      return parent.key === node && !parent.computed && !parent.shorthand;
    case "PropertyDefinition":
    case "MethodDefinition":
      return parent.key === node && !parent.computed;
    case "TSPropertySignature":
    case "TSMethodSignature":
      return true;
    default:
      return false;
  }
}

/** The member that `a.b` or `a["b"]` reads. */
export function memberName(node: Deno.lint.MemberExpression): string | undefined {
  if (!node.computed) return node.property.type === "Identifier" ? node.property.name : undefined;
  return node.property.type === "Literal" ? String(node.property.value) : undefined;
}

/** The global behind `Date`, `globalThis.Date` and `globalThis["Date"]`. */
export function globalName(node: Node): string | undefined {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression" || globalName(node.object) !== "globalThis") {
    return undefined;
  }
  return memberName(node);
}
