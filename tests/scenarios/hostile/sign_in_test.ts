/** A server, or somebody before it, that lets a person sign in by password and is not the one that they know. */

import { deepEqual, equal, rejects } from "node:assert/strict";
import { encodeBase64 } from "../../../lib/base/bytes.ts";
import { TrustError } from "../../../lib/base/errors.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { greetStream } from "../../../lib/client/link/handshake.ts";
import { signInByPassword } from "../../../lib/client/account/sign_in.ts";
import type { Packet } from "../../../lib/protocol/packet.ts";
import type { Hooks } from "../../kit/man_in_the_middle.ts";
import { registered } from "../../kit/raw_account.ts";
import { World } from "../../kit/test_client.ts";

const PASSWORD = "correct horse battery";

/** Somebody who types the right password; `pinned` is the server's OPAQUE key as they know it. */
async function signIn(world: World, pinned: string, middle: Hooks = {}) {
  const handshake = await world.greet({ middle });
  return await signInByPassword(handshake, {
    name: "alice",
    password: PASSWORD,
    own: undefined,
    opaqueKey: pinned,
  });
}

Deno.test("SR-43: a server that proves itself and signs in to another account is not believed", async () => {
  await using world = await World.open();
  await registered(world.server, "alice", { password: PASSWORD });
  const { publicKey } = world.server.keys.passwords;
  const middle: Hooks = {
    down({ header, payload }, pass) {
      const isDone = header.kind === "login.done";
      pass(isDone ? { ...header, account: "mallory" } : header, payload);
    },
  };
  await rejects(signIn(world, publicKey, middle), { name: "TrustError", code: "server-refused" });
});

Deno.test("SR-43: a server that does not prove with the password that it is the one is not signed in to", async () => {
  await using world = await World.open();
  await registered(world.server, "alice", { password: PASSWORD });
  const { publicKey } = world.server.keys.passwords;
  let ofClient = "";
  const claims: Record<string, (mac: string) => string> = {
    "another proof": () => encodeBase64(systemRandom.bytes(32)),
    "the person's own, sent back": () => ofClient,
    "one bit wrong": (mac) => `${mac[0] === "A" ? "B" : "A"}${mac.slice(1)}`,
    "none": () => "",
  };
  for (const [what, claim] of Object.entries(claims)) {
    const middle: Hooks = {
      up({ header, payload }, pass) {
        if (header.kind === "login.finish") ofClient = String(header.mac);
        pass(header, payload);
      },
      down({ header, payload }, pass) {
        const mac = header.kind === "login.done" ? { mac: claim(String(header.mac)) } : {};
        pass({ ...header, ...mac }, payload);
      },
    };
    const refusal = { name: "TrustError", code: "server-refused", message: /did not prove itself/ };
    await rejects(signIn(world, publicKey, middle), refusal, what);
  }
  equal((await signIn(world, publicKey)).account, "alice", "the honest one");
});

Deno.test("SR-43: a server with another password key gets no proof of the password, though it knows the password", async () => {
  await using world = await World.open();
  await using elsewhere = await World.open();
  await registered(elsewhere.server, "alice", { password: PASSWORD });
  const said: Packet["header"]["kind"][] = [];
  const middle: Hooks = {
    up({ header, payload }, pass) {
      said.push(header.kind);
      pass(header, payload);
    },
  };
  await rejects(signIn(elsewhere, world.server.keys.passwords.publicKey, middle), {
    name: "TrustError",
    code: "server-refused",
    message: /password key changed/,
  });
  deepEqual(said, ["hello", "login.start"]);
  const known = await signIn(elsewhere, elsewhere.server.keys.passwords.publicKey);
  equal(known.account, "alice", "the one whose key it is");
});

Deno.test("SR-50: a server whose statements are refused has heard hello and nothing else, and no name in it", async () => {
  await using world = await World.open();
  const heard: Packet["header"][] = [];
  const up: Hooks["up"] = ({ header, payload }, pass) => {
    heard.push(header);
    pass(header, payload);
  };
  const { stream } = world.dial({ middle: { up } });
  const handshake = greetStream(stream, {
    address: { host: "server.test", port: 9797 },
    clock: world.clock,
    random: systemRandom,
    judge: {
      doubt: undefined,
      accept() {
        throw new TrustError("server-changed", "This is another server");
      },
    },
  });
  await rejects(handshake, TrustError);
  deepEqual(heard.map((header) => Object.keys(header).sort()), [
    ["kind", "nonce", "program", "request", "versions"],
  ]);
  equal(heard[0].kind, "hello");
});
