/** The verbs `room …`. */

import { EXIT } from "../../commands/exit_code.ts";
import type { Verb } from "../verb.ts";
import { PRESENT_ROOM, ROOM, type RoomDeed, rowOfDeed } from "./room_deed.ts";
import { ROOM_DEEDS } from "./room_deeds.ts";

function verbOf(deed: RoomDeed): Verb {
  return {
    ...rowOfDeed(deed),
    // Outside the dialogue one talks in no room.
    arguments: deed.arguments.map((one) => one === PRESENT_ROOM ? ROOM : one),
    aliases: [],
    exitCodes: [3, 4, 5, 6, 7, 9],
    async run(context, values) {
      const client = await context.connectClient();
      const run = () => deed.run({ client, values });
      // The room is as it is now, and those that this account was invited to are entered.
      const { facts, notes } = deed.offhand === true
        ? await run()
        : await client.receiving(async (caughtUp) => {
          await caughtUp;
          return await run();
        });
      for (const { type, fields, line } of facts) await context.output.fact(type, fields, line);
      for (const note of notes) await context.output.note(note);
      return EXIT.done;
    },
  };
}

/** Every verb of rooms. */
export const ROOM_VERBS: readonly Verb[] = ROOM_DEEDS.map(verbOf);
