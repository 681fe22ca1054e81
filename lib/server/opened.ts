/** Opens what a server consists of, in order; closing goes the opposite way. */

import { logger } from "../base/log.ts";
import { Listener } from "../net/listener.ts";
import { setListenerNoDelay } from "../net/nodelay.ts";
import { InstanceLock } from "../storage/instance_lock.ts";
import { makePrivateFolder } from "../storage/private_files.ts";
import { assemble } from "./assemble.ts";
import { openLibrary } from "./open_library.ts";
import type { Parts } from "./parts.ts";
import { openServerKeys, type ServerKeys } from "./server_keys.ts";
import type { ServerOptions } from "./server_options.ts";
import { Spool } from "./spool/spool.ts";
import { openWorkerStore } from "./store/worker_store.ts";

const log = logger("server");

/** An opened server that accepts nobody yet. */
export interface Opened {
  /** Everything below; whoever has it closes it. */
  readonly owned: AsyncDisposableStack;
  /** Nobody is accepted yet. */
  readonly listener: Listener;
  readonly parts: Parts;
  readonly ffmpeg: Awaited<ReturnType<typeof openLibrary>>["ffmpeg"];
}

/**
 * Throws StorageError (`in-use`, `keys-missing`, `newer-format` …), TransportError (`address-in-use`, `permission-denied`,
 * `address-not-available`), TrustError `plain-not-loopback`, MediaError `ffmpeg-missing`. Then nothing stays open.
 */
export async function openServerParts(options: ServerOptions): Promise<Opened> {
  const { dataFolder, clock, random } = options;
  await using opening = new AsyncDisposableStack();
  await makePrivateFolder(dataFolder);
  opening.use(InstanceLock.take(dataFolder));
  const store = opening.use(await openWorkerStore(`${dataFolder}/server.db`));
  const hasAccounts = (await store.listAccounts({ limit: 1 })).total > 0;
  const keys = await openServerKeys(dataFolder, { hasAccounts, clock, random });
  const listener = opening.use(await listen(options, keys));
  const { library, ffmpeg } = await openLibrary(options, opening);
  const spool = opening.use(await Spool.open({ folder: `${dataFolder}/spool`, store, clock }));
  const incarnation = await store.findIncarnation();
  const parts = assemble(options, { store, keys, library, spool, incarnation });
  await parts.accounts.appointOwner();
  opening.defer(() => parts.presence.close());
  return { owned: opening.move(), listener, parts, ffmpeg };
}

async function listen(options: ServerOptions, keys: ServerKeys): Promise<Listener> {
  const listener = Listener.open(options.listen, {
    clock: options.clock,
    limits: { connections: options.maxConnections },
    ...(options.tls === "auto" ? { tls: keys.tls } : {}),
  });
  // Plain connections set it themselves; TLS connections inherit it from the listening socket.
  const nodelay = await setListenerNoDelay(listener.address.port);
  if (!nodelay.done && options.tls === "auto") {
    log.warn("nodelay not set: messages may be delayed by 40 ms", { reason: nodelay.reason });
  }
  return listener;
}
