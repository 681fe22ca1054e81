/** What the callers of a store were told, so that a test of what must be true afterwards knows whether it was tried at all. */

import type { TwoProcesses } from "./two_processes.ts";

/** What callers were told, by call. */
export function toldOf(two: TwoProcesses): Set<string> {
  const calls = ["append", "commit", "commitToRoom", "grantRole", "addSanction", "enter"] as const;
  const uploads = two.tries("openUpload").map(({ answer }) => `openUpload ${answer?.result}`);
  return new Set([
    ...calls.flatMap((name) => two.tries(name).map(({ answer }) => `${name} ${answer?.result}`)),
    ...uploads,
    ...two.tries("createAccount").map(({ answer }) => `createAccount ${answer}`),
    ...two.tries("takeKeyPackage").map(({ answer }) => `take ${answer !== undefined}`),
    ...two.tries("writePage").map(({ answer }) => `writePage ${answer}`),
  ]);
}

/** Each of these has to be tried in earnest: else the rules of `store_history.ts` hold for nothing. */
export const TOLD: readonly string[] = [
  ...["appended", "known", "stale-epoch", "not-member", "muted", "quota-exceeded"].map((told) =>
    `append ${told}`
  ),
  ...["committed", "known", "conflict", "not-member"].map((told) => `commit ${told}`),
  ...["committed", "known", "conflict"].map((told) => `commitToRoom ${told}`),
  ...["done", "not-permitted", "last-owner"].map((told) => `grantRole ${told}`),
  ...[
    "addSanction done",
    "enter entered",
    "enter kicked",
    "enter password-changed",
    "createAccount token-refused",
  ],
  ...["openUpload opened", "openUpload quota-exceeded", "take true", "take false"],
  ...["writePage true", "writePage false"],
];
