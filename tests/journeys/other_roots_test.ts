/** Journey J12: a machine that trusts somebody else's authority, as companies that inspect TLS set it up. */

import { equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { Interceptor } from "../kit/interceptor.ts";
import { begin, town } from "./p2p_shells.ts";
import { type Ended, Journey, programCommand, RunningClient } from "./programs.ts";

/** What a company tells people to set, for Deno itself or for the system's store. */
async function environments(folder: string, caPem: string): Promise<Record<string, string>[]> {
  const file = join(folder, "inspection-ca.pem");
  const empty = join(folder, "no-certificates");
  await Deno.writeTextFile(file, caPem);
  await Deno.mkdir(empty);
  return [
    { DENO_CERT: file },
    { DENO_TLS_CA_STORE: "system", SSL_CERT_FILE: file, SSL_CERT_DIR: empty },
    { DENO_TLS_CA_STORE: "mozilla", NODE_EXTRA_CA_CERTS: file },
  ];
}

async function run(args: readonly string[], env: Record<string, string>): Promise<Ended> {
  const stdio = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
  const { code, ...output } = await programCommand("client", args, { env, ...stdio }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(output.stdout), stderr: text.decode(output.stderr) };
}

/** Registers at the real server, or at whoever is before it. */
async function register(journey: Journey, person: string, port: number): Promise<string[]> {
  return [
    ...["register", person, "--server", `127.0.0.1:${port}`, "--no-input"],
    ...["--trust", journey.ready.fingerprint],
    ...["--recovery-file", join(journey.folder, `${person}.recovery`)],
    ...["--password-file", await journey.passwordFile(person)],
  ];
}

Deno.test("SR-49: whoever a machine trusts besides, only the pinned server hears a word, and it can be used", async () => {
  await using journey = await Journey.open();
  await using relay = await Interceptor.open(journey.ready.port);
  const home = { HELIOGRAPH_HOME: join(journey.folder, "alice") };
  const [first, ...others] = await environments(journey.folder, relay.caPem);
  // A first contact is with who showed the certificate.
  relay.intercepts = true;
  const stranger = await register(journey, "alice", relay.port);
  const refused = await run(stranger, { ...home, ...first });
  equal(refused.code, 7, refused.stderr);
  relay.intercepts = false;
  const registered = await run(stranger, { ...home, ...first });
  equal(registered.code, 0, registered.stderr);
  const who = ["who", "--server", `127.0.0.1:${relay.port}`, "--no-input"];
  for (const environment of [first, ...others]) {
    relay.intercepts = false;
    const usable = await run(who, { ...home, ...environment });
    equal(usable.code, 0, usable.stderr);
    relay.intercepts = true;
    const { code, stderr } = await run(who, { ...home, ...environment });
    match(stderr, /does not prove its known certificate .*somebody may be between you and it/);
    equal(code, 7);
  }
  equal(relay.heardBytes, 0, "bytes that the one in the middle heard");
  ok(!relay.handshakes.includes("trusted"));
});

Deno.test("SR-78: without a server, whoever a machine trusts besides hears nothing, by TLS and by QUIC", async () => {
  await using place = await town();
  const open = (person: string, env: Record<string, string>) => {
    const stdio = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    const home = { HELIOGRAPH_HOME: join(place.folder, person), USER: person };
    const command = programCommand("client", ["p2p"], { env: { ...home, ...env }, ...stdio });
    return new RunningClient(command.spawn(), { types: true });
  };
  await using julia = open("julia", {});
  const port = await begin(julia, "julia");
  await using relay = await Interceptor.open(Number(port));
  relay.intercepts = true;
  const [env] = await environments(place.folder, relay.caPem);
  await using oscar = open("oscar", env);
  await oscar.type(`conn 127.0.0.1 ${relay.port}`);
  await oscar.line(
    /the other side shows another certificate|its certificate is not the expected one/,
  );
  equal(relay.heardBytes, 0, "bytes that the one in the middle heard");
  ok(!relay.handshakes.includes("trusted"));
  await oscar.type(`conn 127.0.0.1 ${port}`);
  await oscar.line(/^Now connected to julia/);
});
