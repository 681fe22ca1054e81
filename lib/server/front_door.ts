/** Where clients come in: the listening socket with what its connections inherit, and the certificate that they see. */

import { logger } from "../base/log.ts";
import { Listener } from "../net/listener.ts";
import { SocketTuner } from "../net/nodelay.ts";
import type { ServerKeys } from "./server_keys.ts";
import type { ServerOptions } from "./server_options.ts";
import { ServingCertificate } from "./serving_certificate.ts";

const log = logger("server");

/** An open door; nobody is accepted yet. */
export interface FrontDoor {
  /** Whoever opened the door closes it. */
  readonly listener: Listener;
  /** Whoever opened the door closes it, too. */
  readonly tuner: SocketTuner;
  /** Undefined without TLS. */
  readonly certificate: ServingCertificate | undefined;
}

/** Gives up the permission for native code on the way (SR-74). Throws TransportError, TrustError `plain-not-loopback`. */
export async function openFrontDoor(
  { listen, tls, dataFolder, maxConnections, clock, random }: ServerOptions,
  keys: ServerKeys,
): Promise<FrontDoor> {
  const listener = Listener.open(listen, {
    clock,
    limits: { connections: maxConnections },
    ...(tls === "auto" ? { tls: keys.tls } : {}),
  });
  // Plain connections set it themselves; TLS connections inherit it from the listening socket.
  const tuner = await SocketTuner.take();
  const nodelay = tuner.tune(listener.address.port);
  if (tls === "off") return { listener, tuner, certificate: undefined };
  if (!nodelay.done) {
    log.warn("nodelay not set: messages may be delayed by 40 ms", { reason: nodelay.reason });
  }
  const parts = { authority: keys.authority, listener, tuner, clock, random };
  return { listener, tuner, certificate: new ServingCertificate(dataFolder, keys.tls, parts) };
}
