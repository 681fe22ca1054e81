/**
 * Account names (SR-46): what may be one, which account it means, and what it looks like. A name is foreign text that
 * every other member sees and types, so everything invisible, reordering or borrowed from another alphabet is refused.
 */

import confusables from "unhomoglyph/data.json" with { type: "json" };
import { utf8 } from "./bytes.ts";
import type { AccountId, AccountName } from "./ids.ts";

/** Counted in code points after NFC. */
const ACCOUNT_NAME_LIMIT = 90;
/** In UTF-8, of the name and of the id: 90 code points of four bytes. NFKC may make an id much longer than its name. */
const ACCOUNT_NAME_LIMIT_BYTES = 360;

/** What is wrong with a name. */
export type AccountNameProblem =
  | "empty"
  | "too-long"
  | "bad-character"
  | "bad-start"
  | "bad-blank"
  | "mixed-scripts"
  | "reserved";

/** A name and its id, or the first problem with a sentence for the person who typed it. */
export type ParsedAccountName =
  | { readonly ok: true; readonly name: AccountName; readonly id: AccountId }
  | { readonly ok: false; readonly problem: AccountNameProblem; readonly message: string };

/**
 * Words that address something else: URL schemes (`mailto:x` must not read as a line to the account mailto), the program
 * itself, and the words by which a line addresses many or oneself.
 */
const RESERVED_WORDS: readonly string[] = [
  ..."http https ftp ftps sftp ssh ws wss file data mailto tel javascript heliograph".split(" "),
  ..."server system admin administrator operator root moderator support console".split(" "),
  ..."everyone everybody all here room channel broadcast me self you nobody none unknown".split(
    " ",
  ),
];

// Controls, lone surrogates, private use, unassigned; what is drawn as nothing (joiners, variation selectors, tags, BOM,
// Hangul fillers); what turns the writing direction; line and paragraph separators (Unicode 17 §23, UAX #44).
const FORBIDDEN =
  /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]/u;
