import { equal, notEqual, rejects } from "node:assert/strict";
import { client } from "@serenity-kit/opaque";
import type { AccountId } from "../../../../lib/base/ids.ts";
import {
  finishLogin,
  finishRegistration,
  PasswordServer,
  type Registered,
  startLogin,
  startRegistration,
} from "../../../../lib/crypto/keys/password.ts";

// Ids of the tests; the parser has its own.
const ALICE = "alice" as AccountId;
const NOBODY = "nobody" as AccountId;
const server = await PasswordServer.create();
const alice = await register(ALICE, "correct horse");

async function register(account: AccountId, password: string): Promise<Registered> {
  const { request, state } = await startRegistration(password);
  const response = server.registrationResponse(account, request) ?? "";
  const registered = await finishRegistration(state, password, response);
  if (registered === undefined) throw new Error("not registered");
  return registered;
}

async function begin(account: AccountId, password: string, record: string | undefined) {
  const started = await startLogin(password);
  const answered = server.startLogin({ account, record, request: started.request });
  if (answered === undefined) throw new Error("no answer");
  return { ...answered, client: started.state, request: started.request };
}

async function login(account: AccountId, password: string, record: string | undefined) {
  const begun = await begin(account, password, record);
  return { ...begun, proven: await finishLogin(begun.client, password, begun.response) };
}

Deno.test("password that is right gives both sides the same session key", async () => {
  const { state, proven } = await login(ALICE, "correct horse", alice.record);
  equal(proven !== undefined && server.finishLogin(state, proven.proof), proven?.sessionKey);
  const again = await login(ALICE, "correct horse", alice.record);
  notEqual(again.proven?.sessionKey, proven?.sessionKey);
});

Deno.test("password is the same however its letters are composed", async () => {
  const { record } = await register(ALICE, "caf\u00e9");
  notEqual((await login(ALICE, "cafe\u0301", record)).proven, undefined);
});

Deno.test("SR-42: wrong password and unknown account get answers of equal length and the same refusal", async () => {
  const wrong = await login(ALICE, "wrong", alice.record);
  const unknown = await login(NOBODY, "wrong", undefined);
  equal(wrong.response.length, 427);
  equal(unknown.response.length, 427);
  equal(wrong.proven, undefined);
  equal(unknown.proven, undefined);
});

Deno.test("SR-42: the evaluated element of an unknown account stays when it becomes known", async () => {
  const { request } = await startLogin("x");
  const element = (record: string | undefined) =>
    server.startLogin({ account: ALICE, record, request })?.response.slice(0, 42);
  equal(element(undefined), element(undefined));
  equal(element(undefined), element(alice.record));
  notEqual(
    server.startLogin({ account: NOBODY, record: undefined, request })?.response.slice(0, 42),
    element(undefined),
  );
});

Deno.test("SR-42: account whose stored record is damaged answers like an unknown one", async () => {
  const { response, proven } = await login(ALICE, "correct horse", "A".repeat(256));
  equal(response.length, 427);
  equal(proven, undefined);
});

Deno.test("password record of one account is of no use for another", async () => {
  equal((await login(NOBODY, "correct horse", alice.record)).proven, undefined);
});

Deno.test("SR-39: login state finishes once, whether the proof was right or wrong", async () => {
  const { state, proven } = await login(ALICE, "correct horse", alice.record);
  const proof = proven?.proof ?? "";
  notEqual(server.finishLogin(state, proof), undefined);
  equal(server.finishLogin(state, proof), undefined);
  const second = await login(ALICE, "correct horse", alice.record);
  equal(server.finishLogin(second.state, "A".repeat(86)), undefined);
  equal(server.finishLogin(second.state, second.proven?.proof ?? ""), undefined);
});

Deno.test("SR-39: proof of one login does not finish another", async () => {
  const first = await login(ALICE, "correct horse", alice.record);
  const second = await begin(ALICE, "correct horse", alice.record);
  equal(server.finishLogin(second.state, first.proven?.proof ?? ""), undefined);
});

Deno.test("SR-43: client learns the server's static public key at registration and at login", async () => {
  equal(alice.serverPublicKey, server.publicKey);
  equal(
    (await login(ALICE, "correct horse", alice.record)).proven?.serverPublicKey,
    server.publicKey,
  );
  notEqual((await PasswordServer.create()).publicKey, server.publicKey);
});

Deno.test("password server opens from its setup and refuses a damaged one", async () => {
  const same = await PasswordServer.open(server.setup);
  equal(same.publicKey, server.publicKey);
  for (const setup of ["", "A", server.setup.slice(4), "!".repeat(171)]) {
    await rejects(PasswordServer.open(setup), { name: "CryptoError", code: "bad-server-setup" });
  }
});

Deno.test("password messages that are none are refused on both sides without an error", async () => {
  const registration = await startRegistration("x");
  const begun = await begin(ALICE, "x", alice.record);
  const noise = (length: number) => [
    "",
    "A".repeat(length),
    "_".repeat(length),
    "!".repeat(length),
    "\ud800".repeat(length),
    "A".repeat(length - 1),
    "A".repeat(100_000),
  ];
  for (const request of noise(43)) equal(server.registrationResponse(ALICE, request), undefined);
  for (const request of noise(128)) {
    equal(server.startLogin({ account: ALICE, record: alice.record, request }), undefined);
  }
  for (const response of noise(86)) {
    equal(await finishRegistration(registration.state, "x", response), undefined);
  }
  for (const response of noise(427)) {
    equal(await finishLogin(begun.client, "x", response), undefined);
  }
});

Deno.test("password state of a registration is not taken for a login, nor the other way", async () => {
  const registration = await startRegistration("x");
  const begun = await begin(ALICE, "x", alice.record);
  equal(await finishLogin(registration.state, "x", begun.response), undefined);
  const response = server.registrationResponse(ALICE, registration.request) ?? "";
  equal(await finishRegistration(begun.client, "x", response), undefined);
});

Deno.test("a guess costs Argon2id with 64 MiB, three times over, in four lanes", async () => {
  const { request, state } = await startLogin("correct horse");
  const answered = server.startLogin({ account: ALICE, record: alice.record, request });
  const login = (memory: number) =>
    client.finishLogin({
      clientLoginState: state.value,
      loginResponse: answered?.response ?? "",
      password: "correct horse",
      keyStretching: { "argon2id-custom": { iterations: 3, memory, parallelism: 4 } },
    });
  notEqual(login(65_536), undefined);
  equal(login(65_535), undefined);
});
