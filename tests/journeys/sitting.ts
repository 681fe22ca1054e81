/** Somebody at a real terminal in a journey: the client in tmux, at a home of their own. */

import { join } from "node:path";
import { Pane } from "../kit/tmux.ts";
import { type Journey, programWords } from "./programs.ts";

/** How somebody sits there. */
export interface SittingOptions {
  readonly args?: readonly string[];
  /** Another program than the client, of the source. */
  readonly entry?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly rows?: number;
  /** Without: the profile's own server, or none. */
  readonly server?: boolean;
}

let sittings = 0;

/** Opens the client of `person` at a terminal. Whoever asks for it closes it. */
export function sitDown(
  { folder, ready }: Journey,
  person: string,
  options: SittingOptions = {},
): Promise<Pane> {
  const { args = [], env = {}, server = true, entry, ...size } = options;
  const where = server ? ["--server", `${ready.host}:${ready.port}`] : [];
  return Pane.open({
    ...size,
    command: programWords(entry ?? "client", [...args, ...where]),
    env: {
      HELIOGRAPH_HOME: join(folder, person),
      // Nothing of whoever runs the tests.
      NO_COLOR: "",
      EDITOR: "",
      ...env,
    },
    folder: join(folder, `terminal-${person}-${sittings++}`),
  });
}
