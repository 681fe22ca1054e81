import assert from "node:assert/strict";
import { encodeBase64, encodeHex, utf8 } from "../../../lib/base/bytes.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { hashToken, newToken } from "../../../lib/crypto/token.ts";
import { startLogging, stopLogging } from "../../../lib/server/logging.ts";
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
    const client = await server.greeted();
    await register(server, client, { account, password: PASSWORD, token });
    const { finish } = await guess(client, "alice", PASSWORD);
    await client.get("login.finish", finish);

    const mistyped = await server.greeted();
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

    const device = await server.greeted();
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
