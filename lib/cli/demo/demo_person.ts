/** Alice and bob: two accounts of the demo's server, each with a profile that goes when the demo ends. */

import { encodeBase64 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { TransportError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { Client } from "../../client/client.ts";
import { performHandshake } from "../../client/link/handshake.ts";
import { ProfileKeeper } from "../../client/profile/keeper.ts";
import { KnownServers } from "../../client/link/known_servers.ts";
import { enterNew } from "../../app/entering.ts";
import type { DemoServer } from "./demo_server.ts";

/** Both are on this machine: what takes longer will not come. */
const DELIVERY_TIMEOUT_MS = 20_000;

/** What both people of the demo share. */
export interface DemoWorld {
  readonly server: DemoServer;
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** Makes an account, signed in and connected. The client and its profile belong to `owned`. */
export async function makePerson(
  world: DemoWorld,
  name: string,
  owned: AsyncDisposableStack,
): Promise<Client> {
  const { server, clock, random } = world;
  const keeper = owned.use(await ProfileKeeper.open(`${world.folder}/${name}`, { clock, random }));
  const greetAgain = () =>
    performHandshake(server.address, {
      known: new KnownServers(keeper.database, clock),
      trust: { kind: "expected", fingerprint: server.fingerprint },
      tls: "auto",
      clock,
      random,
    });
  const { client } = await enterNew({
    handshake: await greetAgain(),
    greetAgain,
    keeper,
    name,
    password: encodeBase64(random.bytes(18)),
    remember: true,
    clock,
    random,
  }, { token: undefined, keepRecoveryCode: () => Promise.resolve() });
  // They are here to talk to each other.
  client.messenger.contacts.contactStatuses.policy = "all";
  return owned.use(client);
}

/** One says something, and the other has received it when this resolves. */
export async function say(from: Client, to: Client, text: string): Promise<void> {
  const contact = await from.findContact(to.profile.own.name);
  const id = await from.write(contact.account, text);
  await from.receiving(async (caughtUp, signal) => {
    await caughtUp;
    await from.flush();
    await to.sync();
    const delivered = await from.waitDelivered(id, { timeoutMs: DELIVERY_TIMEOUT_MS, signal });
    if (!delivered) throw new TransportError("timeout", `${to.profile.own.name} received nothing`);
  });
}
