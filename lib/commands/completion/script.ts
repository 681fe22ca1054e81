/** The script that completes a program in a shell. */

import type { CommandSpec } from "../command_table.ts";
import type { ProgramSpec } from "../program_help.ts";
import { bashScript } from "./bash_script.ts";
import { type CompletionPlan, planCompletion } from "./completion_plan.ts";
import { fishScript } from "./fish_script.ts";
import type { Shell } from "./shells.ts";
import { zshScript } from "./zsh_script.ts";

const SCRIPTS: Readonly<Record<Shell, (plan: CompletionPlan) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** The same table makes the same script. `hasNames`: a running program of this kind can be asked for names. */
export function completionScript(
  program: ProgramSpec<CommandSpec>,
  shell: Shell,
  options: { readonly hasNames: boolean },
): string {
  return SCRIPTS[shell](planCompletion(program, options));
}
