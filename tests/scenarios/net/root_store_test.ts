/** Roots that Deno has loaded before a program begins. */

import { equal, match } from "node:assert/strict";
import { join } from "node:path";
import { CLIENT_FLAGS } from "../../../lib/commands/program_flags.ts";
import { testAuthority } from "../../kit/certificates.ts";
import { PROJECT_ROOT } from "../../tools/layers.ts";

const CHILD = join(PROJECT_ROOT, "tests/scenarios/net/root_store_child.ts");

Deno.test("SR-49: a program that comes too late for its roots starts itself again without them", async () => {
  const folder = await Deno.makeTempDir();
  const [pinned, other] = await Promise.all([testAuthority(), testAuthority()]);
  const [pin, cert] = [join(folder, "pin.pem"), join(folder, "other.pem")];
  await Deno.writeTextFile(pin, pinned.caPem);
  await Deno.writeTextFile(cert, other.caPem);
  try {
    for (const [authority, says] of [[other, /Cannot trust /], [pinned, /^connected$/]] as const) {
      const { certificateChainPem, privateKeyPem: key } = await authority.issue();
      using listener = Deno.listenTls({
        hostname: "127.0.0.1",
        port: 0,
        cert: certificateChainPem,
        key,
      });
      const accepting = listener.accept().then(async (stream) => {
        await stream.handshake().catch(() => {});
        stream.close();
      });
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-check", ...CLIENT_FLAGS, CHILD, `${listener.addr.port}`, pin],
        env: { DENO_CERT: cert },
      }).output();
      const text = new TextDecoder();
      match(text.decode(stdout).trim(), says, text.decode(stderr));
      equal(code, 9, "the exit code of the one that was started again");
      await accepting;
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
