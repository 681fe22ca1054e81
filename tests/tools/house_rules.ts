/**
 * The house rules as a lint plugin: sizes, parameters, `any`, `!`, `console`, thrown classes, clock and chance.
 * Sizes and parameters bind every file; the others bind `lib/`. Which module may import which is not here but in
 * `graph.ts`, because only the module graph sees dynamic imports and Workers.
 */

import { BOUNDARIES, moduleOf, pathBelow, PROJECT_ROOT, UNIONS } from "./layers.ts";
import { clockRule } from "./rule_clock.ts";
import { thrownRule } from "./rule_thrown.ts";
import { globalName, isMemberName } from "./syntax.ts";

type Visitor = Deno.lint.LintVisitor;
type Context = Deno.lint.RuleContext;

type WithParameters = Extract<Deno.lint.Node, { params: Deno.lint.Parameter[] }>;

/** Nothing to see: the visitor of a rule that does not bind this file. */
const NOTHING: Visitor = {};

function projectPath(context: Context): string | undefined {
  return pathBelow(PROJECT_ROOT, context.filename);
}

function inLib(context: Context): boolean {
  return moduleOf(projectPath(context)) !== undefined;
}

function lineCount(text: string): number {
  return text.split("\n").length;
}

const shortFile: Deno.lint.Rule = {
  create(context) {
    return {
      Program(node) {
        const lines = lineCount(context.sourceCode.text.trimEnd());
        if (lines > BOUNDARIES.fileLines) {
          context.report({
            node,
            message: `File has ${lines} lines, limit is ${BOUNDARIES.fileLines}`,
          });
        }
      },
    };
  },
};

const shortFunction: Deno.lint.Rule = {
  create(context) {
    const check = (node: Deno.lint.Node) => {
      const lines = lineCount(context.sourceCode.getText(node));
      if (lines > BOUNDARIES.functionLines) {
        const message = `Function has ${lines} lines, limit is ${BOUNDARIES.functionLines}`;
        context.report({ node, message });
      }
    };
    return {
      FunctionDeclaration: check,
      FunctionExpression: check,
      ArrowFunctionExpression: check,
    };
  },
};

const fewParameters: Deno.lint.Rule = {
  create(context) {
    const check = (node: WithParameters) => {
      // A `this` parameter is a type, not something that the caller passes.
      const count =
        node.params.filter((p) => !(p.type === "Identifier" && p.name === "this")).length;
      if (count > BOUNDARIES.parameters) {
        const message = `Function has ${count} parameters, limit is ${BOUNDARIES.parameters}`;
        context.report({ node, message, hint: "Three, then an options object" });
      }
    };
    return {
      FunctionDeclaration: check,
      FunctionExpression: check,
      ArrowFunctionExpression: check,
      TSDeclareFunction: check,
      TSEmptyBodyFunctionExpression: check,
    };
  },
};

const noAny: Deno.lint.Rule = {
  create(context) {
    if (!inLib(context)) return NOTHING;
    return {
      TSAnyKeyword(node) {
        context.report({ node, message: "`any` in lib/: say the type, or `unknown` and check it" });
      },
    };
  },
};

const noNonNull: Deno.lint.Rule = {
  create(context) {
    if (!inLib(context)) return NOTHING;
    const message = "Non-null `!` in lib/: check the value, or make the state impossible";
    const checkDefinite = (node: Deno.lint.Node) => {
      const promised = /^[^=:?]*[\w$]\s*!\s*:/.test(context.sourceCode.getText(node));
      if (promised) context.report({ node, message });
    };
    return {
      TSNonNullExpression(node) {
        context.report({ node, message });
      },
      // `field!: T` and `let value!: T` make the same unproved promise; the tree does not tell, so the text is read.
      PropertyDefinition: checkDefinite,
      VariableDeclarator: checkDefinite,
    };
  },
};

const noConsole: Deno.lint.Rule = {
  create(context) {
    if (!inLib(context)) return NOTHING;
    return {
      Identifier(node) {
        if (node.name !== "console" || isMemberName(node)) return;
        context.report({
          node,
          message: "`console` in lib/: use logger(), or write to the output",
        });
      },
      MemberExpression(node) {
        if (node.object.type !== "Identifier" || globalName(node) !== "console") return;
        context.report({
          node,
          message: "`console` in lib/: use logger(), or write to the output",
        });
      },
    };
  },
};

const noBarrel: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context);
    if (moduleOf(path) === undefined || UNIONS.includes(path ?? "")) return NOTHING;
    const message = "Re-export in lib/: name the file that holds the thing instead";
    const imported = new Set<string>();
    const exported: Deno.lint.ExportSpecifier[] = [];
    return {
      ImportDeclaration(node) {
        for (const { local } of node.specifiers) imported.add(local.name);
      },
      ExportAllDeclaration(node) {
        context.report({ node, message });
      },
      ExportNamedDeclaration(node) {
        if (node.source) context.report({ node, message });
        else exported.push(...node.specifiers);
      },
      // `import { a } from …; export { a };` is a re-export in two lines.
      "Program:exit"() {
        for (const node of exported) {
          if (node.local.type !== "Identifier" || !imported.has(node.local.name)) continue;
          context.report({ node, message });
        }
      },
    };
  },
};

export default {
  name: "house",
  rules: {
    "short-file": shortFile,
    "short-function": shortFunction,
    "few-parameters": fewParameters,
    "no-any": noAny,
    "no-non-null": noNonNull,
    "no-console": noConsole,
    "no-barrel": noBarrel,
    "typed-throw": thrownRule,
    "clock-in-base": clockRule,
  },
} satisfies Deno.lint.Plugin;
