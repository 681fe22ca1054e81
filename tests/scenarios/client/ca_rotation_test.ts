/** A server gets a new CA: who follows it, and whom nobody follows (SR-50). Real TLS on loopback. */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import {
  type Fingerprint,
  fingerprint,
  formatCertificateFingerprint,
} from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { Client } from "../../../lib/client/client.ts";
import { type HandshakeResult, performHandshake } from "../../../lib/client/link/handshake.ts";
import { KnownServers } from "../../../lib/client/link/known_servers.ts";
import { ProfileKeeper } from "../../../lib/client/profile/keeper.ts";
import type { Trust } from "../../../lib/client/link/server_trust.ts";
import { Authority } from "../../../lib/crypto/certificates/authority.ts";
import { type ServerCertificate } from "../../../lib/crypto/certificates/server_certificate.ts";
import { signAuthorityRotation } from "../../../lib/crypto/certificates/server_succession.ts";
import { rotateAuthority } from "../../../lib/server/keys/ca_rotation.ts";
import type { Server } from "../../../lib/server/server.ts";
import { addAccount, makeProfile } from "../../kit/profiles.ts";
import { openServer, Relay } from "./server_site.ts";

const surroundings = { clock: systemClock, random: systemRandom };
const FIRST_USE = { kind: "first-use" } as const;
const NONE = { kind: "none" } as const;
const expected = (fingerprint: Fingerprint): Trust => ({ kind: "expected", fingerprint });

/** A server under one address, whatever it is restarted as, and profiles that talk to it. */
class Site implements AsyncDisposable {
  readonly folder: string;
  readonly relay: Relay;
  server: Server;
  readonly #owned: AsyncDisposableStack;

  private constructor(folder: string, server: Server, owned: AsyncDisposableStack) {
    this.folder = folder;
    this.server = server;
    this.relay = owned.use(new Relay([server.address.port]));
    this.#owned = owned;
    owned.defer(() => this.server.close());
  }

  static async open(): Promise<Site> {
    const owned = new AsyncDisposableStack();
    await Deno.mkdir("tests/tmp", { recursive: true });
    const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "ca-" });
    owned.defer(() => Deno.remove(folder, { recursive: true }));
    return new Site(folder, await openServer(folder, "one"), owned);
  }

  get address() {
    return { host: "127.0.0.1", port: this.relay.port };
  }

  get caFingerprint(): Fingerprint {
    return this.server.parts.identity.caFingerprint;
  }

  /** Another profile, in the folder `name`. */
  async profile(name: string): Promise<ProfileKeeper> {
    return this.#owned.use(await ProfileKeeper.open(join(this.folder, name), surroundings));
  }

  async greet(keeper: ProfileKeeper, trust: Trust = NONE): Promise<HandshakeResult> {
    const known = new KnownServers(keeper.database, systemClock);
    const options = { ...surroundings, known, trust, tls: "auto" } as const;
    const handshake = await performHandshake(this.address, options);
    this.#owned.defer(() => handshake.link.close());
    return handshake;
  }

  pin(keeper: ProfileKeeper) {
    return new KnownServers(keeper.database, systemClock).find(this.address);
  }

  /** Stops the server, does something to its data, and starts it again. */
  async restart(between: (dataFolder: string) => Promise<unknown>): Promise<void> {
    await this.server.close();
    await between(join(this.folder, "one"));
    this.server = await openServer(this.folder, "one");
    this.relay.ports = [this.server.address.port];
  }

  async rotate(times = 1): Promise<void> {
    await this.restart(async (folder) => {
      for (let i = 0; i < times; i++) await rotateAuthority(folder, surroundings);
    });
  }

  /** Puts another server in the place of this one, which says that its CA came to be by `parts`. */
  async impostor(parts: (certificate: ServerCertificate) => Promise<readonly Bytes[]>) {
    const other = this.#owned.use(await openServer(this.folder, "two"));
    const { authority } = await openAuthority(join(this.folder, "two"));
    Object.assign(other.parts.identity, { succession: await parts(authority.certificate) });
    this.relay.ports = [other.address.port];
    return other;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}

