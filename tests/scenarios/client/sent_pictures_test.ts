/** Whose pictures are drawn, and how the full screen draws one that was really sent. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { join, resolve } from "node:path";
import { readPicture } from "../../../lib/client/transfers/pictures.ts";
import { drawnOf, picturesIn } from "../../../lib/app/conversations/pictures.ts";
import { STILL_MAX_BYTES } from "../../../lib/media/stills/still.ts";
import { openSenders, type Senders } from "../../kit/file_senders.ts";
import { png, still } from "../../kit/stills.ts";

/** Alice has sent bob a picture, and he has it. */
async function openSent(bytes: Uint8Array = still("still.png")): Promise<Senders> {
  const senders = await openSenders();
  const { alice, bob } = senders;
  await senders.write("bird.png", bytes);
  alice.work();
  bob.work();
  await senders.offer("bird.png");
  await senders.accept();
  await senders.until(async () =>
    [...await alice.states(), ...await bob.states()].every((state) => state === "done")
  );
  return senders;
}

async function lookAt(person: Senders["bob"], limitBytes = STILL_MAX_BYTES): Promise<string> {
  const [transfer] = await person.transfers();
  const file = { transfer: transfer.id, index: 0, isPoster: transfer.poster !== undefined };
  const read = await readPicture(person.client.messenger, file, limitBytes);
  return read.ok ? `${read.bytes.length} bytes` : read.why;
}

Deno.test("SR-67: a picture is read that a contact sent and that was verified, and one's own", async () => {
  await using senders = await openSent();
  const { length } = still("still.png");
  equal(await lookAt(senders.bob), `${length} bytes`);
  const lines = await senders.bob.client.messenger.history.latest({ limit: 9, kinds: ["notice"] });
  // What a line says of it where nothing is drawn.
  ok(lines.some(({ text }) => /^Received bird\.png \(picture, 48×32, 477 B\) from /.test(text)));
  equal(await lookAt(senders.alice), `${length} bytes`);
  equal(await lookAt(senders.bob, length), `${length} bytes`);
  equal(await lookAt(senders.bob, length - 1), "too-many-bytes");
});

Deno.test("SR-67: of somebody who is blocked, declined or no contact any more no picture is read", async () => {
  await using senders = await openSent();
  const { bob, pair } = senders;
  const { contactStatuses } = bob.client.messenger.contacts;
  const { account } = pair.alice;
  for (const status of ["blocked", "declined", undefined] as const) {
    contactStatuses.set(account, status);
    equal(await lookAt(bob), "not-a-contact");
  }
  contactStatuses.set(account, "known");
  equal(await lookAt(bob), `${still("still.png").length} bytes`);
});

Deno.test("SR-67: nothing is read of a file that has not come, or of what stands in its place", async () => {
  await using senders = await openSenders();
  const { alice, bob, folder } = senders;
  const rows = new Uint8Array(4096 * 3 * 100).map((_, i) => i * 7919 >> 3);
  await senders.write("bird.png", png({ widthPx: 100, heightPx: 100, rows }));
  alice.work();
  bob.work();
  await senders.offer("bird.png");
  await senders.until(async () => (await bob.transfers()).length > 0);
  equal(await lookAt(bob), "not-here");
  deepEqual(picturesIn((await bob.transfers())[0]), []);
  await senders.accept();
  await senders.until(async () => (await bob.states())[0] === "done");
  const [transfer] = await bob.transfers();
  equal(picturesIn(transfer)[0].name, "bird.png");
  ok(transfer.direction === "in");
  const [path] = transfer.finished;
  await Deno.remove(path);
  equal(await lookAt(bob), "not-here");
  await Deno.mkdir(path);
  equal(await lookAt(bob), "not-here");
  await Deno.remove(path);
  if (Deno.build.os !== "windows") {
    // A pipe would be waited for for ever.
    const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
    ok(success);
    equal(await lookAt(bob), "not-here");
  }
  ok(path.startsWith(join(folder, "in")));
  // The folder that it was in is a file now.
  await Deno.remove(join(folder, "in"), { recursive: true });
  await Deno.writeTextFile(join(folder, "in"), "");
  equal(await lookAt(bob), "not-here");
});

/** Alice offers a video with this picture, and bob hears of it. */
async function offerVideo(
  { alice, bob, until, write, pair }: Senders,
  poster: Uint8Array<ArrayBuffer> | undefined,
): Promise<void> {
  const path = await write("film.mp4", Deno.readFileSync("tests/fixtures/media/turned.mp4"));
  alice.work();
  bob.work();
  await alice.client.transfers.beginOrGoOn(pair.bob.account, [path], {
    signal: new AbortController().signal,
    posterOf: (of, maxBytes) => {
      deepEqual([of, maxBytes], [resolve(path), 8192]);
      return Promise.resolve(poster);
    },
  });
  await until(async () => (await bob.transfers()).length > 0);
}

