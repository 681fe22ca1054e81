/**
 * The sentences of the interface: strings and templates of `lib/` with at least two words of English. Left out is what nobody
 * reads as a sentence: imports, SQL, log events, errors that mean a mistake in the program, and types.
 */

import { globalName, isNamed, parentOf } from "./syntax.ts";

type Node = Deno.lint.Node;

export interface Sentence {
  readonly line: number;
  /** What is filled in stands as `{}`. */
  readonly text: string;
  /** The summary, title or label of something: a name for it, without a full stop. */
  readonly isLabel: boolean;
}

/** Who takes a string that is no sentence: the log, the log's scopes, labels of statements. */
const LOG_VERBS = new Set(["debug", "info", "warn", "error"]);

const TWO_WORDS = /[A-Za-z]{2,}[,;:]? [A-Za-z{(`"/#@]|[a-z]{2,}[,;:]? [A-Za-z]{2,}|^[A-Z][a-z]+…?$/;
const SQL =
  /^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|PRAGMA|WITH|BEGIN|VACUUM|ATTACH|AND|OR|WHERE|ORDER|FROM|JOIN|LEFT|UNION|EXISTS|NOT EXISTS)\b|\b(CREATE|ALTER|DROP) (TABLE|INDEX)\b/;

/** Labels of keys and statements: permanent. */
const LABEL = /^Heliograph v1 |^SFrame /;

/** The sentences of one source, in its order. */
export function sentencesOf(path: string, source: string): Sentence[] {
  const found: Sentence[] = [];
  const seen = (node: Node, text: string) => {
    if (!TWO_WORDS.test(text) || SQL.test(text) || LABEL.test(text) || isForNobody(node)) return;
    const line = source.slice(0, node.range[0]).split("\n").length;
    found.push({ line, text, isLabel: isLabel(node) });
  };
  const plugin: Deno.lint.Plugin = {
    name: "sentences",
    rules: {
      all: {
        create: () => ({
          Literal(node) {
            if (typeof node.value === "string") seen(node, node.value);
          },
          TemplateLiteral(node) {
            seen(node, node.quasis.map((part) => part.cooked).join("{}"));
          },
        }),
      },
    },
  };
  Deno.lint.runPlugin(plugin, path, source);
  return found;
}

const LABELS = new Set(["summary", "title", "label", "heading"]);

function isLabel(node: Node): boolean {
  const parent = parentOf(node);
  return parent?.type === "Property" && parent.key.type === "Identifier" &&
    LABELS.has(parent.key.name);
}

/** Whether a string goes to the log, to a developer, or to the compiler. */
function isForNobody(node: Node): boolean {
  for (let at = parentOf(node); at; at = parentOf(at)) {
    switch (at.type) {
      case "ImportDeclaration":
      case "ImportExpression":
      case "TSLiteralType":
        return true;
      case "TaggedTemplateExpression":
        return true;
      case "NewExpression":
        // Its message is for whoever mends the program.
        if (isNamed(at.callee, "Bug")) return true;
        break;
      case "CallExpression":
        if (isLogCall(at)) return true;
        break;
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return false;
    }
  }
  return false;
}

function isLogCall(call: Deno.lint.CallExpression): boolean {
  const { callee } = call;
  if (callee.type !== "MemberExpression") return globalName(callee) === "logger";
  const verb = callee.property.type === "Identifier" ? callee.property.name : "";
  const object = callee.object.type === "Identifier" ? callee.object.name : "";
  return LOG_VERBS.has(verb) && /log$/i.test(object);
}