async function openAuthority(folder: string): Promise<{ authority: Authority }> {
  const [certificate, privateKey] = await Promise.all(
    ["ca.pem", "ca.key"].map((name) => Deno.readTextFile(join(folder, name))),
  );
  return { authority: await Authority.open({ certificate, privateKey }) };
}

/** SR-50: refused with both fingerprints, and the pin stays. */
async function refused(site: Site, keeper: ProfileKeeper, shown: Fingerprint): Promise<void> {
  const before = site.pin(keeper);
  assert.ok(before);
  const pinned = formatCertificateFingerprint(await fingerprint(before.certificate));
  for (const trust of [NONE, FIRST_USE, expected(shown)]) {
    await assert.rejects(site.greet(keeper, trust), (error) => {
      assert(error instanceof Error && "code" in error && "details" in error);
      assert.equal(error.code, "server-changed");
      assert.deepEqual(error.details, { pinned, found: formatCertificateFingerprint(shown) });
      return true;
    });
  }
  assert.deepEqual(site.pin(keeper), before);
}

Deno.test("SR-50: a client follows a rotated CA, is told once, and knows the server by the same id", async () => {
  await using site = await Site.open();
  const keeper = await site.profile("profile");
  const first = await site.greet(keeper, FIRST_USE);
  await site.rotate();
  const followed = await site.greet(keeper);
  assert.equal(followed.renewedFrom?.fingerprint, first.certificate.fingerprint);
  assert.equal(followed.certificate.fingerprint, site.caFingerprint);
  assert.notEqual(followed.certificate.fingerprint, first.certificate.fingerprint);
  assert.equal(followed.serverId, first.serverId);
  assert.deepEqual(site.pin(keeper), {
    certificate: followed.certificate.der,
    serverId: first.serverId,
  });
  assert.equal((await site.greet(keeper)).renewedFrom, undefined);
});

Deno.test("SR-50: a client that was away for three rotations follows too", async () => {
  await using site = await Site.open();
  const [early, later] = [await site.profile("early"), await site.profile("later")];
  const { serverId } = await site.greet(early, FIRST_USE);
  await site.rotate();
  await site.greet(later, FIRST_USE);
  await site.rotate(2);
  for (const keeper of [early, later]) {
    const { certificate, renewedFrom, serverId: id } = await site.greet(keeper);
    assert.equal(certificate.fingerprint, site.caFingerprint);
    assert.ok(renewedFrom);
    assert.equal(id, serverId);
  }
});

Deno.test("SR-50: a newcomer learns the server's id from its statements, and invites of before stay good", async () => {
  await using site = await Site.open();
  const { serverId } = site.server.parts.identity;
  const before = site.caFingerprint;
  await site.rotate(2);
  for (
    const [name, trust] of Object.entries({
      first: FIRST_USE,
      old: expected(before),
      new: expected(site.caFingerprint),
    })
  ) {
    const keeper = await site.profile(name);
    const handshake = await site.greet(keeper, trust);
    assert.equal(handshake.serverId, serverId, name);
    assert.equal(handshake.renewedFrom, undefined);
    assert.deepEqual(site.pin(keeper)?.certificate, handshake.certificate.der);
  }
  const elsewhere = await Authority.create({ nowMs: systemClock.nowMs(), random: systemRandom });
  const stranger = await site.profile("stranger");
  const trust = expected(elsewhere.authority.certificate.fingerprint);
  await assert.rejects(site.greet(stranger, trust), { code: "server-refused" });
  assert.equal(site.pin(stranger), undefined);
});

Deno.test("SR-50: a pin and an expected fingerprint on either side of a rotation are one server", async () => {
  await using site = await Site.open();
  const before = site.caFingerprint;
  const keeper = await site.profile("profile");
  await site.greet(keeper, FIRST_USE);
  await site.rotate();
  await site.greet(keeper, expected(site.caFingerprint));
  await site.greet(keeper, expected(before));
});

