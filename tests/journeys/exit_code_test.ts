import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Journey, jsonLines, programCommand } from "./programs.ts";

const isWindows = Deno.build.os === "windows";

/** Some other server's. */
const FOREIGN_FINGERPRINT = `SHA256:${"A".repeat(43)}`;

async function journeyWithAlice(serve: readonly string[] = []): Promise<Journey> {
  return await Journey.open({ serve, people: ["alice"] });
}

/** Runs the client and checks how it ends and what it says. */
async function expectEnd(
  journey: Journey,
  call: readonly [person: string, ...args: string[]],
  expected: { code: number; says: RegExp },
): Promise<void> {
  const [person, ...args] = call;
  const { code, stderr } = await journey.run(person, args);
  equal(code, expected.code, `${args.join(" ")}: ${stderr}`);
  match(stderr, expected.says);
}

Deno.test("a wrong password ends with 3 and counts the tries down, then the account is locked with 6", async () => {
  // The first lock of an account is as long as one may set.
  await using journey = await journeyWithAlice(["--lock-seconds", "900"]);
  const wrong = await journey.passwordFile("thief", "not the password");
  const right = await journey.passwordFile("alice");
  // A home of its own, so that the device is not known yet.
  const trusting = ["--trust", journey.ready.fingerprint];
  const tryWith = (file: string): readonly [string, ...string[]] => {
    return ["thief", "login", "alice", "--password-file", file, ...trusting];
  };
  const says = /^Invalid Password\. Please try again \(2 tries left\)\n/;
  await expectEnd(journey, tryWith(wrong), { code: 3, says });
  await expectEnd(journey, tryWith(wrong), { code: 3, says: /\(1 try left\)/ });
  const blocked =
    /^Invalid Password\. Your account has been blocked\. Please try again later in \d+ s\n$/;
  await expectEnd(journey, tryWith(wrong), { code: 3, says: blocked });
  const locked = /^Your account is blocked due to multiple login failures\. .* in \d+ s\n$/;
  await expectEnd(journey, tryWith(wrong), { code: 6, says: locked });
  await expectEnd(journey, tryWith(right), { code: 6, says: locked });
  // J2: the lock is that account's alone.
  const other = ["thief", "login", "bob", "--password-file", wrong, ...trusting] as const;
  await expectEnd(journey, other, { code: 3, says });
  // The owner's own device is not locked out by a stranger.
  equal((await journey.run("alice", ["who"])).code, 0);
});

Deno.test("a wrong password is refused by the profile's own server, signed in or not", async () => {
  await using journey = await journeyWithAlice();
  const right = await journey.passwordFile("alice");
  // Her server is at another port than before: it is the same one by its certificate, and from now on found there.
  const moved = await journey.run("alice", ["login", "alice", "--password-file", right]);
  equal(moved.code, 0, moved.stderr);
  const wrong = await journey.passwordFile("thief", "not the password");
  const login = ["login", "alice", "--password-file", wrong];
  const refused = async (left: string) => {
    // Nobody says where the server is.
    const { code, stderr } = await journey.run("alice", login, { server: false });
    equal(code, 3, stderr);
    match(stderr, new RegExp(`^Invalid Password\\. Please try again \\(${left} left\\)\\n`));
    match(stderr, /New here\? heliograph register NAME\n$/);
  };
  await refused("2 tries");
  equal((await journey.run("alice", ["logout"])).code, 0);
  await refused("1 try");
});

Deno.test("a wrong present password changes nothing and ends with 3, without advice to register", async () => {
  await using journey = await journeyWithAlice();
  const wrong = await journey.passwordFile("thief", "not the password");
  const right = await journey.passwordFile("alice");
  const next = await journey.passwordFile("next", "another password");
  const change = (file: string) => ["passwd", "--password-file", file, "--new-password-file", next];
  const says = /^Invalid Password\. Please try again \(2 tries left\)\n$/;
  await expectEnd(journey, ["alice", ...change(wrong)], { code: 3, says });
  await expectEnd(journey, ["alice", ...change(right)], { code: 0, says: /^$/ });
  await expectEnd(journey, ["alice", ...change(right)], { code: 3, says: /^Invalid Password/ });
});

Deno.test("an error in JSON has the exit code, a stable name and the facts", async () => {
  await using journey = await journeyWithAlice();
  const wrong = await journey.passwordFile("thief", "not the password");
  const { code, stdout } = await journey.run("thief", [
    ...["login", "alice", "--password-file", wrong, "--trust", journey.ready.fingerprint],
    "--json",
  ]);
  equal(code, 3);
  const [error] = jsonLines(stdout).filter(({ type }) => type === "error");
  deepEqual(
    { v: error.v, code: error.code, name: error.name, attemptsLeft: error.attemptsLeft },
    { v: 1, code: 3, name: "wrong-credentials", attemptsLeft: 2 },
  );
});

Deno.test("a server that is not the expected one, or not known, ends with 7 and gets no password", async () => {
  await using journey = await Journey.open();
  const password = await journey.passwordFile("bob");
  const register = ["register", "bob", "--password-file", password];
  const foreign = [...register, "--trust", FOREIGN_FINGERPRINT];
  await expectEnd(journey, ["bob", ...foreign], { code: 7, says: /not the expected server/ });
  const unknown = await journey.run("bob", register);
  equal(unknown.code, 7);
  ok(unknown.stderr.includes(journey.ready.fingerprint), unknown.stderr);
  // Nobody was registered by these.
  const registered = await journey.register("bob");
  equal(registered.code, 0, registered.stderr);
});

