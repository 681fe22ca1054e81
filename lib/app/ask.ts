/** Questions to the person, in the one shape that every front end answers in its own way. */

import { UsageError } from "../base/errors.ts";
import { PasswordAdviser } from "./password_advice.ts";

/** How a secret is asked for. */
export interface SecretOptions {
  /** Holds it instead, and only the person may read it (SR-81). */
  readonly file?: string | undefined;
  /** It is chosen now: it is typed twice. */
  readonly isNew?: boolean;
  /** Of a new one: what everybody can guess of the person, which makes it weak. */
  readonly about?: readonly string[];
  /** It is no password: whoever takes it says what is wrong with one that is empty. */
  readonly mayBeEmpty?: boolean;
}

/** What is said below a line while it is typed; empty: nothing. */
export type Remark = (typed: string) => string | Promise<string>;

/** What a front end asks. All of it throws UsageError `no-input` where nobody can be asked, Refusal `interrupted` at ctrl-C. */
export interface Ask {
  /** Whether anybody is there who can be asked. */
  readonly isPossible: boolean;
  /** Whether what is typed gets words while it is typed: then they need not be said behind it. */
  readonly showsRemarks?: boolean;
  /** A line; may be empty. `remark` is shown where there is a place for it. */
  text(question: string, remark?: Remark): Promise<string>;
  /** One of some, by its number from 0. `usual`: for whoever only presses Enter. */
  choice(question: string, choices: readonly string[], usual: number): Promise<number>;
  /** Nothing of it is shown. Throws UsageError `empty-password`, `different-passwords`, and what the file throws. */
  secret(question: string, options?: SecretOptions): Promise<string>;
}

/** The choices of a question that is answered by one letter. */
export const YES_NO: readonly string[] = ["Yes", "No"];

/** Yes or no. */
export async function askYes(
  ask: Pick<Ask, "choice">,
  question: string,
  usual: boolean,
): Promise<boolean> {
  return await ask.choice(question, YES_NO, usual ? 0 : 1) === 0;
}

/** What is thrown where a question cannot be put. */
export function unasked(question: string): UsageError {
  const what = question.replace(/[:?]$/, "");
  return new UsageError("no-input", `Cannot ask for '${what}' here: give it by an option`);
}

/** A secret that is typed: twice if it is new, and then with a remark where those are shown. */
export async function typedSecret(
  read: (again: string, remark: Remark | undefined) => Promise<string>,
  { isNew = false, mayBeEmpty = false, about = [] }: SecretOptions,
  showsRemarks = false,
): Promise<string> {
  using adviser = isNew && showsRemarks ? new PasswordAdviser(about) : undefined;
  const first = await read("", adviser && ((typed) => adviser.words(typed)));
  if (first === "" && !mayBeEmpty) {
    throw new UsageError("empty-password", "The password is empty");
  }
  if (!isNew) return first;
  const again = await read(" again", adviser && repeatWords(first));
  if (again === first) return first;
  throw new UsageError("different-passwords", "The passwords differ");
}

/** The password was typed once: whether the second time goes the same way. */
function repeatWords(first: string): Remark {
  return (typed) => typed === first ? "The same" : first.startsWith(typed) ? "" : "It differs";
}

/** A choice where only lines are asked: by its number from 1, until that is one. */
export async function chooseByNumber(
  ask: Pick<Ask, "text">,
  question: string,
  { choices, usual }: { readonly choices: readonly string[]; readonly usual: number },
): Promise<number> {
  const listed = choices.map((choice, number) => `${number + 1} ${choice}`).join(", ");
  for (;;) {
    const text = await ask.text(`${question} (${listed}; empty: ${usual + 1}):`);
    const number = text.trim() === "" ? usual : Number(text) - 1;
    if (choices[number] !== undefined) return number;
  }
}
