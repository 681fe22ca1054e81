/** The last row of a page that asks: which keys answer. */

/** What kind of answer is wanted. */
export type QuestionKind = "line" | "hidden" | "yes-no" | "choice";

/** Undefined: nothing is asked at the moment. */
export function questionHint(
  question: { readonly kind: QuestionKind; readonly defaultAnswer: boolean } | undefined,
  showsHelp: boolean,
): string {
  if (showsHelp) return "any key goes back · ctrl-C quits";
  switch (question?.kind) {
    case undefined:
      return "One moment …";
    case "line":
      return "enter answers · escape goes back · ctrl-C quits";
    case "hidden":
      return "enter answers · escape goes back · a dot for each character · ctrl-C quits";
    case "yes-no":
      return `y yes · n no · enter ${
        question?.defaultAnswer ? "yes" : "no"
      } · ? help · escape goes back · ctrl-C quits`;
    case "choice":
      return "a number, or up and down and enter · ? help · ctrl-C quits";
  }
}
