/** `paths`: where the server keeps what. */

import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { jsonLine } from "./admin_command.ts";
import { type AdminIo, serverFolders } from "./admin_io.ts";

/** Returns 0. Throws StorageError without a home folder. */
export async function showPaths(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const folders = serverFolders(io);
  if (values.has("--json")) await io.out(jsonLine("paths", folders));
  else {for (const [kind, path] of Object.entries(folders)) {
      await io.out(`${kind.padEnd(8)} ${path}`);
    }}
  return EXIT.done;
}
