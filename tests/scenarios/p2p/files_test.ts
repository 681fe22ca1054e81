/** Files between two without a server: handed on by whoever keeps the order, whole, and taken up again. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { PersonWithout } from "../../kit/p2p.ts";

const signal = new AbortController().signal;

/** A file of so many bytes, none like its neighbour. */
async function makeFile(folder: string, name: string, sizeBytes: number): Promise<string> {
  const path = join(folder, name);
  await Deno.writeFile(path, Uint8Array.from({ length: sizeBytes }, (_, i) => i * 7 + (i >> 8)));
  return path;
}

async function offer(from: PersonWithout, to: string, paths: readonly string[]): Promise<void> {
  const pair = await from.pair(to);
  await pair.transfers.offer(pair.peer.account, paths, signal);
  pair.wake();
}

async function accept(person: PersonWithout, from: string, folder: string): Promise<void> {
  const pair = await person.pair(from);
  await person.until(async () => (await pair.transfers.waiting()).length > 0);
  for (const waiting of await pair.transfers.waiting()) {
    await pair.transfers.accept(waiting, folder);
  }
  pair.wake();
}

async function done(person: PersonWithout, name: string, count = 1): Promise<void> {
  const { transfers } = await person.pair(name);
  await person.until(async () =>
    (await transfers.newest(20)).filter(({ state }) => state.state === "done").length === count
  );
}

for (const [first, second] of [[0, 1], [1, 0]] as const) {
  Deno.test(`files arrive whole without a server, from ${first} to ${second} and back`, async () => {
    await using oscar = await PersonWithout.open("Oscar", { which: first });
    await using julia = await PersonWithout.open("julia", { which: second });
    const folder = await Deno.makeTempDir({ dir: "tests/tmp" });
    const [from, to] = [join(folder, "from"), join(folder, "to")];
    await Promise.all([Deno.mkdir(from), Deno.mkdir(to)]);
    oscar.listen();
    await oscar.meet(julia);
    const large = await makeFile(from, "large.bin", 12_345_678);
    const empty = await makeFile(from, "empty.bin", 0);
    await offer(oscar, "julia", [large, empty]);
    await julia.until(() => julia.node.book.list().length === 1);
    await accept(julia, "Oscar", to);
    await Promise.all([done(oscar, "julia"), done(julia, "Oscar")]);
    ok(equalFiles(await Deno.readFile(large), await Deno.readFile(join(to, "large.bin"))));
    equal((await Deno.stat(join(to, "empty.bin"))).size, 0);

    const back = await makeFile(from, "back.bin", 400_000);
    await offer(julia, "Oscar", [back]);
    await accept(oscar, "julia", to);
    await Promise.all([done(oscar, "julia", 2), done(julia, "Oscar", 2)]);
    deepEqual(await Deno.readFile(back), await Deno.readFile(join(to, "back.bin")));
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("a file goes on where it was when one of the two comes back", async () => {
  await using oscar = await PersonWithout.open("Oscar", { which: 0 });
  let julia = await PersonWithout.open("julia", { which: 1 });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp" });
  try {
    const port = julia.listen().port;
    await oscar.meet(julia);
    const large = await makeFile(folder, "large.bin", 30_000_000);
    await offer(oscar, "julia", [large]);
    await julia.until(() => julia.node.book.list().length === 1);
    const to = join(folder, "to");
    await Deno.mkdir(to);
    await accept(julia, "Oscar", to);
    const part = async () => {
      for await (const { name } of Deno.readDir(to)) {
        if ((await Deno.stat(join(to, name))).size > 1_000_000) return true;
      }
      return false;
    };
    await julia.until(part);
    const { folder: home } = julia;
    await julia.close();
    julia = await PersonWithout.open("julia", { which: 3, folder: home });
    julia.node.listen({ host: "127.0.0.1", port });
    await julia.until(() => julia.events.some(({ type }) => type === "connected"));
    await done(julia, "Oscar");
    ok(equalFiles(await Deno.readFile(large), await Deno.readFile(join(to, "large.bin"))));
  } finally {
    await julia[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
});

function equalFiles(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}
