/** `config check` and `serve` judge a file of settings by the same checks: real addresses, folders and programs. */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { runAdmin } from "../../../lib/admin/main.ts";
import { fakeIo } from "../../kit/fake_io.ts";
import { scratch, ServerProcess } from "./server_process.ts";

/** A home with a file of settings in it. */
async function home(text: string) {
  const place = await scratch();
  const file = join(place.folder, ".config/heliograph-server/server.toml");
  await Deno.mkdir(dirname(file), { recursive: true });
  await Deno.writeTextFile(file, text);
  return {
    folder: place.folder,
    file,
    write: (next: string) => Deno.writeTextFile(file, next),
    async run(...args: string[]) {
      const io = fakeIo(place.folder);
      return { exit: await runAdmin(args, io), ...io };
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

Deno.test("config check finds what serve would refuse, all of it, with the line", async () => {
  await using place = await home(
    [
      'listen = "192.0.2.1:0"',
      'tls = "off"',
      'metrics = "0.0.0.0:9798"',
      'videos = "nowhere"',
      'ffmpeg = "no-ffmpeg"',
      'ready-file = "/nope/ready.json"',
    ].join("\n"),
  );
  const { exit, output, notes } = await place.run("config", "check");
  assert.deepEqual([exit, output], [2, []]);
  const folder = dirname(place.file);
  const said = [
    "line 2: tls can only be off on 127.0.0.1 and [::1], not on 192.0.2.1:0",
    "line 3: metrics on 0.0.0.0:9798, not 127.0.0.1 or [::1], needs metrics-token-file",
    "line 3: metrics on 0.0.0.0:9798, not 127.0.0.1 or [::1], needs cert and key without tls",
    `line 4: no folder ${folder}/nowhere`,
    "line 6: no folder /nope",
    "line 1: listen cannot be 192.0.2.1:0: this machine has no such address",
  ];
  assert.deepEqual(notes.slice(0, 6), said.map((line) => `${place.file}, ${line}`));
  assert.match(notes[6], /server\.toml, line 5: ffmpeg .*no-ffmpeg cannot be used: /);
  const json = await place.run("config", "check", "--json");
  assert.deepEqual(JSON.parse(json.output[1]), {
    v: 1,
    type: "problem",
    path: place.file,
    line: 3,
    message: "metrics on 0.0.0.0:9798, not 127.0.0.1 or [::1], needs metrics-token-file",
  });
  // The same words, by the same checks.
  const served = await place.run("serve");
  assert.deepEqual([served.exit, served.notes], [2, [notes.slice(0, 3).join("\n")]]);
  await place.write('listen = "127.0.0.1:0"\nready-file = "/nope/ready.json"\n');
  const missing = await place.run("serve");
  assert.deepEqual([missing.exit, missing.notes], [
    2,
    [`${place.file}, line 2: no folder /nope`],
  ]);
  await place.write('listen = "127.0.0.1:0"\n');
  const option = await place.run("serve", "--videos", "absent");
  assert.deepEqual(option.notes, [
    `Cannot use --videos: no folder ${join(place.folder, "absent")}`,
  ]);
});

Deno.test("a server whose videos are on a disk that is not mounted yet serves, and says so; config check refuses it", async () => {
  await using place = await home("");
  const videos = join(place.folder, "films");
  await place.write(`videos = "${videos}"\n`);
  const checked = await place.run("config", "check");
  assert.deepEqual([checked.exit, checked.notes], [
    2,
    [`${place.file}, line 1: no folder ${videos}`],
  ]);
  for (
    const [args, env] of [[["--config", place.file], {}], [[], {
      HELIOGRAPH_VIDEOS: videos,
    }]] as const
  ) {
    const server = await ServerProcess.start(place.folder, [
      ...args,
      ...["--no-console", "--rendezvous", "off"],
    ], { env });
    const { code, stderr } = await server.stop("SIGTERM");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /setting cannot be used yet.*no folder .*films/);
  }
});

Deno.test("config check takes an address that is taken: by the server that runs with it, as a rule", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using place = await home(`listen = "127.0.0.1:${listener.addr.port}"\n`);
  assert.equal((await place.run("config", "check")).exit, 0);
});
