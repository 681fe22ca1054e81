/**
 * Time and chance are passed in (craft guide §5), so that scenarios run on a false clock and a seeded random: what
 * reads them from the machine appears in `lib/base/` only.
 */

import { ENTRIES, moduleOf, pathBelow, PROJECT_ROOT } from "./layers.ts";
import { globalName, isMemberName, memberName } from "./syntax.ts";

/** Object to the members of it that read the machine's clock or dice. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  Date: ["now"],
  Math: ["random"],
  performance: ["now"],
  AbortSignal: ["timeout"],
};

/** Functions of the global scope. */
const TIMERS: readonly string[] = ["setTimeout", "setInterval"];

const HINT = "Take a Clock or a Random from lib/base as a parameter";

export const clockRule: Deno.lint.Rule = {
  create(context) {
    const path = pathBelow(PROJECT_ROOT, context.filename);
    const module = moduleOf(path);
    if (module === "base" || (module === undefined && !ENTRIES.includes(path ?? ""))) return {};

    const report = (node: Deno.lint.Node, what: string) =>
      context.report({ node, message: `\`${what}\` outside lib/base`, hint: HINT });

    return {
      MemberExpression(node) {
        const object = globalName(node.object);
        const member = memberName(node);
        if (object === undefined || member === undefined) return;
        if (MEMBERS[object]?.includes(member)) report(node, `${object}.${member}`);
        if (object === "globalThis" && TIMERS.includes(member)) report(node, member);
      },
      Identifier(node) {
        if (TIMERS.includes(node.name) && !isMemberName(node)) report(node, node.name);
      },
      // `const { now } = Date` is the same reading by another transport.
      VariableDeclarator(node) {
        if (node.id.type !== "ObjectPattern" || !node.init) return;
        const forbidden = MEMBERS[globalName(node.init) ?? ""] ?? [];
        for (const property of node.id.properties) {
          if (property.type !== "Property" || property.key.type !== "Identifier") continue;
          if (forbidden.includes(property.key.name)) report(property, property.key.name);
        }
      },
      NewExpression(node) {
        if (globalName(node.callee) === "Date" && node.arguments.length === 0) {
          report(node, "new Date()");
        }
      },
      CallExpression(node) {
        if (globalName(node.callee) === "Date") report(node, "Date()");
      },
      ImportDeclaration(node) {
        if (/^(node:)?timers(\/promises)?$/.test(node.source.value)) {
          report(node, node.source.value);
        }
      },
    };
  },
};
