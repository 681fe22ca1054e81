/** How handlers say no. */

import { Refusal } from "../base/errors.ts";
import type { FailureCode } from "../protocol/failure.ts";

/** The refusal of a request, to be thrown by its handler. */
export function refuse(
  code: FailureCode,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): Refusal {
  return new Refusal(code, message, { details });
}