Deno.test("SR-67: a video shows the picture that came with its offer, of a contact, once the video was verified", async () => {
  await using senders = await openSenders();
  const { alice, bob, pair } = senders;
  const poster = Deno.readFileSync("tests/fixtures/media/picture.jpg");
  await offerVideo(senders, poster);
  deepEqual(picturesIn((await bob.transfers())[0]), []);
  equal(await lookAt(bob), "not-here");
  await senders.accept();
  await senders.until(async () => (await bob.states())[0] === "done");
  for (const person of [alice, bob]) {
    const [ref] = picturesIn((await person.transfers())[0]);
    ok("isPoster" in ref && ref.isPoster && ref.index === 0);
    equal(await lookAt(person), `${poster.length} bytes`);
  }
  bob.client.messenger.contacts.contactStatuses.set(pair.alice.account, "blocked");
  equal(await lookAt(bob), "not-a-contact");
});

Deno.test("SR-67: a video without a picture, and one whose picture is for no item, are files like others", async () => {
  await using senders = await openSenders();
  await offerVideo(senders, undefined);
  await senders.accept();
  await senders.until(async () => (await senders.bob.states())[0] === "done");
  const [transfer] = await senders.bob.transfers();
  deepEqual(picturesIn(transfer), []);
  deepEqual(picturesIn({ ...transfer, poster: { item: 7, jpeg: "AAAA" } }), []);
});

Deno.test("the video of a bundle shows its picture, behind photos and behind a video that gives none", async () => {
  await using senders = await openSenders();
  const { alice, bob, pair } = senders;
  const film = Deno.readFileSync("tests/fixtures/media/turned.mp4");
  const names = [1, 2, 3, 4, 5].map((i) => `bird${i}.png`);
  const paths = [
    ...await Promise.all(names.map((name) => senders.write(name, still("still.png")))),
    await senders.write("broken.mp4", film.slice(0, 100)),
    await senders.write("film.mp4", film),
  ];
  alice.work();
  bob.work();
  const asked: string[] = [];
  await alice.client.transfers.beginOrGoOn(pair.bob.account, paths, {
    signal: new AbortController().signal,
    posterOf: (of) => {
      asked.push(of);
      const gives = of.endsWith("film.mp4");
      return Promise.resolve(
        gives ? Deno.readFileSync("tests/fixtures/media/picture.jpg") : undefined,
      );
    },
  });
  await senders.accept();
  await senders.until(async () => (await bob.states())[0] === "done");
  deepEqual(asked.map((path) => path.split(/[/\\]/).at(-1)), ["broken.mp4", "film.mp4"]);
  for (const person of [alice, bob]) {
    const all = picturesIn((await person.transfers())[0]);
    equal(all.length, 6, "those that the page does not draw can be opened");
    const refs = drawnOf(all);
    deepEqual(refs.map(({ name }) => name), ["bird1.png", "bird2.png", "bird3.png", "film.mp4"]);
    ok(refs[3] !== undefined && "isPoster" in refs[3] && refs[3].isPoster);
  }
});

Deno.test("each video of an offer has its picture, four at most, and those are what a page draws", async () => {
  await using senders = await openSenders();
  const { alice, bob, pair } = senders;
  const film = Deno.readFileSync("tests/fixtures/media/turned.mp4");
  const paths = [
    await senders.write("bird.png", still("still.png")),
    ...await Promise.all([1, 2, 3, 4, 5].map((i) => senders.write(`film${i}.mp4`, film))),
  ];
  alice.work();
  bob.work();
  const jpegOf = (path: string) => new Uint8Array(8192).fill(Number(/(\d)\.mp4$/.exec(path)?.[1]));
  const asked: string[] = [];
  await alice.client.transfers.beginOrGoOn(pair.bob.account, paths, {
    signal: new AbortController().signal,
    posterOf: (of, maxBytes) => {
      asked.push(of);
      equal(maxBytes, 8192);
      return Promise.resolve(jpegOf(of));
    },
  });
  equal(asked.length, 4);
  await senders.accept();
  await senders.until(async () => (await bob.states())[0] === "done");
  for (const person of [alice, bob]) {
    const [transfer] = await person.transfers();
    const refs = drawnOf(picturesIn(transfer));
    deepEqual(refs.map(({ name }) => name), [1, 2, 3, 4].map((i) => `film${i}.mp4`));
    for (const ref of refs) {
      ok("isPoster" in ref && ref.isPoster);
      const read = await readPicture(person.client.messenger, ref, 1024);
      ok(read.ok);
      deepEqual(read.bytes, jpegOf(ref.name));
    }
  }
});

Deno.test("an offer of many files has room for the first picture, and for further ones only what is left", async () => {
  await using senders = await openSenders();
  const { alice, bob, pair } = senders;
  const film = Deno.readFileSync("tests/fixtures/media/turned.mp4").slice(0, 100);
  const paths = await Promise.all(
    Array.from({ length: 200 }, (_, i) => senders.write(`${`${i}`.padStart(170, "x")}.mp4`, film)),
  );
  bob.work();
  alice.work();
  const limits: number[] = [];
  await alice.client.transfers.beginOrGoOn(pair.bob.account, paths, {
    signal: new AbortController().signal,
    posterOf: (_of, maxBytes) => {
      limits.push(maxBytes);
      return Promise.resolve(new Uint8Array(maxBytes));
    },
  });
  equal(limits[0], 8192);
  ok(limits.length < 4 && limits.slice(1).every((limit) => limit >= 3072), `${limits}`);
  await senders.until(async () => (await bob.transfers()).length > 0);
});
