/** The verb connect. */

import { readServerWords } from "./server_choice.ts";
import { SCREEN_VERB } from "./screen/screen_verb.ts";
import type { Verb } from "./verb.ts";

/** `heliograph connect HOST PORT`: how the seeds call the client (rows S2.02, S3.02). */
export const CONNECT_VERB: Verb = {
  ...SCREEN_VERB,
  name: "connect",
  aliases: [],
  summary: "open the full screen, or the dialogue, at this server",
  details:
    "The same as heliograph --server HOST:PORT. It asks for a name and a password the first time; who is signed in at another server uses another --profile.",
  arguments: [
    {
      name: "HOST",
      summary: "HOST, HOST:PORT, or a link, heliograph://HOST:PORT#SHA256:…",
      required: true,
    },
    { name: "PORT", summary: "the port, else 9797", required: false },
  ],
  examples: [
    { line: "connect chat.example.org", summary: "at port 9797" },
    { line: "connect 127.0.0.1 4000", summary: "at another port" },
  ],
  server: (values) => readServerWords(values.required("HOST"), values.argument("PORT")),
};
