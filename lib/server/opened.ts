/** Opens what a server consists of, in order; closing goes the opposite way. */

import { InstanceLock } from "../storage/instance_lock.ts";
import { makePrivateFolder } from "../storage/private_files.ts";
import { assemble } from "./assemble.ts";
import { openServerListener, type ServerListener } from "./serving/server_listener.ts";
import { findFfmpeg, openLibrary } from "./media/open_library.ts";
import type { ServerServices } from "./serving/server_services.ts";
import { openBus, openBusLine } from "./bus/opening.ts";
import { utf8 } from "../base/bytes.ts";
import { Sessions } from "./sessions/sessions.ts";
import { Rendezvous } from "./sessions/rendezvous.ts";
import { openServerKeys } from "./keys/server_keys.ts";
import type { ServerOptions } from "./config/server_options.ts";
import { DiskBlobs } from "./spool/disk_blobs.ts";
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
 * `address-not-available`, of other nodes `unreachable`, `not-allowed`, `node-name-taken`), UsageError for a bus without a database that
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
  const lost = Promise.withResolvers<never>();
  // Whoever serves listens; until then the calls that fail say the same.
  lost.promise.catch(() => {});
  const stored = await openStored(dataFolder, opening, {
    ...{ clock, random, choice: options.store },
    onLost: lost.reject,
  });
  const { store } = stored;
  const hasAccounts = (await store.listAccounts({ limit: 1 })).total > 0;
  const keys = await openServerKeys(dataFolder, { hasAccounts, clock, random });
  await stored.claim(keys.authority.succession.serverId);
  const door = await openServerListener(options, keys);
  opening.use(door.tuner);
  opening.use(door.listener);
  const { library, ffmpeg } = await openLibrary(options, opening, finding);
  const { spoolDescriptors: descriptors } = options;
  const blobs = await DiskBlobs.make(`${dataFolder}/spool`);
  const sessions = new Sessions(clock, random);
  const bus = await openBus(line, opening, {
    ...{ sessions, clock, random, node: options.node },
    secret: utf8(keys.passwords.setup),
    serverId: keys.authority.succession.serverId,
  });
  const spool = opening.use(await Spool.open({ blobs, store, bus, clock, descriptors }));
  const incarnation = await store.findIncarnation();
  const { address } = door.listener;
  const rendezvous = options.rendezvous === "off"
    ? undefined
    : await Rendezvous.open({ clock, random, address });
  if (rendezvous !== undefined) opening.use(rendezvous);
  const parts = assemble(options, {
    ...{ ...stored, keys, sessions, bus, library, spool, incarnation, rendezvous },
  });
  await parts.accounts.appointOwner();
  opening.defer(() => parts.presence.close());
  return { ...door, owned: opening.move(), parts, ffmpeg, lost: lost.promise };
}
