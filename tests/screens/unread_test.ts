import { equal } from "node:assert/strict";
import { ScreenUser } from "../kit/screen_user.ts";
import { found, settle, town } from "../kit/town.ts";

/** 5,000 with SLOW=1; more than a screen reads at once, and than it is shown at a start. */
const TEXTS = Deno.env.get("SLOW") === "1" ? 5_000 : 350;

Deno.test("U4: full screen counts every unread message over a restart, and the end of a room is all of it", async () => {
  await using place = await town(2);
  const { alice, bob } = place;
  const room = await found(alice, [bob]);
  await settle(alice, bob);
  for (let i = 1; i <= TEXTS; i++) {
    await alice.client.write(room, `text ${i}`);
    // Within what the server takes at once.
    if (i % 500 === 0) {
      await alice.client.flush();
      await place.world.clock.advance(60_000);
    }
  }
  await alice.client.flush();
  await alice.disconnect();
  await bob.client.sync();
  const unread = () => bob.client.talk.unread().find(({ peer }) => peer === room)?.unread ?? 0;
  equal(unread(), TEXTS);
  await bob.restart();
  equal(unread(), TEXTS);
  {
    await using user = await ScreenUser.open(bob);
    await user.see(TEXTS > 999 ? /999\+/ : new RegExp(`${TEXTS} unread`));
    equal(unread(), TEXTS);
    user.type("\x1ba");
    await user.see(new RegExp(`text ${TEXTS}`));
    await user.leave();
  }
  equal(unread(), 0);
  await bob.restart();
  equal(unread(), 0);
  await using user = await ScreenUser.open(bob);
  const rows = await user.see(/● online/);
  equal(rows.some((row) => /unread/.test(row)), false, rows.join("\n"));
  await user.leave();
});
