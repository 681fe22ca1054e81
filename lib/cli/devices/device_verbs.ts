/** The verbs `device …`. */

import { EXIT } from "../../commands/exit_code.ts";
import { shortTime } from "../dialogue/chat_lines.ts";
import type { Verb } from "../verb.ts";
import { type DeviceDeed, rowOfDeed } from "./device_deed.ts";
import { DEVICE_DEEDS } from "./device_deeds.ts";

function verbOf(deed: DeviceDeed): Verb {
  return {
    ...rowOfDeed(deed),
    aliases: [],
    exitCodes: [3, 4, 5, 6, 7, 9],
    async run(context, values) {
      const client = await context.connectClient();
      const { name } = client.profile.own;
      const { facts, notes } = await deed.run({
        client,
        values,
        greet: () => context.greetFor(client, context.signal),
        code: async () => {
          const file = values.option("--code-file");
          if (file !== undefined) return await context.person.readSecret(file);
          return values.argument("CODE") ??
            await context.person.ask("Code that the new device shows:");
        },
        password: () =>
          context.person.password(values.option("--password-file"), {
            twice: false,
            prompt: `Password of ${name}`,
          }),
        time: (atMs) => shortTime(atMs, context.clock.nowMs()),
      });
      for (const { type, fields, line } of facts) await context.output.fact(type, fields, line);
      for (const note of notes) await context.output.note(note);
      return EXIT.done;
    },
  };
}

/** Every verb about devices. */
export const DEVICE_VERBS: readonly Verb[] = DEVICE_DEEDS.map(verbOf);
