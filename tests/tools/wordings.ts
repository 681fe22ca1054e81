/**
 * Words that people do not read (docs/glossary.md has those that they do): left columns of the table of terms, and turns of
 * phrase that a reader stumbles over. Judged are the sentences of the interface, see `sentences.ts`; names of commands, kinds,
 * fields and settings are none.
 */

import type { Sentence } from "./sentences.ts";

/** What must not be read, and what to say instead. */
const UNWANTED: readonly (readonly [RegExp, string])[] = [
  [/\bwhat (others ask|waits|comes in|is said|was said|is new)\b/i, "request, messages"],
  [/\bfilms?\b(?!\.)/i, "video"],
  [/\bin the clear\b/i, "readable by the server"],
  [/\bsealed\b/i, "end-to-end encrypted"],
  [/\banew\b(?! )|\b(begin|begins|began|begun|starts?) anew\b/i, "again, restart, reset"],
  [/\bthe present (password|time|role|name)\b|\bat present\b/i, "current, now"],
  [/\b(take|takes|took|taken) (it |them |that |\{\} )?(away|back)\b/i, "delete, undo"],
  [/\bin charge\b|\bkeeps? order\b|\bofficers?\b/i, "owner, moderator, admin"],
  [/\bfounds?\b(?= (a|the|this|another) )|\bfounded\b|\bfounding\b/i, "create"],
  [
    /(?<!key )\b((is|are|be|was|were|been) )?told\b|\btells\b/i,
    "who sees it: shows, says, notifies",
  ],
  [/\boffers?\b|(?<!not )\boffered\b/i, "request"],
  [/\bthat you take\b|\btake it, or\b/i, "accept"],
  [/\bnobody called\b/i, 'No account "X" on this server'],
  [/\bToo much:/, "/X takes no text"],
  [/\bplain text goes\b/i, "Now talking to X"],
  [/\(EOF\)/, "X ended"],
  [/\bwhom you do not know\b/i, "X (new), a stranger"],
  [/\bnobody is addressed\b/i, "say whom to pick, and how"],
  [/\bgo(es)? on with\b/i, "resume, continue"],
  [/\bCannot go on\b/, "Cannot continue"],
  [/\bkeeps? nobody out\b|\bkeep them out\b/i, "kick"],
  [/\b(comes?|came) in(?=$|[,;.: ]( ?by|and|$)| by| again| and)/i, "join, arrive"],
  [/\bmended\b|\bmend it\b/i, "fixed"],
  [/\bfor the taking\b/i, "available"],
  [/, else (the|its|an?|your|it|\d|all|here|new)\b/, "(default: …)"],
  [/\bone (JSON )?(object|line) an? \w/, "per"],
  [/\b1 (messages|frames|files|devices|accounts|rooms|members|people)\b/, "the singular"],
  [/\bplease type\b/i, "type"],
];

/** The seeds' own sentences, in the shells that speak as they do: kept to the letter. */
const OF_THE_SEEDS = /^lib\/classic\/|^lib\/cli\/p2p\/meeting_rows\.ts$/;

/** Modules whose strings are data or wire labels. */
const NO_SENTENCES = /^lib\/base\/account_name\.ts$/;

/** What is wrong with the sentences of one source: `path:line: words, say …`. */
export function wrongWordings(path: string, sentences: readonly Sentence[]): string[] {
  if (OF_THE_SEEDS.test(path) || NO_SENTENCES.test(path)) return [];
  const found: string[] = [];
  for (const { line, text, isLabel } of sentences) {
    for (const [pattern, better] of UNWANTED) {
      const [words] = pattern.exec(text) ?? [];
      if (words !== undefined) {
        found.push(`${path}:${line}: "${words}" in "${text}", say ${better}`);
      }
    }
    if (isLabel && /[^.]\.$/.test(text)) found.push(`${path}:${line}: full stop in "${text}"`);
  }
  return found;
}
