/** The keys that go through a list, and how many rows each of them goes. */

/** Rows by the name of a key. */
export type Steps = Readonly<Record<string, number>>;

/** Rows that a page key goes. */
export const PAGE_ROWS = 10;

const STEPS: Steps = { up: -1, down: 1, pageup: -PAGE_ROWS, pagedown: PAGE_ROWS };

/** Where nothing is typed. */
export const LIST_STEPS: Steps = { ...STEPS, k: -1, j: 1, tab: 1, home: -Infinity, end: Infinity };

/** Where letters and the keys of a line are typed. */
export const TYPING_STEPS: Steps = { ...STEPS, "ctrl-p": -1, "ctrl-n": 1 };
