/** Which server a profile talks to: real TLS on loopback (SR-49, SR-50). */

import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { TrustError } from "../../../lib/base/errors.ts";
import { Client } from "../../../lib/client/client.ts";
import { performHandshake } from "../../../lib/client/link/handshake.ts";
import { ProfileKeeper } from "../../../lib/client/profile/keeper.ts";
import { KnownServers } from "../../../lib/client/link/known_servers.ts";
import { dialTrusted, type Trust } from "../../../lib/client/link/server_trust.ts";
import { Authority } from "../../../lib/crypto/certificates/authority.ts";
import { formatCertificateFingerprint } from "../../../lib/base/ids.ts";
import type { HostPort } from "../../../lib/net/addresses/address.ts";
import type { Server } from "../../../lib/server/server.ts";
import { addAccount, makeProfile } from "../../kit/profiles.ts";
import { openServer, Relay } from "./server_site.ts";

const surroundings = { clock: systemClock, random: systemRandom };

const DAY_MS = 86_400_000;

/** Two servers with their own CAs, a profile, and a relay in front that counts what passes. */
class Site implements AsyncDisposable {
  readonly folder: string;
  readonly owned: AsyncDisposableStack;
  readonly keeper: ProfileKeeper;
  readonly servers: readonly Server[];

  private constructor(
    folder: string,
    owned: AsyncDisposableStack,
    opened: { keeper: ProfileKeeper; servers: readonly Server[] },
  ) {
    this.folder = folder;
    this.owned = owned;
    this.keeper = opened.keeper;
    this.servers = opened.servers;
  }

  static async open(): Promise<Site> {
    const owned = new AsyncDisposableStack();
    await Deno.mkdir("tests/tmp", { recursive: true });
    const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "pins-" });
    owned.defer(() => Deno.remove(folder, { recursive: true }));
    const servers: Server[] = [];
    for (const name of ["one", "two"]) servers.push(owned.use(await openServer(folder, name)));
    const keeper = owned.use(await ProfileKeeper.open(join(folder, "profile"), surroundings));
    return new Site(folder, owned, { keeper, servers });
  }

  get known(): KnownServers {
    return new KnownServers(this.keeper.database, systemClock);
  }

  fingerprint(which: number): string {
    return formatCertificateFingerprint(this.servers[which].parts.identity.caFingerprint);
  }

  async greet(port: number, trust: Trust) {
    const address = { host: "127.0.0.1", port };
    const options = { ...surroundings, known: this.known, trust, tls: "auto" } as const;
    const handshake = await performHandshake(address, options);
    await handshake.link.close();
    return handshake;
  }

  pinned(port: number): boolean {
    return this.known.find({ host: "127.0.0.1", port }) !== undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.owned.disposeAsync();
  }
}

/** A server that only shakes hands, by certificates of `authority` that were made when its clock was off. */
async function serveHandshakes(owned: AsyncDisposableStack, authority: Authority, offMs: number) {
  const { chain, privateKey } = await authority.issueLeaf({
    nowMs: Date.now() + offMs,
    random: systemRandom,
  });
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: chain, key: privateKey });
  const serving = (async () => {
    for await (const stream of listener) {
      await stream.handshake().catch(() => {});
      stream.close();
    }
  })();
  owned.defer(async () => {
    listener.close();
    await serving;
  });
  return { host: "127.0.0.1", port: listener.addr.port };
}

/** TLS record type of a handshake message, and the handshake type of a ClientHello (RFC 5246 §6.2.1, §7.4). */
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;

Deno.test("SR-49: a server that nobody vouches for gets the probe and nothing else", async () => {
  await using site = await Site.open();
  await using relay = new Relay([site.servers[0].address.port]);
  await assert.rejects(site.greet(relay.port, { kind: "none" }), (error) => {
    assert(error instanceof Error && "code" in error && "details" in error);
    assert.equal(error.code, "server-unknown");
    assert.deepEqual(error.details, { fingerprint: site.fingerprint(0) });
    return true;
  });
  assert.equal(relay.sent.length, 1);
  const [bytes] = relay.sent;
  assert.deepEqual([bytes[0], bytes[5]], [HANDSHAKE, CLIENT_HELLO]);
  assert.equal(bytes.length, 5 + (bytes[3] << 8 | bytes[4]), "one record");
  assert.equal(site.pinned(relay.port), false);
});

