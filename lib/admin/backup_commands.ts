/** The rows of `backup` and `restore`. */

import { type AdminCommand, DATA_OPTION, JSON_OPTION } from "./admin_command.ts";
import { backUp, restore } from "./backup.ts";

/** For the table of verbs. */
export const BACKUP_COMMANDS: readonly AdminCommand[] = [
  {
    name: "backup",
    aliases: [],
    group: "Server",
    summary: "copy the server into one file, while it runs",
    details:
      "The file holds accounts, messages that wait, the server's keys and its configuration, but no videos. It is as the server " +
      "was at one moment, readable by you only, and never takes the place of another file. Keep it secret: it holds everything " +
      "needed to guess passwords offline, and to pass for the server.",
    arguments: [{ name: "FILE", summary: "a new file, a tar archive", required: true }],
    options: [DATA_OPTION, JSON_OPTION],
    examples: [{ line: "backup /backup/h.tar", summary: "beside the server that runs" }],
    exitCodes: [5],
    run: backUp,
  },
  {
    name: "restore",
    aliases: [],
    group: "Server",
    summary: "put a backup into an empty folder",
    details:
      "Checks the whole backup before it writes anything. What was said, changed and registered after the backup is gone on the " +
      "server: passwords, kicks and used invites are as they were. Clients notice, say what was lost, and go on; see docs/backup.md.",
    arguments: [{ name: "FILE", summary: "a backup", required: true }],
    options: [DATA_OPTION, JSON_OPTION],
    examples: [{ line: "restore /backup/h.tar --data new", summary: "then: serve --data new" }],
    exitCodes: [5, 7, 10],
    run: restore,
  },
];
