/** `user unlock`: ends the lock of an account in the server that runs. */

import { existsSync } from "node:fs";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { jsonLine } from "./admin_command.ts";
import { type AdminIo, dataFolder } from "./admin_io.ts";
import { askServer } from "./control_client.ts";
import { UNLOCK_REPLY } from "./control_commands.ts";
import { isServerRunning } from "./data_store.ts";

/** Ends the lock of `user unlock NAME` in the server that runs. Throws TransportError `no-control`. */
export async function unlockUser(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const folder = dataFolder(io, values.option("--data"));
  const name = values.required("NAME");
  if (!existsSync(folder) || !isServerRunning(folder)) {
    // Locks are in memory only.
    await io.note(`No server is running on ${folder}: nobody is locked`);
    return EXIT.unreachable;
  }
  const request = { command: "unlock", name } as const;
  const { result } = await askServer(folder, { request, reply: UNLOCK_REPLY, clock: io.clock });
  if (values.has("--json")) await io.out(jsonLine("unlock", { name, result }));
  if (result === "unknown-account") {
    await io.note("No account has this name");
    return EXIT.unknown;
  }
  const text = result === "unlocked" ? "Unlocked" : "It was not locked";
  if (!values.has("--json")) await io.out(text);
  return EXIT.done;
}
