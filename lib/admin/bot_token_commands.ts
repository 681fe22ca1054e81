/** The rows of `token …`. */

import { type AdminCommand, DATA_OPTION, JSON_OPTION } from "./admin_command.ts";
import { listTokens, newToken, removeToken } from "./bot_tokens.ts";
import type { OptionSpec } from "../commands/command_table.ts";

const DEVICE_OPTION: OptionSpec = {
  flag: "--device",
  valueName: "ID",
  summary: "which one, when the account has several",
};

/** For the table of verbs. */
export const BOT_TOKEN_COMMANDS: readonly AdminCommand[] = [
  {
    name: "token new",
    group: "Bots",
    summary: "make the token that a bot's device signs in with",
    details:
      "From then on the device needs the token beside its own key, and may do only what the token allows: read what comes in, " +
      "and what --scope names. Never passwords, devices or roles. The token is a secret: with --token-file it is written to a " +
      "new file that only you can read, else printed. A new one ends the one before. Works beside a running server.",
    arguments: [{ name: "NAME", summary: "the bot's account", required: true }],
    options: [
      {
        flag: "--scope",
        valueName: "LIST",
        summary:
          "of receive, send, rooms, files, broadcast, presence, videos; else receive,send,rooms",
      },
      { flag: "--expires", valueName: "TIME", summary: "such as 12h or 7d, else 90d" },
      { flag: "--token-file", valueName: "FILE", summary: "write the token to this new file" },
      DEVICE_OPTION,
      DATA_OPTION,
      JSON_OPTION,
    ],
    examples: [
      {
        line: "token new ops-bot --scope send,rooms --token-file bot.token",
        summary: "for a cron job that writes to a room",
      },
    ],
    exitCodes: [4],
    run: newToken,
  },
  {
    name: "token list",
    group: "Bots",
    summary: "list the devices that have a token, and what it allows",
    options: [DATA_OPTION, JSON_OPTION],
    examples: [{ line: "token list --json", summary: "one object per token, never the token" }],
    run: listTokens,
  },
  {
    name: "token remove",
    group: "Bots",
    summary: "end a bot's token",
    details:
      "The device is signed out: it must sign in by password first, and may do everything then. With --keep it stays signed in.",
    arguments: [{ name: "NAME", summary: "the bot's account", required: true }],
    options: [
      { flag: "--keep", summary: "let the device sign in by its key alone again" },
      DEVICE_OPTION,
      DATA_OPTION,
      JSON_OPTION,
    ],
    examples: [{ line: "token remove ops-bot", summary: "when a token got lost" }],
    exitCodes: [4],
    run: removeToken,
  },
];
