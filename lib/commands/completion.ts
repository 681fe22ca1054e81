/** Ways to go on with a line that is being typed. */

/** What can stand in place of the end of `before`, from `from` on (a UTF-16 offset into it). */
export interface Completion {
  readonly from: number;
  readonly candidates: readonly string[];
  /** More is being fetched: ask again when this resolves. Never rejects. */
  readonly coming?: Promise<void>;
}

/** What tab may make of the text before the cursor. Must be quick: it is called while a key waits. */
export type Completer = (before: string) => Completion;

/** Those of `candidates` that go on as what stands behind `from`, in whatever case. */
export function match(before: string, from: number, candidates: readonly string[]): Completion {
  const typed = before.slice(from).toLowerCase();
  const found = candidates.filter((candidate) => candidate.toLowerCase().startsWith(typed));
  return { from, candidates: found };
}
