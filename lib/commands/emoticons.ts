/** The five emoticons of the seed system, turned into emoji where they are meant as such. Pure. */

/** What each one becomes. */
export const EMOTICONS: Readonly<Record<string, string>> = {
  "(L)": "♥️",
  "(K)": "💋",
  ":)": "😀",
  "(8)": "🎵",
  ":[": "🧛",
};

/** One or more emoticons and closing punctuation, with nothing else up to the next space. */
const EMOTICON_WORD = /^((?:\(L\)|\(K\)|:\)|\(8\)|:\[)+)([.,;!?…]*)$/u;
const EACH_EMOTICON = /\(L\)|\(K\)|:\)|\(8\)|:\[/gu;
const ESCAPED_WORD = /^\\(?=(?:\(L\)|\(K\)|:\)|\(8\)|:\[)+[.,;!?…]*$)/u;

/**
 * Replaces emoticons that stand as words of their own, so never inside a URL or a path. What is between back-quotes stays, and so does
 * a word after a backslash, which is then dropped: `\:)` stays `:)`. Whoever has switched emoticons off does not call it.
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
    return match[1].replaceAll(EACH_EMOTICON, (emoticon) => EMOTICONS[emoticon]) + match[2];
  }).join("");
}
