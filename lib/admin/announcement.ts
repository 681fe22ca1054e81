/** What a server says of itself once it accepts connections, to the person and to other processes. */

import { logger } from "../base/log.ts";
import { VERSION } from "../base/version.ts";
import { formatHostPort, isLoopback } from "../net/addresses/address.ts";
import { describeLineSimulation } from "../net/streams/line_simulation.ts";
import { formatInvite } from "../net/addresses/invite.ts";
import { formatServerFingerprint } from "../net/addresses/server_fingerprint.ts";
import { formatStore } from "../server/config/store_url.ts";
import type { Server } from "../server/server.ts";
import type { AdminIo } from "./admin_io.ts";
import { invitedAddress, isWildcard } from "../net/addresses/reachable.ts";
import type { ServeSettings } from "./serve_settings.ts";
import { removeQuietly, stateFilePath, writeReadyFile, writeState } from "./state_file.ts";

const log = logger("server");

/** Removes the files that say that the server runs. */
export function withdraw({ readyFile, server }: ServeSettings): void {
  if (readyFile !== undefined) removeQuietly(readyFile);
  removeQuietly(stateFilePath(server.dataFolder));
}

/** Prints where the server is and whom to trust, and writes the state file and, last, the ready file. */
export async function announce(
  io: AdminIo,
  running: { settings: ServeSettings; server: Server; startedMs: number },
): Promise<void> {
  const { settings, server, startedMs } = running;
  const { dataFolder, store, tls, registration, videoFolder, publicAddress } = settings.server;
  const { address, ffmpeg } = server;
  const { caFingerprint } = server.parts.identity;
  const fingerprint = formatServerFingerprint(caFingerprint);
  const simulated = simulatedLine(settings);
  const invited = invitedAddress(address, publicAddress, Deno.networkInterfaces());
  const invite = formatInvite({ address: invited, fingerprint: caFingerprint });
  // Of a machine of which no other address is known.
  const isLocal = isWildcard(address.host) && isLoopback(invited.host);
  await writeState(dataFolder, {
    pid: Deno.pid,
    host: address.host,
    port: address.port,
    ...(publicAddress === undefined ? {} : { publicAddress }),
    tls,
    fingerprint,
    registration,
    startedMs,
    version: VERSION,
    deno: Deno.version.deno,
    videos: videoFolder,
    ...(store === undefined ? {} : { store: formatStore(store.place) }),
    ...(simulated === undefined ? {} : { simulate: simulated }),
    ...(ffmpeg === undefined ? {} : {
      ffmpeg: { path: ffmpeg.path, version: ffmpeg.version, sandbox: [...ffmpeg.sandbox.layers] },
    }),
  });
  log.info("server.start", {
    address: formatHostPort(address),
    tls,
    registration,
    version: VERSION,
    readyMs: io.clock.nowMs() - startedMs,
  });
  if (simulated !== undefined) log.warn("line is simulated", { line: simulated });
  if (settings.logFormat === "json") {
    // A collector reads one format from one stream: nothing is printed beside the log.
    log.info("server.invite", { fingerprint, invite, isLocal, videos: videoFolder });
  } else await greet(io, { settings, server, fingerprint, invite, isLocal });
  // Last: whoever waits for it may rely on everything else.
  if (settings.readyFile !== undefined) {
    const { host, port } = address;
    await writeReadyFile(settings.readyFile, { host, port, fingerprint, invite, pid: Deno.pid });
  }
}

/** The worse line to every client, in words; undefined where it is the real one. */
export function simulatedLine({ server: { simulate } }: ServeSettings): string | undefined {
  return simulate && describeLineSimulation(simulate);
}

/** For the person who has started it, on standard output. */
async function greet(
  io: AdminIo,
  { settings, server, fingerprint, invite, isLocal }: {
    settings: ServeSettings;
    server: Pick<Server, "address" | "ffmpeg">;
    fingerprint: string;
    invite: string;
    isLocal: boolean;
  },
): Promise<void> {
  const { tls, registration, loginAttempts, videoFolder } = settings.server;
  const { address, ffmpeg } = server;
  // The line of row S3.01; scripts of old look for it.
  await io.out(
    `Server started! Port number: ${address.port}, number of attempts: ${loginAttempts}`,
  );
  await io.out(`Listening on ${formatHostPort(address)}${tls === "off" ? " without TLS" : ""}`);
  await io.out(`Fingerprint ${fingerprint}`);
  await io.out(`Invite ${invite}`);
  if (isLocal) {
    await io.out(
      "The invite works on this machine only, since no other address is known. To name the address that others use: --public-address HOST",
    );
  }
  if (settings.server.simulate !== undefined) {
    await io.out(`Simulated line to every client: ${simulatedLine(settings)}`);
  }
  await io.out(`Videos ${videoFolder}${ffmpeg === undefined ? ", without ffmpeg" : ""}`);
  if (registration === "invite") {
    await io.out("Registration needs an invite: heliograph-server invite");
  }
}
