/** The verb p2p: two people and no server. */

import type { Verb } from "../verb.ts";
import { isEphemeral } from "./ephemeral.ts";
import { runP2p } from "./run_p2p.ts";

/** `heliograph p2p`. */
export const P2P_VERB: Verb = {
  name: "p2p",
  group: "Without a server",
  summary: "talk with somebody directly, with no server at all",
  details:
    "Opens the `~> ` shell: init HOST PORT NAME, then conn HOST PORT, send NAME, inbox NAME, exit; help lists its commands. A command may be given at once: the shell goes on after it. In a pipe each line is a command; one that ends without exit ends with the code of the last command that failed.\n\nBoth sides prove who they are, everything is sealed end to end, and what is said to somebody who is away waits until they are there again. See docs/p2p.md.",
  arguments: [
    { name: "COMMAND", summary: "run first, e.g. init", required: false, rest: "words" },
  ],
  options: [
    { flag: "--db", valueName: "FOLDER", summary: "keep everything in this folder" },
    {
      flag: "--ephemeral",
      summary:
        "destroy keys and database at the end, however it ends; always so with delete_on_exit in config.toml",
    },
    {
      flag: "--strict",
      summary: "as the older program: init before conn, and help lists its seven commands",
    },
  ],
  examples: [
    { line: "p2p", summary: "the shell" },
    { line: "p2p init 192.168.0.100 8090 Oscar", summary: "listens there as Oscar" },
    { line: "p2p --ephemeral init 127.0.0.1 8090 Oscar", summary: "leaves nothing behind" },
  ],
  exitCodes: [4, 5, 6, 7],
  keepsNoLog: isEphemeral,
  async run(context, values) {
    await using owned = new AsyncDisposableStack();
    return await runP2p(context, values, owned);
  },
};
