/**
 * One process of a profile, for processes_test.ts: `FOLDER PORT send FIRST LAST NAME` writes texts `NAME 1` … and prints each
 * number when the server has it; `FOLDER PORT receive` receives until it is killed and prints a line for each text.
 */

import { systemClock } from "../../../lib/base/clock.ts";
import { TransportError } from "../../../lib/base/errors.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { Client } from "../../../lib/client/client.ts";
import { performHandshake } from "../../../lib/client/link/handshake.ts";
import { ProfileKeeper } from "../../../lib/client/profile/keeper.ts";
import { KnownServers } from "../../../lib/client/link/known_servers.ts";

const [folder, port, role, first, last, name] = Deno.args;
const surroundings = { clock: systemClock, random: systemRandom };
using keeper = await ProfileKeeper.open(folder, surroundings);
await using client = new Client(await keeper.unlock());
await client.connect(
  await performHandshake({ host: "127.0.0.1", port: Number(port) }, {
    ...surroundings,
    known: new KnownServers(keeper.database, systemClock),
    trust: { kind: "none" },
    tls: "off",
  }),
);
const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
if (role === "send") await sendAll();
else await receiveOn();

async function sendAll(): Promise<void> {
  const { account } = await client.findContact("bob");
  for (let i = Number(first); i <= Number(last); i++) {
    const text = `${name} ${i}`;
    // A killed one may have written it down.
    const written = (await client.messenger.history.search(text)).find((it) => it.text === text);
    const id = written?.id ?? await client.write(account, text);
    while (client.deliveryOf(id) !== "sent" && client.deliveryOf(id) !== "delivered") {
      const held = await client.flush();
      for (const { error } of held) if (error !== undefined) throw error;
      if (client.deliveryOf(id) === "queued") await systemClock.sleep(50);
    }
    print(String(i));
  }
}

async function receiveOn(): Promise<void> {
  client.listen((event) => {
    if (event.type === "entry" && event.entry.kind === "text") print(event.entry.text);
  });
  await client.receiving(async (caughtUp, signal) => {
    await caughtUp;
    print("ready");
    await new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(new TransportError("offline", "ended")))
    );
  });
}
