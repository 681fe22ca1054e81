/** Another password, for the verb and the slash command. */

import { Refusal } from "../base/errors.ts";
import type { Greeted } from "../client/greeting.ts";
import { changePassword } from "../client/password_change.ts";
import type { ProfileKeeper } from "../client/profile/keeper.ts";
import type { OptionSpec } from "../commands/command_table.ts";

/** Where a new password comes from when nobody can be asked. */
export const NEW_PASSWORD_OPTION: OptionSpec = {
  flag: "--new-password-file",
  valueName: "FILE",
  summary: "read the new password from a file of yours",
};

/** Changes the password, over a link of its own, which it closes. Throws Refusal `wrong-password`; then nothing has changed. */
export async function setPassword(
  greeted: Greeted,
  keeper: ProfileKeeper,
  passwords: Parameters<typeof changePassword>[2],
): Promise<void> {
  try {
    await changePassword(greeted, keeper, passwords);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "wrong-credentials") throw error;
    // Nobody is new here: without the words of a sign-in.
    const { message, details } = error;
    throw new Refusal("wrong-password", message, { details, cause: error });
  } finally {
    await greeted.link.close();
  }
}
