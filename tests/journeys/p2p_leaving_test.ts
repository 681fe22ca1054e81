/** Row S1.26: what a shell without a server leaves behind, by the real program. */

import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { begin, filesIn, placeOf, script, shell, town } from "./p2p_shells.ts";

const isWindows = Deno.build.os === "windows";

Deno.test(
  "SR-79: S1.26: an ephemeral shell has no key on the disk, and leaves nothing after exit and SIGTERM",
  {
    ignore: isWindows,
  },
  async () => {
    await using place = await town();
    const folder = placeOf(place.folder, "oscar");
    await using julia = shell(place.folder, "julia");
    const port = await begin(julia, "julia");
    for (const end of ["exit", "SIGTERM"] as const) {
      await using oscar = shell(place.folder, "oscar", "--ephemeral");
      await begin(oscar, end === "exit" ? "Oscar" : "Pancho");
      await oscar.type(`conn 127.0.0.1 ${port}`);
      await oscar.line(/^Now connected to julia/);
      await oscar.type("send julia Hola");
      await julia.line(new RegExp(`^${end === "exit" ? "Oscar" : "Pancho"} .* Hola$`));
      const files = await filesIn(folder);
      ok(files.includes("node.db") && files.includes("pair.db"), files.join());
      ok(!files.includes("key"), "the key is nowhere");
      if (end === "exit") {
        await oscar.type("exit");
        equal((await oscar.ended()).code, 0);
      } else equal(await oscar.stop("SIGTERM"), 143);
      deepEqual(await filesIn(folder), [], end);
    }
  },
);

Deno.test(
  "S1.26: what a killed ephemeral shell leaves is removed by the next one; exit --wipe removes what was kept",
  {
    ignore: isWindows,
  },
  async () => {
    await using place = await town();
    const folder = placeOf(place.folder, "oscar");
    const killed = shell(place.folder, "oscar", "--ephemeral");
    await begin(killed, "Oscar");
    await killed.stop("SIGKILL");
    equal((await filesIn(folder)).includes("node.db"), true);
    const next = await script(place.folder, "oscar", "init 127.0.0.1 0 Oscar\nexit", "--ephemeral");
    equal(next.code, 0, next.stdout);
    deepEqual(await filesIn(folder), []);
    await script(place.folder, "oscar", "init 127.0.0.1 0 Oscar\nexit");
    ok((await filesIn(folder)).includes("key"));
    const log = join(place.folder, "oscar/heliograph/state/client.log");
    const isLogged = () => Deno.stat(log).then(() => true, () => false);
    equal(await isLogged(), false, "an ephemeral shell keeps no log");
    await Deno.writeTextFile(log, "of an earlier run\n");
    await script(place.folder, "oscar", "init 127.0.0.1 0 Oscar\nexit --wipe");
    deepEqual(await filesIn(folder), []);
    equal(await isLogged(), false, "exit --wipe removes the log");
  },
);

Deno.test("S1.26: delete_on_exit in config.toml destroys keys and database each time, and keeps no log", async () => {
  await using place = await town();
  const folder = placeOf(place.folder, "oscar");
  await script(place.folder, "oscar", "init 127.0.0.1 0 Oscar\nexit", "--ephemeral");
  const program = join(place.folder, "oscar/heliograph");
  const config = join(program, "config/config.toml");
  await Deno.mkdir(join(program, "config"), { recursive: true });
  await Deno.writeTextFile(config, "[privacy]\ndelete_on_exit = true\n");
  const ended = await script(place.folder, "oscar", "init 127.0.0.1 0 Oscar\nexit");
  equal(ended.code, 0, ended.stdout);
  deepEqual(await filesIn(folder), []);
  await rejects(Deno.stat(join(program, "state/client.log")), Deno.errors.NotFound);
  await Deno.writeTextFile(config, "[privacy]\ndelete_on_exit = 'yes'\n");
  const refused = await script(place.folder, "oscar", "init 127.0.0.1 0 Oscar\nexit");
  equal(refused.code, 2);
  match(
    refused.stderr,
    /^Cannot use config\.toml, line \d: delete_on_exit in \[privacy\] is true or false$/m,
  );
  deepEqual(await filesIn(folder), []);
});
