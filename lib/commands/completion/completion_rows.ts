/** What both programs' commands for completion are called, and what they say. */

import type { CommandSpec } from "../command_table.ts";
import type { ProgramSpec } from "../program_help.ts";
import { bashScript } from "./bash_script.ts";
import { type CompletionPlan, planCompletion } from "./completion_plan.ts";
import { fishScript } from "./fish_script.ts";
import { type Shell, SHELLS } from "./shells.ts";
import { zshScript } from "./zsh_script.ts";

/** What is done with a script. */
export type CompletionAction = "print" | "install" | "remove";

/** A file as the sentences need it. */
interface Installed {
  readonly program: string;
  readonly shell: Shell;
  readonly path: string;
}

const SHELL = { name: "SHELL", choices: SHELLS, takes: "free" } as const;
const OWN_SHELL = {
  ...SHELL,
  summary: "the shell (default: that of the variable SHELL)",
  required: false,
} as const;

/** The commands of a program, in the order in which help shows them. */
export function completionRows(
  program: string,
  group: string,
): Readonly<Record<CompletionAction, CommandSpec>> {
  return {
    print: {
      name: "completion",
      group,
      summary: "print the script that completes this program in a shell",
      details:
        "The script completes commands, options and their values; the shell completes files. Names of people, rooms and profiles " +
        "come from a running heliograph; without one there are none. The script for bash needs no package.",
      arguments: [{ ...SHELL, summary: "the shell", required: true }],
      examples: [{
        line: `completion bash > ${program}.bash`,
        summary: "write it to a file, for packages",
      }],
    },
    install: {
      name: "completion install",
      group,
      summary: "let your shell complete this program",
      details:
        "Writes the script where your shell looks for it, and says what else to do. It changes no other file, and replaces " +
        "none that it did not write.",
      arguments: [OWN_SHELL],
      examples: [{ line: "completion install", summary: "for your shell" }],
      exitCodes: [6],
    },
    remove: {
      name: "completion remove",
      group,
      summary: "remove what completion install wrote",
      arguments: [OWN_SHELL],
      examples: [{ line: "completion remove zsh", summary: "for zsh" }],
      exitCodes: [6],
    },
  };
}

/** What to do after a script was written. */
export function installedWords({ program, shell, path }: Installed): string {
  const folder = path.slice(0, path.lastIndexOf("/"));
  const next = {
    bash:
      "New shells read it if the package bash-completion is installed. Without the package, add " +
      `this line to ~/.bashrc:\n. ${quoted(path)}`,
    zsh: `Add this line to ~/.zshrc, above the one with compinit:\nfpath=(${quoted(folder)} ` +
      `$fpath)\nIf there is no such line, add this one below it:\nautoload -Uz compinit && compinit`,
    fish: "Every new fish reads it.",
  }[shell];
  return `Wrote the completion of ${program} for ${shell}: ${path}\n${next}`;
}

/** What came of removing it. */
export function removedWords({ program, shell, path }: Installed, wasThere: boolean): string {
  return wasThere
    ? `Removed the completion of ${program} for ${shell}: ${path}`
    : `No completion of ${program} for ${shell} is installed: ${path} does not exist`;
}

/** Why nothing was written or removed. */
export function foreignWords({ program, path }: Installed, action: CompletionAction): string {
  const done = action === "install" ? "write" : "remove";
  return `Cannot ${done} ${path}: ${program} did not make this file. Move it away, then try again`;
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}

// The script that completes a program in a shell.

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
