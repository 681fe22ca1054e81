/** Two people who send each other files directly, on a false clock, through UDP proxies that can be made to misbehave. */

import { systemClock } from "../../lib/base/clock.ts";
import type { P2pMode } from "../../lib/client/direct/direct_settings.ts";
import { type FilePerson, openSenders, type Senders } from "./file_senders.ts";
import { UdpFaultProxy } from "./udp_fault_proxy.ts";

/** QUIC keeps real time: the false clock goes 20 ms a step, and must not run away from it. */
const REAL_MS = 20;
/** Nothing on the line for so long: nobody waits for QUIC. */
const QUIET_MS = 2;
/** So many datagrams, and a connection is there. */
const CONNECTED = 40;

/** As long as a step of the false clock, or until nothing moves on lines that lose nothing. */
async function letQuicRun(proxies: readonly UdpFaultProxy[]): Promise<void> {
  const passed = () => proxies.reduce((sum, { counts }) => sum + counts.passed, 0);
  const isReady = proxies.every(({ faults }) =>
    faults.isDead || faults.lossPercent === 0 && passed() > CONNECTED
  );
  if (!isReady) return await systemClock.sleep(REAL_MS);
  for (let waitedMs = 0; waitedMs < REAL_MS; waitedMs += QUIET_MS) {
    const before = passed();
    await systemClock.sleep(QUIET_MS);
    if (passed() === before) return;
  }
}

/** The scene. */
export interface Direct extends Senders {
  /** In front of each of them. */
  readonly proxies: readonly UdpFaultProxy[];
  /** Of what is on its way at the server. */
  spooled(): readonly string[];
  lines(person: FilePerson): Promise<readonly string[]>;
  /** As `until`, while QUIC must keep up. */
  soon(holds: () => Promise<boolean> | boolean): Promise<void>;
}

/** `allow`: who has allowed it to the other. */
export async function openDirect(
  { allow = ["alice", "bob"], mode = "prefer" }: {
    allow?: readonly ("alice" | "bob")[];
    mode?: P2pMode;
  } = {},
): Promise<Direct> {
  const scene = await openSenders();
  const { alice, bob, pair } = scene;
  const proxies: UdpFaultProxy[] = [];
  for (const person of [alice, bob]) {
    const { direct } = person.client.transfers;
    const { port } = await direct.openPort();
    const proxy = UdpFaultProxy.open(port, { seed: 7 + proxies.length });
    proxies.push(proxy);
    direct.settings = { mode, addresses: [{ host: "127.0.0.1", port: proxy.port }] };
  }
  if (allow.includes("alice")) {
    alice.client.transfers.direct.contacts.set(pair.bob.account, "allowed");
  }
  if (allow.includes("bob")) {
    bob.client.transfers.direct.contacts.set(pair.alice.account, "allowed");
  }
  // Before that nobody opens a connection.
  const isAgreed = () =>
    alice.client.transfers.direct.contacts.of(pair.bob.account) === "allowed" &&
    bob.client.transfers.direct.contacts.of(pair.alice.account) === "allowed";
  const close = scene[Symbol.asyncDispose];
  return Object.assign(scene, {
    proxies,
    spooled: () => {
      const folder = `${pair.world.server.folder}/spool`;
      return [...Deno.readDirSync(folder)].filter(({ name }) =>
        Deno.statSync(`${folder}/${name}`).size > 0
      ).map(({ name }) => name);
    },
    async lines(person: FilePerson) {
      const texts: string[] = [];
      for await (const page of person.test.messenger.history.pages()) {
        texts.push(...page.map(({ text }) => text));
      }
      return texts;
    },
    async soon(holds: () => Promise<boolean> | boolean) {
      await scene.until(async () => {
        if (isAgreed()) await letQuicRun(proxies);
        return await holds();
      });
    },
    async [Symbol.asyncDispose]() {
      // Who closes waits for what is on its way, by a clock that stands still from here on.
      for (const { client } of [alice, bob]) {
        await (await client.transfers.direct.openPort()).socket.close({ atOnce: true });
      }
      await close();
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
    },
  });
}

/** Alice offers it, bob takes it, and both work. */
export async function begin(scene: Direct, bytes: Uint8Array): Promise<void> {
  await scene.write("example1.mp4", bytes);
  scene.alice.work();
  scene.bob.work();
  await scene.offer("example1.mp4");
  await scene.accept();
}

/** Alice knows that bob has it. */
export const isDone = (scene: Direct) => async () => (await scene.alice.states())[0] === "done";
