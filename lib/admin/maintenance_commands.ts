/** The rows of what is done to a server as a whole: `backup`, `restore`, `ca rotate`, `ca show`. */

import { type AdminCommand, DATA_OPTION, JSON_OPTION } from "./admin_command.ts";
import { backUp } from "./backup.ts";
import { restore } from "./restore.ts";
import { rotateCa, showCa } from "./ca.ts";

const CA_ROTATE: AdminCommand = {
  name: "ca rotate",
  group: "Server",
  summary: "give the server a new CA key that its clients follow by themselves",
  details:
    "The server must not run. The old key signs who comes next and is erased; clients that pinned it check that and pin the " +
    "new certificate. The fingerprint changes. Old invites stay good.",
  options: [
    DATA_OPTION,
    { flag: "--yes", summary: "do not ask" },
    JSON_OPTION,
  ],
  examples: [{ line: "ca rotate", summary: "after a copy of the data folder got lost" }],
  exitCodes: [5, 6, 7],
  run: rotateCa,
};

const CA_SHOW: AdminCommand = {
  name: "ca show",
  group: "Server",
  summary: "print the certificate that clients pin, as PEM",
  details:
    "For programs that verify the server in another way than clients do: collectors of its metrics, monitors of its port. It is " +
    "their root, and the server's name is heliograph.internal. It is no secret.",
  options: [DATA_OPTION, JSON_OPTION],
  examples: [{ line: "ca show > heliograph-ca.pem", summary: "for a collector of metrics" }],
  run: showCa,
};

/** For the table of verbs. */
export const CARE_COMMANDS: readonly AdminCommand[] = [
  {
    name: "backup",
    group: "Server",
    summary: "copy the server into one file, while it runs",
    details:
      "The file holds accounts, messages that wait, the server's keys and its configuration, but no videos. It is as the server " +
      "was at one moment, readable by you only, and never takes the place of another file. Keep it secret: it holds everything " +
      "needed to guess passwords offline, and to pass for the server. With --recipient or --passphrase-file it is encrypted in the " +
      "format of age, and may lie where others can read it.",
    arguments: [{ name: "FILE", summary: "a new file, a tar archive", required: true }],
    options: [
      DATA_OPTION,
      {
        flag: "--recipient",
        valueName: "KEYS",
        summary: "encrypt for these public keys of age, age1…, with commas between them",
      },
      {
        flag: "--passphrase-file",
        valueName: "FILE",
        summary: "encrypt with the passphrase in this file, of 12 characters at least",
      },
      JSON_OPTION,
    ],
    examples: [
      { line: "backup /backup/h.tar", summary: "beside the server that runs" },
      { line: "backup h.age --recipient age1…", summary: "for who has the identity of that key" },
    ],
    exitCodes: [5],
    run: backUp,
  },
  {
    name: "restore",
    group: "Server",
    summary: "put a backup into an empty folder",
    details:
      "Checks the whole backup before it writes anything. What was said, changed and registered after the backup is gone on the " +
      "server: passwords, kicks and used invites are as they were. Clients notice, say what was lost, and go on; see docs/backup.md.",
    arguments: [{ name: "FILE", summary: "a backup", required: true }],
    options: [
      DATA_OPTION,
      {
        flag: "--identity-file",
        valueName: "FILE",
        summary: "opens an encrypted backup: identities of age, as age-keygen writes them",
      },
      {
        flag: "--passphrase-file",
        valueName: "FILE",
        summary: "the passphrase of an encrypted backup",
      },
      JSON_OPTION,
    ],
    examples: [{ line: "restore /backup/h.tar --data new", summary: "then: serve --data new" }],
    exitCodes: [5, 7, 10],
    run: restore,
  },
  CA_ROTATE,
  CA_SHOW,
];
