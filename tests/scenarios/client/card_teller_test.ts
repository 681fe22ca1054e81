/** How often cards are looked at: files that stand still wake nobody. */

import { deepEqual, equal } from "node:assert/strict";
import { CardTeller } from "../../../lib/app/conversations/card_teller.ts";
import { openSenders } from "../../kit/file_senders.ts";

Deno.test("a file on its way that moves in no process here is not looked at twice a second", async () => {
  await using senders = await openSenders();
  const { alice, bob } = senders;
  await senders.write("film.bin", new Uint8Array(64 * 1024));
  alice.work();
  bob.work();
  await senders.offer("film.bin");
  await senders.until(async () => (await bob.transfers()).length > 0);
  // Alice hears of the answer, and nothing of hers sends files.
  await alice.rest();
  await senders.accept();
  await senders.until(async () => {
    await alice.client.sync();
    return (await alice.states())[0] === "uploading";
  });
  const teller = new CardTeller(alice.client);
  deepEqual((await teller.look()).map(({ type }) => type), ["transfers"]);
  equal(teller.nextMs, Infinity);
});
