import assert from "node:assert/strict";
import { join } from "node:path";
import { readMetricsToken, readOwnCertificate } from "../../../lib/server/health/credentials.ts";
import { testAuthority } from "../../kit/certificates.ts";

const ignore = Deno.build.os === "windows";

async function scratch() {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "credentials-" });
  return {
    async file(name: string, text: string, mode = 0o600) {
      const path = join(folder, name);
      await Deno.writeTextFile(path, text);
      await Deno.chmod(path, mode);
      return path;
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test({
  name: "SR-59: a token is read from a file that only its owner and group read, and is long enough",
  ignore,
  async fn() {
    await using place = await scratch();
    const token = "a".repeat(32);
    for (const mode of [0o400, 0o600, 0o640, 0o440]) {
      assert.equal(await readMetricsToken(await place.file("token", `${token}\n`, mode)), token);
      await Deno.remove(await place.file("token", "", 0o600));
    }
    for (const mode of [0o644, 0o604, 0o660, 0o620]) {
      const path = await place.file("open", token, mode);
      await assert.rejects(readMetricsToken(path), {
        code: "file-open-to-others",
        message: /run: chmod 640 /,
      });
    }
    for (
      const wrong of ["", "a".repeat(31), `${token} ${token}`, `${token}\n${token}`, "é".repeat(40)]
    ) {
      const path = await place.file("wrong", wrong);
      await assert.rejects(readMetricsToken(path), { name: "UsageError", code: "bad-token" });
    }
    await assert.rejects(readMetricsToken("tests/tmp/no-such-token"), { name: "StorageError" });
  },
});

Deno.test({
  name: "an own certificate is read with its key, and refused with another one or open to others",
  ignore,
  async fn() {
    await using place = await scratch();
    const authority = await testAuthority();
    const [own, other] = [await authority.issue("a.example"), await authority.issue("b.example")];
    const cert = await place.file("cert.pem", own.certificateChainPem, 0o644);
    const key = await place.file("key.pem", own.privateKeyPem, 0o640);
    const { certificateChainPem } = await readOwnCertificate({ cert, key });
    assert.equal(certificateChainPem, own.certificateChainPem);
    const open = await place.file("open.pem", own.privateKeyPem, 0o644);
    await assert.rejects(readOwnCertificate({ cert, key: open }), { code: "file-open-to-others" });
    const wrong = await place.file("wrong.pem", other.privateKeyPem);
    for (
      const files of [
        { cert, key: wrong },
        { cert: key, key },
        { cert: `${cert}.absent`, key },
        { cert, key: await place.file("empty", "") },
        { cert: await place.file("cut", own.certificateChainPem.slice(0, 200)), key },
      ]
    ) {
      await assert.rejects(readOwnCertificate(files), {
        name: "UsageError",
        code: "bad-certificate",
      });
    }
  },
});
