/** Conditions of the store's writes that no test misses, and why that is right. */

import type { Placed } from "./store_writes.ts";

interface Explanation {
  readonly file: string;
  /** As the report prints it, without the line, so that it holds when lines move. */
  readonly text: string;
  readonly why: string;
}

const EXPLAINED: readonly Explanation[] = [];

/** Undefined when there is none. */
export function explanationOfWrite({ file, text }: Placed): string | undefined {
  return EXPLAINED.find((one) => file.endsWith(one.file) && text === one.text)?.why;
}
