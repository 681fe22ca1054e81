import assert from "node:assert/strict";
import { encodeBase64, encodeHex, utf8 } from "../../../lib/base/bytes.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { hashToken, newToken } from "../../../lib/crypto/keys/token.ts";
import { startLogging, stopLogging } from "../../../lib/server/config/logging.ts";
import { findIn, findInFolder } from "../../kit/canary.ts";
import { guess, makeAccount, register, signInAs } from "../../kit/raw_account.ts";
import { TestServer } from "../../kit/test_server.ts";

const PASSWORD = "canary-password-wise@!man";
const TEXT = "canary-text-obiwan";
const FILE_NAME = "canary-file-name.pdf";

Deno.test("SR-55: the search finds a canary in every form", () => {
  const bytes = utf8(TEXT);
  const cases: Record<string, Uint8Array> = {
    raw: utf8(`xx${TEXT}yy`),
    hex: utf8(encodeHex(bytes)),
    "UTF-16LE": Uint8Array.from([...bytes].flatMap((byte) => [byte, 0])),
    "base64 at 0": utf8(encodeBase64(bytes)),
    "base64 at 1": utf8(encodeBase64(utf8(`x${TEXT}z`))),
    "base64 at 2": utf8(encodeBase64(utf8(`xy${TEXT}z`))),
  };
  for (const [form, found] of Object.entries(cases)) {
    assert.ok(findIn("here", found, TEXT).some((leak) => leak.form === form), form);
  }
  assert.deepEqual(findIn("here", utf8("nothing"), TEXT), []);
});

Deno.test("SR-55: neither password nor token nor mistyped secrets are in the server's database, files or log", async () => {
  const lines: string[] = [];
  startLogging({ format: "text", level: "debug", write: (line) => lines.push(line) });
  try {
    await using server = await TestServer.open({ registration: "invite" });
    const token = newToken(systemRandom);
    const hash = await hashToken(token);
    const expiresMs = server.clock.nowMs() + 1000;
    await server.parts.store.addToken({ hash, uses: 2, expiresMs });
    const account = await makeAccount(server, "alice");
    const client = await server.handshake();
    await register(server, client, { account, password: PASSWORD, token });
    const { finish } = await guess(client, "alice", PASSWORD);
    await client.get("login.finish", finish);

    const mistyped = await server.handshake();
    await guess(mistyped, PASSWORD.replace("@", ""), "x").catch(() => {});
    await mistyped.ask("login.start", { account: PASSWORD, opaque: "A".repeat(128) });
    await mistyped.ask("login.register-start", { name: TEXT, opaque: PASSWORD });
    await mistyped.ask(TEXT, { [FILE_NAME]: TEXT });
    await mistyped.ask("hello", { program: TEXT, [TEXT]: TEXT });
    mistyped.send({ kind: TEXT, [FILE_NAME]: PASSWORD });
    await mistyped.ended;
    const noise = server.connect();
    noise.write(utf8(`\u0000\u0000\u0000\u0040${TEXT}${PASSWORD}`));
    await noise.ended;

    const device = await server.handshake();
    await signInAs(device, account);
    assert.equal(
      await device.refused("video.open", { video: FILE_NAME, mode: "thirds", speed: 1 }),
      "unknown-video",
    );
    await device.close();

    const log = utf8(lines.join("\n"));
    assert.ok(lines.length > 5);
    for (const secret of [PASSWORD, TEXT, FILE_NAME, token]) {
      assert.deepEqual(findInFolder(server.folder, secret), []);
      assert.deepEqual(findIn("log", log, secret), []);
    }
    assert.ok(
      findInFolder(server.folder, hash).length > 0,
      "the search does look into the database",
    );
  } finally {
    stopLogging();
  }
});

const PERSON = "203.0.113.77";
const STRANGER = "198.51.100.201";
const GUESSER = "2001:db8:77:88::99";
/** An address, its network, and what is left of either when it is cut or written otherwise. */
const ADDRESS_PARTS = ["203.0.113", "198.51.100", "2001:db8:77:88", "2001:0db8"];

/** Somebody who signs in, a stranger who breaks the rules, and one who is locked out. Returns the log. */
async function visited(
  server: TestServer,
  options: Omit<Parameters<typeof startLogging>[0], "format" | "write">,
): Promise<string> {
  const lines: string[] = [];
  startLogging({ ...options, format: "text", write: (line) => lines.push(line) });
  try {
    const account = await makeAccount(server, "alice");
    const client = await server.handshake(PERSON);
    await register(server, client, { account, password: PASSWORD });
    const { finish } = await guess(client, "alice", PASSWORD);
    await client.get("login.finish", finish);
    await client.get("device.link-ask", {}, utf8("sealed request"));
    const device = await server.handshake(PERSON);
    await signInAs(device, account);
    const guesser = await server.handshake(GUESSER);
    for (let tries = 0; tries < 5; tries++) {
      await guess(guesser, "alice", "wrong").catch(() => {});
      await guess(guesser, "nobody", "wrong").catch(() => {});
    }
    const noise = server.connect(STRANGER);
    noise.write(utf8("GET / HTTP/1.1\r\n\r\n"));
    await noise.ended;
    await Promise.all([client, device, guesser].map((some) => some.close()));
    await server.idle();
  } finally {
    stopLogging();
  }
  return lines.join("\n");
}

for (const level of ["info", "debug"] as const) {
  Deno.test(`SR-56: no address of anybody is in the log at ${level}, nor in the database`, async () => {
    await using server = await TestServer.open();
    const log = await visited(server, { level });
    for (const event of ["auth.ok", "auth.fail", "auth.locked"]) assert.ok(log.includes(event));
    // Whoever comes as often as they like, and does not sign in, is not where everybody reads.
    for (const event of ["conn.open", "protocol error"]) {
      assert.equal(log.includes(event), level === "debug", event);
    }
    for (const part of ADDRESS_PARTS) {
      assert.deepEqual(findIn("log", utf8(log), part), []);
      assert.deepEqual(findInFolder(server.folder, part), []);
    }
  });
}

Deno.test("SR-56: an operator who wants addresses has them in the log, and never in the database", async () => {
  await using server = await TestServer.open();
  const log = await visited(server, { level: "info", addresses: true });
  assert.match(log, /auth\.ok .* account="alice" .*address="203\.0\.113\.77"/);
  for (const event of ["auth.fail", "auth.locked"]) {
    assert.match(log, new RegExp(`${event} .*source="2001:db8:77:88::/64"`));
  }
  for (const part of ADDRESS_PARTS) assert.deepEqual(findInFolder(server.folder, part), []);
});
