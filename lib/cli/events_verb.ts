/** The verb events: all that happens to this account, one JSON object a line, for programs. */

import { UsageError } from "../base/errors.ts";
import { AppClient } from "../app/conversations/app_client.ts";
import { eventObject } from "../app/event_object.ts";
import { EXIT } from "../commands/exit_code.ts";
import type { Verb } from "./verb.ts";

/** `heliograph events`. */
export const EVENTS_VERB: Verb = {
  name: "events",
  group: "Messages",
  summary: "print events as JSON, one object per line",
  details:
    "Messages, who comes and goes, requests, files, the connection: everything that the full screen gets. It starts with the current state, up to the object ready, and ends there without --follow. It marks nothing as read. Every type and its fields are in docs/bots.md.",
  options: [{ flag: "--follow", summary: "keep printing until ctrl-C, over lost connections too" }],
  examples: [
    { line: "events --json", summary: "the current state" },
    { line: "events --follow --json", summary: "and everything from then on" },
  ],
  exitCodes: [3, 4, 5, 6, 7],
  async run(context, values) {
    const { output } = context;
    if (!output.isJson) {
      throw new UsageError("json-only", "Events are for programs: add --json");
    }
    const client = await context.openClient();
    const connect = (signal: AbortSignal) => context.connect(client, signal);
    const app = new AppClient({ client, connect }, context.signal);
    await app.run({
      async take(event) {
        // Without --follow nothing comes behind `ready`.
        if (app.isLeaving) return;
        const object = eventObject(event, app.rooms);
        if (object !== undefined) await output.object(object.type, object.fields);
        if (event.type === "ready" && !values.has("--follow")) app.leave();
      },
      close: () => Promise.resolve(),
      // Whoever looks on has read nothing.
      keepMarks: () => {},
    });
    return app.wasOnline ? EXIT.done : EXIT.unreachable;
  },
};
