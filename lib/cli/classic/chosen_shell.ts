/** The shell that opens instead of the full screen: table `[classic]` of `config.toml`. */

import { SHELL_NAMES } from "../../app/shells/shell.ts";
import { badConfig, readConfigTable } from "../../storage/config_table.ts";

/** The one that is the command p2p. */
export const P2P_SHELL = "p2p";
/** Every shell by its name, as a person chooses it. */
export const EVERY_SHELL: readonly string[] = [...SHELL_NAMES, P2P_SHELL];

/** What the text of the file says of it; undefined: the full screen. Pure. Throws UsageError `bad-config`. */
export function chosenShell(text: string): string | undefined {
  const { shell } = readConfigTable(text, "classic", ["shell"]);
  if (shell === undefined) return undefined;
  if (typeof shell === "string" && EVERY_SHELL.includes(shell)) return shell;
  throw badConfig(`shell is one of ${EVERY_SHELL.join(", ")}`);
}
