/** The verbs of messages, rooms and files, in the order in which help shows them. */

import { BROADCAST } from "../app/commands/broadcast.ts";
import { DIRECT } from "../app/commands/direct.ts";
import { LOG_EXPORT } from "../app/commands/log.ts";
import { MESSAGES } from "../app/commands/messages.ts";
import { INBOX, READING } from "../app/commands/reading.ts";
import { RECEIVE } from "../app/commands/receive.ts";
import { RECEIVE_FILES } from "../app/commands/receive_files.ts";
import { ROOMS } from "../app/commands/rooms.ts";
import { SEND } from "../app/commands/send.ts";
import { SEND_FILES } from "../app/commands/send_files.ts";
import { TRANSFERS } from "../app/commands/transfers.ts";
import { UNREAD } from "../app/commands/unread.ts";
import { UsageError } from "../base/errors.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { CLASSIC_VERB } from "./classic/classic_verb.ts";
import { CHAT_VERB } from "./dialogue/chat_verb.ts";
import { verbsOf } from "./person_verbs.ts";
import { SCREEN_VERB } from "./screen/screen_verb.ts";
import { readServerWords } from "./server_choice.ts";
import { sendingVerbsOf } from "./talk/talk_verbs.ts";
import { readUdpPort, UDP_PORT } from "./context_options.ts";
import type { Verb } from "./verb.ts";

// The verb connect.

/** `heliograph connect HOST PORT UDP_PORT`: how the seeds call the client (rows S2.02, S3.02). */
const CONNECT_VERB: Verb = {
  ...SCREEN_VERB,
  name: "connect",
  aliases: [],
  summary: "open the full screen or the chat at this server",
  details:
    "The same as heliograph --server HOST:PORT. It asks for a name and a password the first time. To sign in at a second server, use another --profile.",
  arguments: [
    {
      name: "HOST",
      summary: "HOST, HOST:PORT, or a link, heliograph://HOST:PORT#SHA256:…",
      required: true,
    },
    { name: "PORT", summary: "the port, else 9797", required: false },
    UDP_PORT,
  ],
  options: [
    ...SCREEN_VERB.options ?? [],
    { flag: "--udp", valueName: "PORT", summary: "the same as UDP_PORT" },
  ],
  examples: [
    { line: "connect chat.example.org", summary: "at port 9797" },
    { line: "connect 127.0.0.1 4000", summary: "at another port" },
    {
      line: "connect 127.0.0.1 4000 8001",
      summary: "files and streams go directly by UDP port 8001",
    },
  ],
  server: (values) => readServerWords(values.required("HOST"), values.argument("PORT")),
  udpPort,
};

function udpPort(values: CommandValues): number | undefined {
  const [argument, option] = [values.argument("UDP_PORT"), values.option("--udp")];
  if (argument !== undefined && option !== undefined) {
    throw new UsageError("two-ports", "Say the UDP port once: give UDP_PORT or --udp, not both");
  }
  return readUdpPort(argument ?? option);
}

/** Talking, saying, reading, sending. */
export const MESSAGE_VERBS: readonly Verb[] = [
  SCREEN_VERB,
  CHAT_VERB,
  CONNECT_VERB,
  CLASSIC_VERB,
  ...sendingVerbsOf(SEND),
  ...verbsOf(BROADCAST),
  ...verbsOf(RECEIVE),
  ...verbsOf(INBOX),
  ...verbsOf(READING),
  ...verbsOf(UNREAD),
  ...sendingVerbsOf(MESSAGES),
  ...verbsOf(LOG_EXPORT),
  ...verbsOf(ROOMS),
  ...verbsOf(SEND_FILES),
  ...verbsOf(RECEIVE_FILES),
  ...verbsOf(TRANSFERS),
  ...verbsOf(DIRECT),
];
