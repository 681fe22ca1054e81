/** What in `config.toml` cannot be meant, for whoever shows the file or begins a conversation without what is wrong in it. */

import type { Context } from "./context.ts";

/** Said below what is wrong. */
export const CONFIG_CURE = "Fix it: heliograph config edit";

/** A sentence each, with its line; none in a program that has no settings of a screen. Rejects with StorageError. */
export async function configProblemsOf({ options }: Context): Promise<readonly string[]> {
  const { openSettings, folders } = options;
  const settings = await openSettings?.(folders.config);
  return await settings?.problems() ?? [];
}

/** Says them before a conversation of lines, which goes on without what is wrong where somebody reads that. */
export async function goOnWithoutWrong(context: Context): Promise<void> {
  if (!context.person.isPossible) return;
  context.options.leaveOutWrong?.();
  const problems = await configProblemsOf(context);
  for (const problem of problems) await context.output.complain(problem);
  if (problems.length > 0) await context.output.complain(CONFIG_CURE);
}
