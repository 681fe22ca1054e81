/** Where clients come in: the listening socket with what its connections inherit, and the certificate that they see. */

import { logger } from "../../base/log.ts";
import { openAcceptor } from "../../net/listening/acceptor.ts";
import { Listener } from "../../net/listening/listener.ts";
import { SocketTuner } from "../../net/listening/nodelay.ts";
import { RELAY_DESCRIPTORS } from "../../net/listening/tls_relay.ts";
import type { ServerKeys } from "../keys/server_keys.ts";
import type { ServerOptions } from "../config/server_options.ts";
import { ServingCertificate } from "../keys/serving_certificate.ts";

const log = logger("server");

/** An open door; nobody is accepted yet. */
export interface ServerListener {
  /** Whoever opened the door closes it. */
  readonly listener: Listener;
  /** Whoever opened the door closes it, too. */
  readonly tuner: SocketTuner;
  /** Undefined without TLS. */
  readonly certificate: ServingCertificate | undefined;
}

/** Gives up the permission for native code on the way (SR-74). Throws TransportError, TrustError `plain-not-loopback`. */
export async function openServerListener(
  { listen, tls, dataFolder, maxConnections, proxies, sharesPort, clock, random }: ServerOptions,
  keys: ServerKeys,
): Promise<ServerListener> {
  using opening = new DisposableStack();
  // Plain connections set it themselves; TLS connections inherit it from the listening socket.
  const tuner = opening.use(await SocketTuner.take());
  // What a proxy says stands before TLS, which only a relay lets us read.
  const isRelayed = tls === "auto" && (proxies !== undefined || !tuner.canCut);
  const descriptors = isRelayed ? RELAY_DESCRIPTORS : 1;
  // Another program that shares its ports would go unnoticed, and get a part of the clients.
  if (sharesPort === "first" && listen.port !== 0) openAcceptor(listen, { clock }).close();
  const listener = Listener.open(listen, {
    clock,
    sharesPort: sharesPort !== undefined,
    limits: { connections: Math.floor(maxConnections / descriptors) },
    ...(tls === "auto" ? { tls: keys.tls } : {}),
    ...(proxies === undefined ? {} : { proxies }),
    ...(tuner.canCut && !isRelayed ? { cutter: tuner } : {}),
  });
  const nodelay = tuner.tune(listener.address.port);
  opening.move();
  if (tls === "off") return { listener, tuner, certificate: undefined };
  if (!nodelay.done) {
    log.warn("nodelay not set: messages may be delayed by 40 ms", { reason: nodelay.reason });
  }
  const parts = { authority: keys.authority, listener, tuner, clock, random };
  return { listener, tuner, certificate: new ServingCertificate(dataFolder, keys.tls, parts) };
}