const ADDRESSING = /[:#@/\\]/u;
// A leading mark would sit on the character before the name; more than four in a row are a scribble (UTS #39 §5.4).
const STACKED_MARKS = /^\p{M}|\p{Mn}{5}/u;
// Only U+0020, single and inside: other blanks cannot be told from it.
const BAD_BLANK = /^ | $| {2}|[^\P{Zs} ]/u;

/**
 * The scripts of UAX #31 tables 5 and 7 (recommended and limited use). A name is written in one of them, besides
 * characters common to all, or in one of the mixtures of UTS #39 §5.2 "highly restrictive".
 */
const SCRIPTS =
  ("Latin Arabic Armenian Bengali Bopomofo Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Han Hangul " +
    "Hebrew Hiragana Kannada Katakana Khmer Lao Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan " +
    "Adlam Balinese Bamum Batak Canadian_Aboriginal Chakma Cham Cherokee Javanese Kayah_Li Lepcha Limbu Lisu Mandaic " +
    "Meetei_Mayek New_Tai_Lue Nko Ol_Chiki Osage Saurashtra Sundanese Syloti_Nagri Syriac Tai_Le Tai_Tham Tai_Viet " +
    "Tifinagh Vai Wancho Yi").split(" ");
const SCRIPT_MIXTURES: readonly (readonly string[])[] = [
  ["Latin", "Han", "Hiragana", "Katakana"],
  ["Latin", "Han", "Bopomofo"],
  ["Latin", "Han", "Hangul"],
  ...SCRIPTS.map((script) => [script]),
];
/** Each made when it is first needed, as all of them take 10 ms: most names are Latin. */
const writtenIn: RegExp[] = [];

function isWrittenTogether(text: string): boolean {
  return SCRIPT_MIXTURES.some((scripts, i) => {
    const classes = ["Common", "Inherited", ...scripts].map((name) =>
      `\\p{Script_Extensions=${name}}`
    );
    writtenIn[i] ??= new RegExp(`^[${classes.join("")}]*$`, "u");
    return writtenIn[i].test(text);
  });
}

/**
 * The account that a name means: NFKC and case fold. `toUpperCase` then `toLowerCase` by code point does the full fold
 * that JavaScript lacks (ß and SS, σ and final ς); NFKC, since folding may leave a sequence that composes. Repeated until
 * nothing changes (ẞ needs two rounds), so that an id is its own fold.
 */
function fold(text: string): string {
  let before: string;
  let folded = text.normalize("NFKC");
  do {
    before = folded;
    folded = "";
    for (const codePoint of before.toUpperCase()) folded += codePoint.toLowerCase();
    folded = folded.normalize("NFKC");
  } while (folded !== before);
  return folded;
}

/**
 * What a name looks like: two names with equal skeletons are confusable, and the second is refused (SR-46). The skeleton
 * of UTS #39 §4, taken before and after the case fold, because both spellings appear on screens: `aIice` looks like
 * `alice` by its capital, `rnark` like `mark` by its small letters. i and l count as one, since I looks like l.
 */
export function skeleton(name: string): string {
  const map = (text: string) => withPrototypes(text.normalize("NFD")).normalize("NFD");
  return map(fold(map(name))).replaceAll("i", "l");
}

const PROTOTYPES: Readonly<Record<string, string>> = confusables;

/** What every character of a text is confusable with. The package's own function makes a pattern of all 6,311 when it is loaded. */
function withPrototypes(text: string): string {
  return text.split("").map((unit) => PROTOTYPES[unit] ?? unit).join("");
}

let reservedSkeletons: ReadonlySet<string> | undefined;

function isReserved(name: string): boolean {
  reservedSkeletons ??= new Set(RESERVED_WORDS.map(skeleton));
  return reservedSkeletons.has(skeleton(name));
}

function refuse(problem: AccountNameProblem, message: string): ParsedAccountName {
  return { ok: false, problem, message };
}

/** The rules that hold for the name as spelled and for its id alike: NFKC makes `:` of a fullwidth colon. */
function refuseCharacters(text: string): ParsedAccountName | undefined {
  if (FORBIDDEN.test(text) || STACKED_MARKS.test(text)) {
    return refuse(
      "bad-character",
      "Name contains a character that cannot be seen or is not allowed.",
    );
  }
  if (ADDRESSING.test(text)) {
    return refuse("bad-character", "Name cannot contain : # @ / or \\.");
  }
  if (BAD_BLANK.test(text)) {
    return refuse("bad-blank", "Name can contain single blanks only, and none at its ends.");
  }
  if (/^[-.]/u.test(text)) return refuse("bad-start", "Name cannot start with - or a dot.");
  if (!isWrittenTogether(text)) {
    return refuse("mixed-scripts", "Name mixes alphabets that are not written together.");
  }
  return undefined;
}

/**
 * Reads a name from a person or from the wire. `name` is NFC and for eyes only; `id` is what is compared and stored.
 * Whether the name, or one that looks like it, is taken is the server's to say (`skeleton`).
 */
export function parseAccountName(text: string): ParsedAccountName {
  // NFC joins at most four UTF-16 units into one code point, so longer input is too long without normalising it.
  const name = text.length > 4 * ACCOUNT_NAME_LIMIT ? text : text.normalize("NFC");
  const length = [...name].length;
  if (length === 0) return refuse("empty", "Name is empty.");
  if (length > ACCOUNT_NAME_LIMIT) {
    return refuse("too-long", `Name too long (${length}/${ACCOUNT_NAME_LIMIT}).`);
  }
  // A lone surrogate has no UTF-8, so characters are checked before anything is measured in bytes.
  const badName = refuseCharacters(name);
  if (badName !== undefined) return badName;
  const id = fold(name);
  const sizeBytes = Math.max(utf8(name).length, utf8(id).length);
  if (sizeBytes > ACCOUNT_NAME_LIMIT_BYTES) {
    return refuse("too-long", `Name too long (${sizeBytes}/${ACCOUNT_NAME_LIMIT_BYTES} bytes).`);
  }
  const badId = refuseCharacters(id);
  if (badId !== undefined) return badId;
  if (isReserved(id) || isReserved(name)) {
    return refuse("reserved", "Name is reserved.");
  }
  // The one place where these brands are given.
  return { ok: true, name: name as AccountName, id: id as AccountId };
}

/** An id as it comes over the wire or from a database. Returns undefined when no name has this id. */
export function parseAccountId(text: string): AccountId | undefined {
  if (text.length > ACCOUNT_NAME_LIMIT_BYTES || fold(text) !== text) return undefined;
  if (text === "" || utf8(text).length > ACCOUNT_NAME_LIMIT_BYTES) return undefined;
  if (refuseCharacters(text) !== undefined || isReserved(text)) {
    return undefined;
  }
  // Folding changes nothing and every rule holds: it is the id of the name spelled the same.
  return text as AccountId;
}