Deno.test("SR-49: a person is asked by the fingerprint, and a no pins nothing", async () => {
  await using site = await Site.open();
  const { port } = site.servers[0].address;
  const asked: string[] = [];
  const ask = (yes: boolean): Trust => ({
    kind: "ask",
    confirm(fingerprint) {
      asked.push(fingerprint);
      return Promise.resolve(yes);
    },
  });
  await assert.rejects(site.greet(port, ask(false)), { code: "server-unknown" });
  assert.equal(site.pinned(port), false);
  await site.greet(port, ask(true));
  assert.equal(site.pinned(port), true);
  await site.greet(port, ask(false));
  assert.deepEqual(asked, [site.fingerprint(0), site.fingerprint(0)]);
});

Deno.test("SR-49: a pinned server is the same one at another address, and only with the same CA", async () => {
  await using site = await Site.open();
  const [one, two] = site.servers;
  await site.greet(one.address.port, { kind: "first-use" });
  await using moved = new Relay([one.address.port, one.address.port]);
  await site.greet(moved.port, { kind: "none" });
  assert.equal(site.pinned(moved.port), true);
  // The probe shows the pinned CA, and who then answers does not have its key.
  await using thief = new Relay([one.address.port, two.address.port]);
  await assert.rejects(site.greet(thief.port, { kind: "none" }), { name: "TrustError" });
  assert.equal(site.pinned(thief.port), false);
  await assert.rejects(site.greet(two.address.port, { kind: "none" }), { code: "server-unknown" });
});

Deno.test("SR-49: only the expected server is taken, at first contact and later", async () => {
  await using site = await Site.open();
  const [one, two] = site.servers;
  const expected = (which: number): Trust => ({
    kind: "expected",
    fingerprint: site.servers[which].parts.identity.caFingerprint,
  });
  await assert.rejects(site.greet(one.address.port, expected(1)), { code: "server-refused" });
  assert.equal(site.pinned(one.address.port), false);
  await site.greet(one.address.port, expected(0));
  await assert.rejects(site.greet(one.address.port, expected(1)), { code: "server-refused" });
  await site.greet(two.address.port, expected(1));
});

Deno.test("SR-49: a CA is pinned only when the handshake with it succeeded", async () => {
  await using site = await Site.open();
  // The probe reaches one server, the handshake another.
  await using relay = new Relay(site.servers.map(({ address }) => address.port));
  await assert.rejects(site.greet(relay.port, { kind: "first-use" }), { name: "TrustError" });
  assert.equal(relay.sent.length, 2);
  assert.equal(site.pinned(relay.port), false);
});

Deno.test("SR-50: a changed CA is refused with both fingerprints, and the pin stays", async () => {
  await using site = await Site.open();
  const [one, two] = site.servers;
  await using relay = new Relay([one.address.port, one.address.port, two.address.port]);
  await site.greet(relay.port, { kind: "first-use" });
  const before = site.known.find({ host: "127.0.0.1", port: relay.port });
  for (const trust of [{ kind: "first-use" }, { kind: "none" }] as const) {
    await assert.rejects(site.greet(relay.port, trust), (error) => {
      assert(error instanceof Error && "code" in error && "details" in error);
      assert.equal(error.code, "server-changed");
      assert.deepEqual(error.details, {
        pinned: site.fingerprint(0),
        found: site.fingerprint(1),
      });
      return true;
    });
  }
  assert.deepEqual(site.known.find({ host: "127.0.0.1", port: relay.port }), before);
  // A person who asked the operator.
  site.known.forget({ host: "127.0.0.1", port: relay.port });
  await site.greet(relay.port, { kind: "first-use" });
});

