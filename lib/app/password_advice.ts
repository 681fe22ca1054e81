/** What is said of a new password: while it is typed, and once it is there. */

import { type PasswordStrength, StrengthMeter } from "../crypto/keys/password_strength.ts";

/** In a file nobody looks on: shorter ones are found by trying, by whoever gets the server's disk. */
const SHORT_LENGTH = 8;
/** From here on nothing needs to be said. */
const GOOD_SCORE = 3;

/** How good it is; by its score. */
const GRADES = ["Very weak", "Weak", "Fair", "Good", "Strong"] as const;

/** By what zxcvbn calls a weakness. */
const WEAKNESSES: Readonly<Record<string, string>> = {
  straightRow: "a row of keys",
  keyPattern: "keys that lie side by side",
  simpleRepeat: "one character again and again",
  extendedRepeat: "the same characters again and again",
  sequences: "a sequence like abc",
  recentYears: "a year",
  dates: "a date",
  topTen: "among the ten passwords that are tried first",
  topHundred: "among the hundred passwords that are tried first",
  common: "a common password",
  similarToCommon: "nearly a common password",
  wordByItself: "a single word",
  namesByThemselves: "a name",
  commonNames: "a name",
  userInputs: "your name, or the server's",
};

/** Shown below the password while it is typed: `Weak: a single word. Add words`. Empty where nothing was found out. */
export function strengthWords(strength: PasswordStrength | undefined): string {
  if (strength === undefined) return "";
  const { score, weakness } = strength;
  if (score >= GOOD_SCORE) return GRADES[score];
  const reason = weakness === undefined ? undefined : WEAKNESSES[weakness];
  const advice = score === 2 ? "one more word makes it good" : "several words are harder to guess";
  return `${GRADES[score]}: ${[reason, advice].filter((words) => words !== undefined).join("; ")}`;
}

/** Says of each state of a password that is typed how good it is. Whoever opens it closes it. */
export class PasswordAdviser implements Disposable {
  readonly #meter: StrengthMeter;

  /** `about`: what everybody can guess of this person. */
  constructor(about: readonly string[]) {
    this.#meter = new StrengthMeter(about);
  }

  /** Empty for no password, and where nothing was found out. */
  async words(password: string): Promise<string> {
    return password === "" ? "" : strengthWords(await this.#meter.rate(password));
  }

  [Symbol.dispose](): void {
    this.#meter[Symbol.dispose]();
  }
}

/** How good a password is that was typed, in a sentence, for who saw no words while they typed. */
export async function gradeOfPassword(
  password: string,
  about: readonly string[],
): Promise<string | undefined> {
  using meter = new StrengthMeter(about);
  const strength = await meter.rate(password);
  return strength && `Strength of the new password: ${strengthWords(strength)}`;
}

/** Once it was typed, or read out of a file; undefined when there is nothing to say. It is the person's choice. */
export async function adviceOnPassword(
  password: string,
  { isTyped, about }: { readonly isTyped: boolean; readonly about: readonly string[] },
): Promise<string | undefined> {
  if (!isTyped) {
    return password.length >= SHORT_LENGTH
      ? undefined
      : "This password is short: several words are harder to guess";
  }
  using meter = new StrengthMeter(about);
  const strength = await meter.rate(password);
  return strength === undefined || strength.score >= GOOD_SCORE
    ? undefined
    : `The password is easy to guess. ${strengthWords(strength)}`;
}
