/**
 * Words that the code does not use (docs/glossary.md has those that it does). Two lists: an invented word is forbidden wherever
 * it stands outside of strings, which is where permanent names are (columns, labels, log events); an ordinary word in a sense of
 * our own is forbidden only as the name of a type, a function or a file.
 */

/** By the word that says it. */
export const INVENTED: Readonly<Record<string, string>> = {
  courier: "sync engine",
  lookout: "pending watcher",
  errand: "queued command",
  deed: "moderation action",
  notebook: "account data",
  officer: "room admin",
  charter: "membership log",
  heir: "replacement",
  setback: "rollback",
  road: "transport",
};

/** Named types, functions and files only. */
export const IN_A_PRIVATE_SENSE: Readonly<Record<string, string>> = {
  Post: "OutboxSender",
  Feed: "HistoryTail",
  Announcer: "EventPresenter",
  Beside: "BackgroundTasks",
  Happening: "AppEvent",
  Letter: "ControlMessage",
  Letters: "control messages",
  Said: "what it is: a message, a text, a delivery",
  Told: "a result, a line, an update",
  Stage: "VideoSurface",
  Standing: "ContactStatus",
  Standings: "ContactStatuses",
  Hearing: "Admission",
  Parked: "DeferredEnvelopes",
  Introductions: "Signaling",
  Surroundings: "the context of what it is",
  Entrance: "options, or services",
  FrontDoor: "ServerListener",
  Desk: "what it is: a dialogue, a collector, a session's streams",
  Bench: "context",
  Hands: "context",
};

/** A word in the singular or plural, alone, in camelCase, PascalCase or UPPER_CASE. */
function invented(word: string): RegExp {
  const capital = word[0].toUpperCase() + word.slice(1);
  const plural = "s?";
  return new RegExp(
    `(?<![A-Za-z])(?:${word}|${capital})${plural}(?![a-z])|(?<=[a-z_#])${capital}${plural}(?![a-z])|` +
      `(?<![A-Z])${word.toUpperCase()}S?(?![A-Z])`,
  );
}

const NAMED = /^(?:export )?(?:abstract )?(?:async )?(?:class|interface|type|function\*?) (\w+)/;

/** What is wrong with a source: `path:line: word, say …`. */
export function wrongWords(path: string, source: string): string[] {
  const found: string[] = [];
  const file = path.split("/").at(-1) ?? "";
  for (const [name, better] of Object.entries(IN_A_PRIVATE_SENSE)) {
    if (file.replace(/(_test)?\.tsx?$/, "") === snake(name)) found.push(`${path}: say ${better}`);
  }
  for (const [word, better] of Object.entries(INVENTED)) {
    if (file.split(/[_.]/).includes(word)) found.push(`${path}: ${word}, say ${better}`);
  }
  const lines = withoutStrings(source).split("\n");
  for (const [at, line] of lines.entries()) {
    for (const [word, better] of Object.entries(INVENTED)) {
      if (invented(word).test(line)) found.push(`${path}:${at + 1}: ${word}, say ${better}`);
    }
    const name = NAMED.exec(line)?.[1] ?? "";
    const better = Object.hasOwn(IN_A_PRIVATE_SENSE, name) ? IN_A_PRIVATE_SENSE[name] : undefined;
    if (better !== undefined) found.push(`${path}:${at + 1}: ${name}, say ${better}`);
  }
  return found;
}

function snake(name: string): string {
  return name.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

/** Strings, template texts and regular expressions emptied, lines kept. Comments stay: they are judged too. */
function withoutStrings(source: string): string {
  const token =
    /(\/\/[^\n]*|\/\*[\s\S]*?\*\/)|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`/g;
  return source.replace(token, (text, comment) => comment ?? text.replace(/[^\n]/g, ""));
}
