/** docs/protocol/minimal-client.md, walked by a client of its own against the real program. */

import { deepEqual, equal, rejects } from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { derOf, MinimalClient, newDevice, newIdentity } from "../../kit/minimal_client.ts";
import { scratch, ServerProcess } from "./server_process.ts";

Deno.test("a client from the pages registers, signs in, becomes a second device by recovery, and asks", async () => {
  await using place = await scratch();
  const videos = join(place.folder, "videos");
  await Deno.mkdir(videos);
  const options = ["--registration", "open", "--videos", videos];
  const server = await ServerProcess.start(place.folder, options);
  try {
    const { port, fingerprint } = server.ready;
    const ca = await Deno.readTextFile(join(place.folder, "data/ca.pem"));
    const hash = createHash("sha256").update(derOf(ca)).digest("base64").replaceAll("=", "");
    equal(`SHA256:${hash}`, fingerprint);

    const [account, password] = ["alice", "correct horse"];
    const [device, second] = [newDevice(), newDevice()];
    const recoverySecret = crypto.getRandomValues(new Uint8Array(16));
    using first = await MinimalClient.connect(port, ca);
    await rejects(first.ask("video.list"), /not-signed-in/);
    const identity = await newIdentity();
    await first.register(account, password, { identity, device, recoverySecret });
    equal(await first.signIn(account, password, device), true);
    const { header } = await first.ask("keys.account", { account });
    deepEqual([header.account, header.online], [account, true]);

    using stranger = await MinimalClient.connect(port, ca);
    await rejects(stranger.signIn(account, "wrong horse"), /password is wrong/);

    using other = await MinimalClient.connect(port, ca);
    equal(await other.signIn(account, password), false);
    await rejects(other.ask("video.list"), /not-linked/);
    await other.link(account, second, recoverySecret);
    deepEqual((await other.ask("video.list")).header.videos, []);

    using again = await MinimalClient.connect(port, ca);
    await again.signInByDevice(account, second);
    const devices: readonly { device: string }[] = (await again.ask("device.list")).header.devices;
    deepEqual(devices.map((one) => one.device).sort(), [device.id, second.id].sort());
  } finally {
    await server.stop("SIGTERM");
  }
});

Deno.test("the client from the pages shares no code with the programs", async () => {
  for (const file of ["kit/minimal_client.ts", "vectors/opaque_client.ts", "vectors/sign_in.ts"]) {
    const source = await Deno.readTextFile(new URL(`../../${file}`, import.meta.url));
    equal(/from "[^"]*\/lib\//.test(source), false, file);
  }
});
