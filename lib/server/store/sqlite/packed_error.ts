/** Errors on their way between threads: structured clone keeps neither class nor code. */

import {
  Bug,
  describeError,
  HeliographError,
  Refusal,
  StorageError,
  UsageError,
} from "../../../base/errors.ts";

/** An error of the house as plain data. */
export interface PackedError {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

/** Anything that is no error of the house is a bug, and becomes one. */
export function packError(thrown: unknown): PackedError {
  if (!(thrown instanceof HeliographError)) {
    return { name: "Bug", code: "bug", message: `Cannot use the store: ${describeError(thrown)}` };
  }
  const { name, code, message, cause } = thrown;
  // The cause stays behind; its text is all that is left of a bug in a statement.
  const reason = name === "Bug" && cause !== undefined ? `: ${describeError(cause)}` : "";
  return { name, code, message: message + reason };
}

/** The error again, of its class; without cause and stack. */
export function unpackError({ name, code, message }: PackedError): HeliographError {
  switch (name) {
    case "StorageError":
      return new StorageError(code, message);
    case "Refusal":
      return new Refusal(code, message);
    case "UsageError":
      return new UsageError(code, message);
    default:
      return new Bug(message);
  }
}
