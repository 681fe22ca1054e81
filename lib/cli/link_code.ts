/** The code that a new device shows (docs/decisions/0024-linking.md). */

import type { Context } from "./context.ts";
import { shortTime } from "../app/when.ts";

/** Shows it, with what to do with it, before the waiting begins. */
export async function showLinkCode(
  { output, clock }: Context,
  code: string,
  expiresMs: number,
): Promise<void> {
  const until = shortTime(expiresMs, clock.nowMs());
  await output.note(
    `Type this at a device of yours that is signed in, until ${until}, and show it to nobody else:\nheliograph device link ${code}\nor in the dialogue: /device link ${code}`,
  );
  await output.object("link-code", { code, expiresMs });
}
