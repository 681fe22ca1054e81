/** The verbs about a server that runs: starting it, its settings, its console. */

import type { AdminCommand } from "./admin_command.ts";
import { CONFIG_VERBS } from "./config_verbs.ts";
import { CONSOLE_VERB } from "./console/console_verb.ts";
import { SERVE } from "./serve_verb.ts";

/** In the order in which one needs them. */
export const RUNNING_VERBS: readonly AdminCommand[] = [SERVE, ...CONFIG_VERBS, CONSOLE_VERB];