Deno.test("exit codes say what is wrong", async () => {
  await using journey = await journeyWithAlice();
  const { fingerprint } = journey.ready;
  const password = await journey.passwordFile("bob");
  const register = ["--password-file", password, "--trust", fingerprint];
  await expectEnd(journey, ["alice", "frobnicate"], { code: 2, says: /No command 'frobnicate'/ });
  await expectEnd(journey, ["alice", "watch"], { code: 2, says: /NAME/ });
  await expectEnd(journey, ["alice", "send", "bob", ""], { code: 2, says: /the text is empty/ });
  await expectEnd(journey, ["bob", "register", "a:b", ...register], { code: 2, says: /./ });
  await expectEnd(journey, ["bob", "whoami"], { code: 3, says: /not signed in/ });
  await expectEnd(journey, ["bob", "send", "alice", "hi"], { code: 3, says: /not signed in/ });
  await expectEnd(journey, ["alice", "send", "nobody", "hi"], {
    code: 4,
    says: /No account "nobody" on this server/,
  });
  // No terminal is there either: what is missing first of all is the video.
  await expectEnd(journey, ["alice", "watch", "nothing"], {
    code: 4,
    says: /No video "nothing" on this server/,
  });
  for (const nobody of ["nobody", "zed"]) {
    const calls: [string, RegExp][] = [
      [`inbox ${nobody}`, new RegExp(`^No conversation with "${nobody}"$`, "m")],
      [`receive --from ${nobody}`, new RegExp(`No account "${nobody}" on this server`)],
      [`receive --follow --from ${nobody}`, new RegExp(`No account "${nobody}" on this server`)],
      [`verify ${nobody}`, new RegExp(`No account "${nobody}" on this server`)],
    ];
    for (const [call, says] of calls) {
      await expectEnd(journey, ["alice", ...call.split(" ")], { code: 4, says });
    }
  }
  await expectEnd(journey, ["bob", "register", "Alice", ...register], { code: 6, says: /taken/ });
  await journey.stop();
  await expectEnd(journey, ["alice", "send", "alice", "hi"], { code: 5, says: /nothing listens/ });
});

Deno.test("a server that takes nobody refuses a registration with 6", async () => {
  await using journey = await Journey.open({ serve: ["--registration", "closed"] });
  const refused = await journey.register("alice");
  equal(refused.code, 6, refused.stderr);
});

Deno.test("a second server ends with 2 for bad arguments and with 5 on a port that is taken", async () => {
  await using journey = await Journey.open();
  const { host, port } = journey.ready;
  const serve = async (...args: string[]) => {
    const { code, stdout, stderr } = await programCommand("server", ["serve", ...args], {
      env: { HELIOGRAPH_HOME: `${journey.folder}/second` },
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    return { code, said: text.decode(stdout) + text.decode(stderr) };
  };
  const taken = await serve("--listen", `${host}:${port}`, "--no-console");
  equal(taken.code, 5, taken.said);
  match(taken.said, /^Cannot listen on .*: port is already in use\. Try a different port!/m);
  equal((await serve("--listen", "nowhere:at:all")).code, 2);
  equal((await serve("--login-attempts", "0")).code, 2);
  const foreign = await serve("--listen", "0.0.0.0:0", "--tls", "off");
  equal(foreign.code, 2, foreign.said);
});

Deno.test({
  name: "a client that is told to stop ends with 143, on ctrl-C with 130, hung up with 129",
  ignore: isWindows,
  async fn() {
    await using journey = await Journey.open({ people: ["alice", "bob"] });
    for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130], ["SIGHUP", 129]] as const) {
      await using follower = journey.start("bob", ["receive", "--follow", "--json"]);
      const sent = await journey.run("alice", ["send", "bob", "are you there?"]);
      equal(sent.code, 0, sent.stderr);
      await follower.lines(1);
      equal(await follower.stop(signal), code, signal);
    }
  },
});

Deno.test("SR-31: files of a newer version end both programs with 10, and stay as they are", async () => {
  await using journey = await journeyWithAlice();
  await journey.stop();
  const server = join(journey.folder, "server/heliograph-server/data/server.db");
  const profile = join(journey.folder, "alice/heliograph/data/default/profile.db");
  for (const path of [server, profile]) {
    const handle = new DatabaseSync(path);
    handle.exec("PRAGMA user_version = 1000");
    handle.close();
  }
  const before = [server, profile].map((path) => Deno.readFileSync(path));
  const says = /a newer version of the program made it/;
  for (const verb of [["serve", "--listen", "127.0.0.1:0", "--no-console"], ["user", "list"]]) {
    const ended = await journey.operate(verb);
    equal(ended.code, 10, ended.stderr);
    match(ended.stderr, says);
  }
  await expectEnd(journey, ["alice", "inbox"], { code: 10, says });
  await expectEnd(journey, ["alice", "send", "bob", "hi"], { code: 10, says });
  deepEqual([server, profile].map((path) => Deno.readFileSync(path)), before);
});
