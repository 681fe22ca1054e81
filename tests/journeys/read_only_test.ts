/** J4 where somebody may not write or read: what is said, and how it goes on when that is mended. Nothing is lost by it. */

import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { canForbidWriting, ReadOnlyFolder } from "../kit/read_only.ts";
import { Journey } from "./programs.ts";

const SIZE_BYTES = 600_000;

interface Scene {
  readonly journey: Journey;
  readonly source: string;
  readonly inbox: string;
  /** What the receiver says at its end, with the exit code in front. */
  receive(...more: readonly string[]): Promise<string>;
  send(...more: readonly string[]): Promise<string>;
}

async function scene(action: (scene: Scene) => Promise<void>): Promise<void> {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  const [source, inbox] = [join(journey.folder, "report.pdf"), join(journey.folder, "in")];
  await Deno.writeFile(source, new Uint8Array(SIZE_BYTES).fill(3));
  await Deno.mkdir(inbox);
  const take = ["file", "receive", "--accept-from", "alice", "--to", inbox];
  const run = async (person: string, words: readonly string[]) => {
    const { code, stdout, stderr } = await journey.run(person, words);
    return `${code} ${stdout}${stderr}`;
  };
  await action({
    journey,
    source,
    inbox,
    receive: (...more) => run("bob", [...take, ...more]),
    send: (...more) => run("alice", ["file", "send", "bob", source, ...more]),
  });
}

const spoolOf = ({ folder }: Journey) => join(folder, "server/heliograph-server/data/spool");
const list = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test({
  name: "J4: a receiver whose folder is read-only is told so, and the same command goes on later",
  ignore: !canForbidWriting(),
  fn: () =>
    scene(async ({ journey, inbox, receive, send }) => {
      match(await send("--wait", "uploaded"), /^8 .*on the server, waiting for the receiver/);
      {
        await using _folder = await ReadOnlyFolder.make(inbox);
        const said = await receive();
        match(
          said,
          /^8 Transfer 1 is paused: Cannot create \S+report\.pdf\.part: (the disk is read-only|permission denied)$/m,
        );
        match(said, /^ *Once that is fixed, the same command resumes it$/m);
        match(await receive(), /^8 Transfer 1 is paused: /);
      }
      deepEqual(list(inbox), []);
      match(await receive(), /^0 1 {2}from alice {2}report\.pdf \(600 kB\) {2}done, verified$/m);
      deepEqual(list(inbox), ["report.pdf"]);
      // What a person has paused stays so until that person says otherwise.
      match(await send(), /^0 .*done, verified/, "the same command tells how it ended");
      match(await send("--wait", "uploaded"), /^8 /);
      equal((await journey.run("bob", ["file", "pause", "2"])).code, 0);
      match(
        await receive(),
        /^8 Transfer 2 is paused\n *To resume it: heliograph file resume 2$/m,
      );
    }),
});

Deno.test({
  name:
    "J4: a server that may not write into its spool says so, and the same command goes on later",
  ignore: !canForbidWriting(),
  fn: () =>
    scene(async ({ journey, receive, send }) => {
      const spool = spoolOf(journey);
      const refused =
        /^8 .*The server cannot store files now: its operator finds the reason in its log/m;
      {
        await using _spool = await ReadOnlyFolder.make(spool);
        match(await send(), refused);
      }
      match(await send("--wait", "uploaded"), /^8 .*on the server, waiting for the receiver/);
      match(await receive(), /^0 .*done, verified/);
    }),
});
