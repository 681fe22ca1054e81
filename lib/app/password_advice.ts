/** What is said of a new password. Pure. */

/** Shorter ones are found by trying, by whoever gets the server's disk; it is the person's choice. */
const SHORT_LENGTH = 8;

/** For a person who chooses one; undefined when there is nothing to say. */
export function adviceOnPassword(password: string): string | undefined {
  return password.length >= SHORT_LENGTH
    ? undefined
    : "This password is short: several words are harder to guess";
}
