/** The verb connect. */

import { UsageError } from "../base/errors.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { readServerWords } from "./server_choice.ts";
import { SCREEN_VERB } from "./screen/screen_verb.ts";
import { readUdpPort, UDP_PORT } from "./udp_port.ts";
import type { Verb } from "./verb.ts";

/** `heliograph connect HOST PORT UDP_PORT`: how the seeds call the client (rows S2.02, S3.02). */
export const CONNECT_VERB: Verb = {
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
    { name: "PORT", summary: "the port (default: 9797)", required: false },
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
