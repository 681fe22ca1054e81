/** The shells that a program is completed in. */

/** Which ones. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of them. */
export type Shell = typeof SHELLS[number];

/** Whether a word names one. */
export function isShell(word: string): word is Shell {
  return SHELLS.some((shell) => shell === word);
}

/** A line of every script: by it a file is known as ours before it is replaced or removed. */
export function madeBy(program: string, shell: Shell): string {
  return `# Made by "${program} completion ${shell}". Changes here are lost.`;
}
