/** Journey J11: two people and no server, by the real program (rows S1.02 to S1.26). */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { begin, filesIn, inbox, script, shell, town } from "./p2p_shells.ts";
import { jsonLines } from "./programs.ts";
import { pictureIn } from "./saved_pictures.ts";

const isWindows = Deno.build.os === "windows";

Deno.test("J11: two people talk with no server, and the seed's words are said", async () => {
  await using place = await town();
  await using oscar = shell(place.folder, "oscar");
  await using julia = shell(place.folder, "julia");
  await oscar.type("help");
  await oscar.line(/^Documented commands \(type help <topic>\):$/);
  await oscar.line(/^={40}$/);
  const listed = (await oscar.lines(5)).slice(2).flatMap((line) => line.split("  "));
  for (const word of ["EOF", "conn", "exit", "help", "inbox", "init", "send"]) {
    ok(listed.includes(word), word);
  }
  await oscar.type("help conn");
  await oscar.line(/^conn - Connect to a Server from CMD:$/);
  await oscar.line(/^ {8}~> conn \[host\] \[port\]$/);
  await oscar.line(/^ {8}~> conn 192\.168\.0\.1 8085$/);

  await begin(oscar, "Oscar");
  const port = await begin(julia, "julia");
  await oscar.line(/^Fingerprint: SHA256:\S{43}$/);
  await oscar.line(/^Invite: heliograph:\/\/127\.0\.0\.1:\d+#SHA256:\S{43}$/);
  await oscar.type("send ana");
  await oscar.line(/^You're not connected to ana$/);
  await oscar.type(`conn 127.0.0.1 ${port}`);
  await oscar.line(new RegExp(`^connecting to 127\\.0\\.0\\.1:${port}$`));
  await oscar.line(/^Now connected to julia \(not verified\)$/);
  await julia.line(/^Now connected to Oscar \(not verified\)$/);

  await oscar.type("send julia");
  await oscar.line(/^Write a message$/);
  await oscar.type("Hola Julia");
  await julia.line(/^Oscar \d{4}-\d\d-\d\d \d\d:\d\d:\d\d Hola Julia$/);
  await julia.type("send Oscar Que tal");
  await oscar.line(/^julia \d{4}-\d\d-\d\d \d\d:\d\d:\d\d Que tal$/);
  deepEqual(await inbox(oscar, "julia", "mark1"), ["Que tal"]);
  deepEqual(await inbox(julia, "Oscar", "mark2"), ["Hola Julia"]);
  await julia.type("react Oscar 1 :+1:");
  await julia.line(/^Reacted 👍 to message 1$/);
  await oscar.line(
    /^\* \d{4}-\d\d-\d\d \d\d:\d\d:\d\d julia reacted 👍 to message 1: "Hola Julia"$/,
  );
  await oscar.type("edit julia 1 Hola, Julia");
  await julia.line(/^\* \S+ \S+ Oscar edited message 1: Hola, Julia$/);
  deepEqual(await inbox(julia, "Oscar", "mark3"), ["Hola, Julia"]);
  await oscar.type("exit");
  await julia.line(/^No longer connected to Oscar$/);
  await julia.type("exit");
  // Whatever went wrong before: they said exit (row S1.17).
  equal((await oscar.ended()).code, 0);
  equal((await julia.ended()).code, 0);
});

Deno.test("J11: --name listens at once, and --connect is there without a question", async () => {
  await using place = await town();
  await using julia = shell(place.folder, "julia", "--name", "Julia R");
  const invite = (await julia.line(/^Invite: heliograph:/)).replace("Invite: ", "");
  await julia.line(/^Send this invite to the other side/);
  const oscar = await script(
    place.folder,
    "oscar",
    "send 'Julia R' Hola\nexit",
    ...["--name", "Oscar", "--connect", invite],
  );
  deepEqual([oscar.code, oscar.stderr], [0, ""]);
  match(oscar.stdout, /^Now connected to Julia R \(by invite\)$/m);
  await julia.line(/^Oscar .* Hola$/);
});

Deno.test("J11: a script that makes no mistake ends with 0; the next one knows whom it met", async () => {
  await using place = await town();
  await using julia = shell(place.folder, "julia");
  const port = await begin(julia, "julia");
  const first = await script(
    place.folder,
    "oscar",
    `init 127.0.0.1 0 Oscar\nconn 127.0.0.1 ${port}\nsend julia Hola\nexit`,
  );
  deepEqual([first.code, first.stderr], [0, ""]);
  await julia.line(/^Oscar .* Hola$/);
  const again = await script(place.folder, "oscar", "init 127.0.0.1 0 Oscar\npeers\nexit");
  match(
    again.stdout,
    /^julia {2}(connected \((quic|tls)\)|away) {2}not verified {2}127\.0\.0\.1:\d+$/m,
  );
});

Deno.test({
  name:
    "R1: who leaves before a text has arrived is told that it is kept, and it goes the next time",
  ignore: isWindows,
  async fn() {
    await using place = await town();
    await using julia = shell(place.folder, "julia");
    const port = await begin(julia, "julia");
    await using oscar = shell(place.folder, "oscar");
    await begin(oscar, "Oscar");
    await oscar.type(`conn 127.0.0.1 ${port}`);
    await oscar.line(/^Now connected to julia/);
    await julia.line(/^Now connected to Oscar/);
    // She is connected, and confirms nothing.
    Deno.kill(julia.pid, "SIGSTOP");
    await oscar.type("send julia Hola");
    await oscar.type("exit");
    await oscar.line(/^Not delivered: 1 text\. Stored: it goes out at the next connection$/);
    equal((await oscar.ended()).code, 0);
    Deno.kill(julia.pid, "SIGCONT");
    await using again = shell(place.folder, "oscar");
    await begin(again, "Oscar");
    await again.type(`conn 127.0.0.1 ${port}`);
    await julia.line(/^Oscar .* Hola$/);
  },
});

Deno.test("S1.08: who connects without init is somebody all the same; S1.09: an invite and HOST:PORT are addresses", async () => {
  await using place = await town();
  await using julia = shell(place.folder, "julia");
  const port = await begin(julia, "julia");
  const invite = (await julia.line(/^Invite: /)).slice("Invite: ".length);
  await using oscar = shell(place.folder, "oscar");
  await oscar.type(`conn ${invite}`);
  await oscar.line(
    /^You did not run init: your name is oscar, and you listen on any free port of 127\.0\.0\.1, which works on this machine only$/,
  );
  await oscar.line(/^Now listening on 127\.0\.0\.1:\d+$/);
  await oscar.line(/^Now connected to julia \(by invite\)$/);
  await julia.line(/^Now connected to oscar \(not verified\)$/);
  await oscar.type("peers");
  await oscar.line(/^julia {2}connected \(quic\) {2}by invite {2}127/);
  await oscar.type(`conn 127.0.0.1:${port}`);
  await oscar.line(/^Already connected to julia$/);
  await oscar.type("init 127.0.0.1 0 Oscar");
  await oscar.line(
    /^You are oscar already, and listen on 127\.0\.0\.1:\d+\. For another name or port: exit, start again, and run init before conn$/,
  );
  await oscar.type("inbox julia");
  await oscar.line(/^No messages from julia$/);
  await using ana = shell(place.folder, "ana", "conn", `127.0.0.1:${port}`);
  await ana.line(/^Now connected to julia/);
  const other = invite.replace(/#.*/, `#SHA256:${"A".repeat(43)}`);
  const paco = await script(place.folder, "paco", `conn ${other}`);
  match(paco.stdout, /^Somebody else answers at/m);
  equal(paco.code, 7);
});

Deno.test("S1.07: a port that is taken is told in the seed's words, with one that is free, and code 5", async () => {
  await using place = await town();
  await using julia = shell(place.folder, "julia");
  const port = await begin(julia, "julia");
  const taken = await script(place.folder, "oscar", "", "init", "127.0.0.1", port, "Oscar");
  equal(taken.code, 5);
  match(
    taken.stdout,
    /^Either you don't have permission or port is already in use\. Try a different port!$/m,
  );
  match(taken.stdout, /port is already in use\. Port \d+ is free$/m);
  const absent = await script(place.folder, "oscar", "init 192.0.2.1 8090 Oscar");
  equal(absent.code, 5);
  match(absent.stdout, /this machine has no such address/);
});

Deno.test("S1.20: a second shell of the same name is told that there is one", async () => {
  await using place = await town();
  await using julia = shell(place.folder, "julia");
  await begin(julia, "julia");
  const second = await script(place.folder, "julia", "init 127.0.0.1 0 julia");
  match(
    second.stdout,
    /^julia is already running on this machine/m,
  );
  const elsewhere = await script(
    place.folder,
    "julia",
    "init 127.0.0.1 0 julia\nexit",
    "--db",
    join(place.folder, "beside.db"),
  );
  equal(elsewhere.code, 0, elsewhere.stdout);
  ok((await filesIn(join(place.folder, "beside.db"))).includes("node.db"));
});

Deno.test(
  "S1.24: kill -9 of either, again and again: what was said arrives once and in its order",
  {
    ignore: isWindows,
  },
  async () => {
    await using place = await town();
    let oscar = shell(place.folder, "oscar");
    let julia = shell(place.folder, "julia");
    try {
      const ports = [await begin(oscar, "Oscar"), await begin(julia, "julia")];
      await oscar.type(`conn 127.0.0.1 ${ports[1]}`);
      await oscar.line(/^Now connected to julia/);
      await julia.line(/^Now connected to Oscar/);
      let said = 0;
      const saySome = async () => {
        for (let i = 0; i < 5; i++) {
          said++;
          await oscar.type(`send julia from oscar ${said}`);
          await julia.type(`send Oscar from julia ${said}`);
        }
        // Both have run the lines, so that the texts are written down; where they are is left to chance.
        for (const [client, mark] of [[oscar, "ran"], [julia, "ran"]] as const) {
          await client.type(`${mark}${said}`);
          await client.line(new RegExp(`Unknown syntax: ${mark}${said}`));
        }
      };
      for (let round = 0; round < 3; round++) {
        await saySome();
        await julia.stop("SIGKILL");
        julia = shell(place.folder, "julia");
        await begin(julia, "julia", ports[1]);
        await saySome();
        await oscar.stop("SIGKILL");
        oscar = shell(place.folder, "oscar");
        await begin(oscar, "Oscar", ports[0]);
      }
      await saySome();
      await oscar.line(new RegExp(`^julia .* from julia ${said}$`));
      await julia.line(new RegExp(`^Oscar .* from oscar ${said}$`));
      const expected = (name: string) =>
        Array.from({ length: said }, (_, i) => `from ${name} ${i + 1}`);
      deepEqual(await inbox(oscar, "julia", "end1"), expected("julia"));
      deepEqual(await inbox(julia, "Oscar", "end2"), expected("oscar"));
    } finally {
      await Promise.all([oscar.stop("SIGKILL"), julia.stop("SIGKILL")]);
    }
  },
);

Deno.test("J11: a file goes from one shell to the other, and both say that it is whole", async () => {
  await using place = await town();
  await using oscar = shell(place.folder, "oscar");
  await using julia = shell(place.folder, "julia");
  await julia.type("init 127.0.0.1 0 'Julia B'");
  const port = (await julia.line(/^Now listening on 127\.0\.0\.1:\d+$/)).split(":")[1];
  await begin(oscar, "Oscar");
  await oscar.type(`conn 127.0.0.1 ${port}`);
  await oscar.line(/^Now connected to Julia B/);
  const file = join(place.folder, "report.bin");
  const content = Uint8Array.from({ length: 300_000 }, (_, i) => i * 7);
  await Deno.writeFile(file, content);
  await oscar.type(`file 'Julia B' ${file}`);
  await oscar.line(/^Sent a request to Julia B: report\.bin/);
  await julia.line(/^Oscar sends you report\.bin .*: y accepts, n declines$/);
  await julia.type("y");
  await julia.line(/^1 {2}from Oscar {2}report\.bin .* done, verified$/);
  await oscar.line(/^1 {2}to "Julia B" {2}report\.bin .* done, verified$/);
  await oscar.type("files");
  await oscar.type("mark");
  await oscar.line(/Unknown syntax: mark/);
  const toJulia = (await oscar.lines(0)).filter((line) => line.startsWith("1  to"));
  ok(toJulia.length >= 2 && toJulia.every((line) => line.startsWith('1  to "Julia B"  ')));
  const offers = (await julia.lines(0)).filter((line) => / sends you /.test(line));
  equal(offers.length, 1, offers.join("\n"));
  deepEqual(await Deno.readFile(join(place.folder, "julia/downloads/report.bin")), content);
});

Deno.test("J11: a video and a made camera go from one shell to the other, are declined, and stopped", async () => {
  await using place = await town();
  await using oscar = shell(place.folder, "oscar");
  await using julia = shell(place.folder, "julia");
  await julia.type("init 127.0.0.1 0 Julia");
  const port = (await julia.line(/^Now listening on 127\.0\.0\.1:\d+$/)).split(":")[1];
  await begin(oscar, "Oscar");
  await oscar.type(`conn 127.0.0.1 ${port}`);
  await oscar.line(/^Now connected to Julia/);
  await julia.line(/^Now connected to Oscar/);
  await oscar.type(`stream Julia ${join(PROJECT_ROOT, "videos/realshort.mp4")}`);
  await oscar.line(/^Sent a request to Julia: realshort\.mp4$/);
  await julia.line(
    /^Oscar wants to stream "realshort\.mp4" to you: y watches, n declines, within 120 s$/,
  );
  await julia.type("y");
  await julia.line(/^Cannot draw on this terminal\. y --to DIR keeps the pictures$/);
  const pictures = join(place.folder, "pictures");
  await julia.type(`y --to ${pictures}`);
  await julia.line(
    /^Stream ended: \d+ frames?, \d\.\d s, \d+ dropped; saved \d+ frames? in/,
  );
  await oscar.line(/^\* .* Julia watches your stream$/);
  await oscar.line(/^Stream ended: \d+ frames?, .*, watched by 1 device$/);
  const first = await Deno.readFile(join(pictures, "000000.jpg"));
  deepEqual([...first.subarray(0, 2)], [0xff, 0xd8]);

  const second = join(place.folder, "second.mp4");
  await Deno.copyFile(join(PROJECT_ROOT, "videos/realshort.mp4"), second);
  await oscar.type(`stream Julia ${second}`);
  await julia.line(/^Oscar wants to stream "second\.mp4" to you: /);
  await julia.type("n");
  await julia.line(/^Declined "second\.mp4"$/);
  await oscar.line(/^Julia declined the stream$/);

  await oscar.type("stream Julia --camera test");
  await julia.line(/^Oscar wants to stream their camera to you: /);
  const kept = join(place.folder, "kept");
  await julia.type(`y --to ${kept}`);
  await pictureIn(kept);
  await oscar.type("send Julia meanwhile");
  await oscar.type("stream stop");
  await oscar.line(/^Stream stopped: /);
  await julia.line(/^Stream stopped by its sender: /);
  await julia.line(/ meanwhile$/);
  await oscar.type("stream stop");
  await oscar.line(/^You show nothing now/);
});

Deno.test("with --json every fact of the shell is an object", async () => {
  await using place = await town();
  await using julia = shell(place.folder, "julia");
  const port = await begin(julia, "julia");
  const { stdout, code } = await script(
    place.folder,
    "oscar",
    `init 127.0.0.1 0 Oscar\nconn 127.0.0.1 ${port}\nsend julia Hola\nedit julia -1 Hi\npeers\nwho\nsend ana x`,
    "--json",
  );
  const facts = jsonLines(stdout);
  equal(code, 4);
  ok(facts.every((fact) => fact.v === 1));
  const types = facts.map(({ type }) => type);
  for (const type of ["listening", "connecting", "connected", "sent", "edited", "peer", "error"]) {
    ok(types.includes(type), `${type} in ${types}`);
  }
  match(String(facts.find(({ type }) => type === "listening")?.invite), /^heliograph:\/\//);
  for (const type of ["connected", "peer"]) {
    equal(facts.find((fact) => fact.type === type)?.transport, "quic");
  }
});