Deno.test("SR-50: a server whose place somebody took is refused, though its certificate is shown", async () => {
  await using site = await Site.open();
  const [one, two] = site.servers;
  const ports = [one, one, two, one].map(({ address }) => address.port);
  await using relay = new Relay(ports);
  await site.greet(relay.port, { kind: "first-use" });
  await assert.rejects(site.greet(relay.port, { kind: "none" }), {
    name: "TrustError",
    code: "server-refused",
  });
});

Deno.test("SR-49: a clock that is off by days is called that, at first contact and later; another CA is not", async () => {
  await using site = await Site.open();
  const { owned, known } = site;
  const facts = { nowMs: Date.now(), random: systemRandom };
  const [own, thief] = [await Authority.create(facts), await Authority.create(facts)]
    .map(({ authority }) => authority);
  const dial = (address: HostPort, kind: "first-use" | "none") =>
    dialTrusted(address, { known, trust: { kind }, clock: systemClock });
  // Leaves begin a day before they are made, and end after 397.
  for (const offDays of [3, -400]) {
    const address = await serveHandshakes(owned, own, offDays * DAY_MS);
    for (const kind of ["first-use", "none"] as const) {
      await assert.rejects(dial(address, kind), (error) => {
        assert(error instanceof TrustError);
        assert.equal(error.code, "wrong-clock");
        assert.match(
          error.message,
          /^This machine's clock says \d{4}-\d\d-\d\d \d\d:\d\d UTC, but /,
        );
        return true;
      });
      known.pin(address, own.succession);
    }
    const stolen = await serveHandshakes(owned, thief, offDays * DAY_MS);
    known.pin(stolen, own.succession);
    await assert.rejects(dial(stolen, "none"), { code: "server-changed" });
  }
  const present = await serveHandshakes(owned, own, 0);
  (await dial(present, "none")).stream.close();
});

Deno.test("SR-50: forgetting a server keeps the pins of people, and another server is not signed in to", async () => {
  await using site = await Site.open();
  const [one, two] = site.servers;
  const folders = ["alice", "bob"].map((name) => join(site.folder, name));
  for (const [which, name] of ["alice", "bob"].entries()) {
    const facts = { folder: folders[which], name, which };
    await addAccount(one.parts, await makeProfile(one.parts, facts));
  }
  using keeper = await ProfileKeeper.open(folders[0], surroundings);
  await using client = new Client(await keeper.unlock());
  const known = new KnownServers(keeper.database, systemClock);
  const options = { ...surroundings, known, trust: { kind: "first-use" }, tls: "auto" } as const;
  await client.connect(await performHandshake(one.address, options));
  const bob = await client.findContact("bob");
  await client.close();
  known.forget(one.address);
  assert.deepEqual(await client.messenger.contacts.find(bob.account), bob);
  await assert.rejects(client.connect(await performHandshake(two.address, options)), {
    name: "TrustError",
    code: "server-changed",
  });
  assert.equal(client.isOnline, false);
});

Deno.test("SR-49: without TLS only this machine is talked to", async () => {
  await using site = await Site.open();
  // TEST-NET-1 (RFC 5737) would never answer; a name of this machine that is not loopback is refused before a byte.
  const own = Deno.networkInterfaces().find(({ family, address }) =>
    family === "IPv4" && !address.startsWith("127.")
  );
  if (own === undefined) return;
  using listener = Deno.listen({ hostname: own.address, port: 0 });
  const accepting = listener.accept();
  await assert.rejects(
    performHandshake({ host: own.address, port: listener.addr.port }, {
      ...surroundings,
      known: site.known,
      trust: { kind: "first-use" },
      tls: "off",
    }),
    { name: "TrustError", code: "plain-not-loopback" },
  );
  const accepted = await accepting;
  assert.equal(await accepted.read(new Uint8Array(1)), null);
  accepted.close();
});
