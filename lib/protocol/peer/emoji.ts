/** Which texts are one emoji, by the same answer on every device. Pure. */

/** UTF-16 units of one emoji: a family of four with skin tones has 19. */
export const MAX_EMOJI_UNITS = 32;

/**
 * A possible emoji of UTS #51 §1.4.9, with Extended_Pictographic for Emoji: that property has the code points of emoji to come
 * already, so that an older program takes those of a newer one.
 */
const FACE = String.raw`(?:\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3|` +
  String
    .raw`\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f|[\u{e0020}-\u{e007e}]+\u{e007f})?)`;
const EMOJI = new RegExp(String.raw`^${FACE}(?:\u200d${FACE})*$`, "u");
/** What is drawn as a letter without a selector, and mostly typed so. */
const LETTER_LIKE = /^(?!\p{Emoji_Presentation})\p{Extended_Pictographic}$/u;
const KEYCAP = /^([0-9#*])\u20e3$/u;

/** Whether a text is exactly one emoji. */
export function isEmoji(text: string): boolean {
  return text.length <= MAX_EMOJI_UNITS && EMOJI.test(text);
}

/** One emoji in the form in which it travels, with its selector. Undefined for anything else. */
export function parseEmoji(typed: string): string | undefined {
  const text = typed.trim();
  if (!isEmoji(text)) return undefined;
  return LETTER_LIKE.test(text) ? `${text}\ufe0f` : text.replace(KEYCAP, "$1\ufe0f\u20e3");
}
