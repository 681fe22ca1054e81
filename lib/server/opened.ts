/** Opens what a server consists of, in order; closing goes the opposite way. */

import { InstanceLock } from "../storage/instance_lock.ts";
import { makePrivateFolder } from "../storage/private_files.ts";
import { assemble } from "./assemble.ts";
import { openServerListener, type ServerListener } from "./serving/server_listener.ts";
import { findFfmpeg, openLibrary } from "./media/open_library.ts";
import type { ServerServices } from "./serving/server_services.ts";
import { nameBus, type NodeIdentity, openBus, openBusLine } from "./bus/opening.ts";
import type { Bus } from "./bus/bus.ts";
import { type Bytes, encodeHex, utf8 } from "../base/bytes.ts";
import { INSTANCE_BYTES, markOfSecret } from "../crypto/sealing/bus_seal.ts";
import { Sessions } from "./sessions/sessions.ts";
import { type OtherPorts, Rendezvous } from "./sessions/rendezvous.ts";
import { findKeyOwner } from "./keys/admission.ts";
import { openServerKeys } from "./keys/server_keys.ts";
import type { ServerOptions } from "./config/server_options.ts";
import { openBlobs, requireFreeBlobs } from "./spool/opening.ts";
import { Spool } from "./spool/spool.ts";
import { openStored } from "./store/stored.ts";

/** An operator's command that works without a server holds the lock for as long. */
const COMMAND_MS = 1_000;

/** An opened server that accepts nobody yet. */
export interface Opened extends ServerListener {
  /** Everything below and above; whoever has it closes it. */
  readonly owned: AsyncDisposableStack;
  readonly parts: ServerServices;
  /** Rejects when the store is lost: then the server is of no use any more. */
  readonly lost: Promise<never>;
  readonly ffmpeg: Awaited<ReturnType<typeof openLibrary>>["ffmpeg"];
}

/**
 * Throws StorageError (`in-use`, `keys-missing`, `database-missing`, `newer-format` …), TransportError (`address-in-use`, `permission-denied`,
 * `address-not-available`, of other nodes `unreachable`, `not-allowed`, `node-name-taken`; and StorageError `another-ca`, `another-bus`, `node-not-heard`, `version-apart`), UsageError for a bus without a database that
 * other nodes reach, TrustError `plain-not-loopback`, MediaError `ffmpeg-missing`. Then nothing stays open.
 */
export async function openServerParts(options: ServerOptions): Promise<Opened> {
  const { dataFolder, clock, random } = options;
  await using opening = new AsyncDisposableStack();
  await makePrivateFolder(dataFolder);
  opening.use(InstanceLock.take(dataFolder, { waitMs: COMMAND_MS }));
  // Takes as long as all the rest, and waits for other programs: meanwhile the store comes up.
  const finding = findFfmpeg(options);
  // Heard by whoever opens the library; when it does not come to that, it is waited for all the same.
  const found = finding.then(() => {}, () => {});
  opening.defer(() => found);
  const line = await openBusLine(options, opening);
  const sessions = new Sessions(clock, random);
  const instance = random.bytes(INSTANCE_BYTES);
  const meeting = opening.use(new AsyncDisposableStack());
  const meet = ({ secret, serverId }: Pick<NodeIdentity, "secret" | "serverId">) =>
    openBus(line, meeting, {
      ...{ sessions, clock, random, node: options.node },
      ...{ instance, secret, serverId },
    });
  const owner = options.store === undefined ? undefined : await findKeyOwner(dataFolder);
  if (options.store !== undefined) {
    await requireFreeBlobs({ choice: options.spool, serverId: owner?.serverId, clock, random });
  }
  // Whoever has keys meets the other nodes before it touches their database.
  const met = owner && await meet(owner);
  const lost = Promise.withResolvers<never>();
  // Whoever serves listens; until then the calls that fail say the same.
  lost.promise.catch(() => {});
  const stored = await openStored(dataFolder, opening, {
    ...{ clock, random, choice: options.store },
    owner,
    node: {
      ...{ instance: encodeHex(instance), bus: nameBus(options.bus) },
      authority: owner?.authority ?? 1,
      hears: () => met?.others.map((other) => other.instance) ?? [],
    },
    onLost: lost.reject,
  });
  const { store } = stored;
  const hasAccounts = (await store.listAccounts({ limit: 1 })).total > 0;
  const keys = await openServerKeys(dataFolder, { hasAccounts, clock, random });
  const secret = utf8(keys.passwords.setup);
  const { serverId } = keys.authority.succession;
  await stored.claim({ serverId, setupMark: markOfSecret(secret) });
  const door = await openServerListener(options, keys);
  opening.use(door.tuner);
  opening.use(door.listener);
  const { library, ffmpeg } = await openLibrary(options, opening, finding);
  const { spoolDescriptors: descriptors } = options;
  const blobs = await openBlobs(
    { dataFolder, choice: options.spool, serverId, clock, random },
    opening,
  );
  const bus = met ?? await meet({ secret, serverId });
  // Before what is above, which others would still ask for.
  opening.defer(() => meeting.disposeAsync());
  const spool = opening.use(
    await Spool.open({ blobs, store, bus, clock: stored.clock, descriptors }),
  );
  const incarnation = await store.findIncarnation();
  const { host, port } = door.listener.address;
  // What comes by UDP to a port of several processes reaches any of them.
  const address = { host, port: options.sharesPort === "later" ? 0 : port };
  const rendezvous = options.rendezvous === "off"
    ? undefined
    : await Rendezvous.open({ clock, random, address, others: otherPorts(bus, secret) });
  if (rendezvous !== undefined) opening.use(rendezvous);
  const parts = assemble(options, {
    ...{ ...stored, keys, sessions, bus, library, spool, incarnation, rendezvous },
  }, opening);
  await parts.accounts.appointOwner();
  return { ...door, owned: opening.move(), parts, ffmpeg, lost: lost.promise };
}

/** What a rendezvous needs of the other nodes; undefined where there are none. */
export function otherPorts(bus: Bus, secret: Bytes): OtherPorts | undefined {
  if (bus.isAlone) return undefined;
  return {
    secret,
    tell: (shown) => bus.publish("ticket.shown", shown),
    hear: (heard) => void bus.subscribe("ticket.shown", heard),
  };
}
