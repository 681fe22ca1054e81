/** The five emoticons of the seed system and emoji by name, turned into emoji where they are meant as such. Pure. */

import { nameToEmoji } from "gemoji";

/** What each one becomes. */
export const EMOTICONS: Readonly<Record<string, string>> = {
  "(L)": "♥️",
  "(K)": "💋",
  ":)": "😀",
  "(8)": "🎵",
  ":[": "🧛",
};

const EMOTICON = String.raw`\(L\)|\(K\)|:\)|\(8\)|:\[`;
/** `:smile:`: the names that people know from other programs. */
const EMOJI_NAME = ":[a-z0-9_+-]+:";
const WORD = `((?:${EMOTICON}|${EMOJI_NAME})+)([.,;!?…]*)$`;
/** One or more of them and closing punctuation, with nothing else up to the next space. */
const EMOTICON_WORD = new RegExp(`^${WORD}`, "u");
const ESCAPED_WORD = new RegExp(String.raw`^\\(?=${WORD})`, "u");
const EACH_EMOTICON = new RegExp(`${EMOTICON}|${EMOJI_NAME}`, "gu");

/**
 * Replaces emoticons and names of emoji that stand as words of their own, so never inside a URL, a path or a time. What is
 * between back-quotes stays, and so does a word after a backslash, which is then dropped: `\:)` stays `:)`. Whoever has
 * switched emoticons off does not call it.
 */
export function replaceEmoticons(text: string): string {
  // Odd pieces are code: they lie between two fences of the same number of back-quotes.
  return text.split(/(```[\s\S]*?```|`[^`]*`)/u)
    .map((piece, i) => i % 2 === 1 ? piece : replaceOutsideCode(piece))
    .join("");
}

function replaceOutsideCode(text: string): string {
  return text.split(/(\s+)/u).map((word) => {
    const match = EMOTICON_WORD.exec(word);
    if (match === null) return word.replace(ESCAPED_WORD, "");
    return match[1].replaceAll(EACH_EMOTICON, emojiOf) + match[2];
  }).join("");
}

/** Whether there is an emoji of exactly this name. */
export function isEmojiName(name: string): boolean {
  return Object.hasOwn(nameToEmoji, name);
}

/** A name that is none stays as it was typed. */
function emojiOf(typed: string): string {
  if (Object.hasOwn(EMOTICONS, typed)) return EMOTICONS[typed];
  const name = typed.slice(1, -1);
  return isEmojiName(name) ? nameToEmoji[name] : typed;
}

/** Names of emoji that begin so, each with its emoji, in alphabetical order. */
export function emojiNamed(start: string, limit: number): readonly (readonly [string, string])[] {
  return Object.entries(nameToEmoji).filter(([name]) => name.startsWith(start))
    .sort(([left], [right]) => left < right ? -1 : 1)
    .slice(0, limit);
}