Deno.test("SR-41: a known device signs in after a rotation, and its certificate is good still", async () => {
  await using site = await Site.open();
  const made = await makeProfile(site.server.parts, {
    folder: join(site.folder, "alice"),
    name: "alice",
    which: 0,
  });
  await addAccount(site.server.parts, made);
  using keeper = await ProfileKeeper.open(made.folder, surroundings);
  await using client = new Client(await keeper.unlock());
  for (let rotation = 0; rotation < 3; rotation++) {
    await client.connect(await site.greet(keeper, FIRST_USE));
    assert.equal(client.isOnline, true);
    await client.close();
    await site.rotate();
  }
});

Deno.test("SR-50: another server is refused, whatever statements it shows", async () => {
  await using site = await Site.open();
  const keeper = await site.profile("profile");
  await site.greet(keeper, FIRST_USE);
  await site.rotate();
  const second = await site.profile("second");
  await site.greet(second, FIRST_USE);
  const { serverId, succession } = site.server.parts.identity;
  const nowMs = systemClock.nowMs();
  const forger = await Authority.create({ nowMs, random: systemRandom });
  const sign = (message: Bytes) => forger.authority.sign(message);
  const shows: ((certificate: ServerCertificate) => Promise<readonly Bytes[]>)[] = [
    // Nothing but itself.
    (certificate) => Promise.resolve([certificate.der]),
    // That it succeeded the known one, in its name and not by its key.
    async (to) => [...succession, await signAuthorityRotation({ serverId, sign }, to, nowMs)],
    // The statements of the known one, which end with the known CA.
    () => Promise.resolve(succession),
    () => Promise.resolve([succession[0]]),
    // No succession at all.
    () => Promise.resolve([]),
  ];
  for (const parts of shows) {
    const other = await site.impostor(parts);
    const { caFingerprint } = other.parts.identity;
    await refused(site, keeper, caFingerprint);
    await refused(site, second, caFingerprint);
    await other.close();
  }
});

Deno.test("SR-50: a server that goes back to the CA before is refused by whoever knows the new one", async () => {
  await using site = await Site.open();
  const backup = await Promise.all(
    ["ca.pem", "ca.key"].map((name) => Deno.readTextFile(join(site.folder, "one", name))),
  );
  const before = site.caFingerprint;
  await site.rotate();
  const keeper = await site.profile("profile");
  await site.greet(keeper, FIRST_USE);
  await site.restart(async (folder) => {
    await Deno.writeTextFile(join(folder, "ca.pem"), backup[0]);
    await Deno.writeTextFile(join(folder, "ca.key"), backup[1]);
  });
  assert.equal(site.caFingerprint, before);
  await refused(site, keeper, before);
});

Deno.test("SR-50: statements of the known key that give the server another id are refused", async () => {
  await using site = await Site.open();
  await site.rotate();
  const keeper = await site.profile("profile");
  await site.greet(keeper, FIRST_USE);
  const { authority } = await openAuthority(join(site.folder, "one"));
  // The pinned CA as the first one of a server.
  const signer = {
    serverId: authority.certificate.keyFingerprint,
    sign: (message: Bytes) => authority.sign(message),
  };
  const other = await site.impostor(async (to) => [
    authority.certificate.der,
    await signAuthorityRotation(signer, to, systemClock.nowMs()),
  ]);
  await refused(site, keeper, other.parts.identity.caFingerprint);
});

Deno.test("SR-50: a pin from before there were rotations is followed", async () => {
  await using site = await Site.open();
  const keeper = await site.profile("profile");
  const { serverId } = await site.greet(keeper, FIRST_USE);
  keeper.database.command("UPDATE known_server SET server_id = NULL").run();
  await site.rotate();
  assert.equal((await site.greet(keeper)).serverId, serverId);
  assert.equal(site.pin(keeper)?.serverId, serverId);
});
