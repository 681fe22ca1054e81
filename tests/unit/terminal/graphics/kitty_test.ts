// deno-lint-ignore-file no-control-regex -- escape sequences are what is looked at here

import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import type { Bitmap } from "../../../../lib/base/bitmap.ts";
import { TerminalError } from "../../../../lib/base/errors.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { KittyEncoder, KittyJpegEncoder } from "../../../../lib/terminal/graphics/kitty.ts";
import {
  FileTransport,
  PalettePngTransport,
  RgbTransport,
} from "../../../../lib/terminal/graphics/kitty_transport.ts";
import type { Placement } from "../../../../lib/terminal/graphics/placement.ts";
import { decodePalettePng, type KittyCommand, parseKitty } from "../../../kit/kitty_reader.ts";
import { flatPicture, psnr, realPicture } from "../../../kit/pictures.ts";

const options = { random: systemRandom, synchronized: false };

function placementOf(widthPx: number, heightPx: number): Placement {
  return { column: 4, row: 2, widthCells: 24, heightCells: 6, widthPx, heightPx };
}

async function makeFolder(): Promise<string> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  return await Deno.makeTempDir({ dir: "tests/tmp" });
}

function shown(bytes: Uint8Array): KittyCommand {
  const command = parseKitty(bytes).find((each) => each.keys.a === "T");
  assert.ok(command);
  return command;
}

Deno.test("kitty shows the picture in its cells, not below text, without answers or cursor movement", () => {
  const encoder = new KittyEncoder([new RgbTransport()], options);
  const bytes = encoder.encode(realPicture(), placementOf(192, 108));
  const { keys } = shown(bytes);
  assert.deepEqual(
    [keys.a, keys.p, keys.q, keys.C, keys.z, keys.c, keys.r],
    ["T", "1", "2", "1", undefined, "24", "6"],
  );
  assert.match(new TextDecoder().decode(bytes), /^\x1b7\x1b\[3;5H\x1b_G.*\x1b\\\x1b8$/s);
});

Deno.test("kitty with RGB in the commands transmits the very same pixels", () => {
  const picture = realPicture();
  const encoder = new KittyEncoder([new RgbTransport()], options);
  const { keys, data } = shown(encoder.encode(picture, placementOf(192, 108)));
  assert.deepEqual([keys.f, keys.o, keys.t, keys.s, keys.v], ["24", "z", "d", "192", "108"]);
  assert.deepEqual(new Uint8Array(inflateSync(data)), picture.rgb);
});

Deno.test("kitty with a palette PNG transmits the picture above 37 dB", () => {
  const picture = realPicture();
  const encoder = new KittyEncoder([new PalettePngTransport()], options);
  const { keys, data } = shown(encoder.encode(picture, placementOf(192, 108)));
  assert.deepEqual([keys.f, keys.t], ["100", "d"]);
  assert.ok(psnr(decodePalettePng(data), picture) >= 37);
});

Deno.test("kitty sends no more pixels than are drawn, and no fewer for the terminal to enlarge", () => {
  const encoder = new KittyEncoder([new RgbTransport()], options);
  const sizeOf = ({ keys }: KittyCommand) => `${keys.s}×${keys.v}`;
  assert.equal(sizeOf(shown(encoder.encode(realPicture(), placementOf(96, 54)))), "96×54");
  assert.equal(sizeOf(shown(encoder.encode(realPicture(), placementOf(960, 540)))), "192×108");
});

Deno.test("kitty alternates two ids and deletes the older picture after the newer is shown", () => {
  const encoder = new KittyEncoder([new RgbTransport()], options);
  const frame = () => parseKitty(encoder.encode(flatPicture(8, 8, [1, 2, 3]), placementOf(8, 8)));
  const [first] = frame();
  const second = frame();
  const third = frame();
  assert.deepEqual(second.map(({ keys }) => keys.a), ["T", "d"]);
  assert.equal(second[1].keys.d, "I");
  assert.equal(second[1].keys.i, first.keys.i);
  assert.notEqual(second[0].keys.i, first.keys.i);
  assert.equal(third[0].keys.i, first.keys.i);
  assert.equal(third[1].keys.i, second[0].keys.i);
});

Deno.test("kitty erases what is shown and nothing when nothing is", () => {
  const encoder = new KittyEncoder([new RgbTransport()], options);
  assert.equal(encoder.erase().length, 0);
  const [picture] = parseKitty(encoder.encode(flatPicture(8, 8, [1, 2, 3]), placementOf(8, 8)));
  const removals = parseKitty(encoder.erase());
  assert.ok(removals.every(({ keys }) => keys.a === "d" && keys.d === "I"));
  assert.ok(removals.some(({ keys }) => keys.i === picture.keys.i));
  assert.equal(encoder.erase().length, 0);
});

Deno.test("kitty ids are in range, whatever the random bytes are", () => {
  for (const value of [0, 0xff]) {
    const random = {
      ...systemRandom,
      bytes: (length: number) => new Uint8Array(length).fill(value),
    };
    const encoder = new KittyEncoder([new RgbTransport()], { ...options, random });
    for (let i = 0; i < 2; i++) {
      const id = Number(
        shown(encoder.encode(flatPicture(2, 2, [0, 0, 0]), placementOf(2, 2))).keys.i,
      );
      assert.ok(id > 0 && id <= 0xffffffff);
    }
  }
});

Deno.test("kitty passes a JPEG on byte for byte to a terminal that takes it", () => {
  const jpeg = Deno.readFileSync(new URL("../../../fixtures/cockatoo.jpg", import.meta.url));
  const encoder = new KittyJpegEncoder(options);
  const { keys, data } = shown(encoder.encode(jpeg, placementOf(640, 360)));
  assert.deepEqual([keys.f, keys.t], ["100", "d"]);
  assert.deepEqual(data, jpeg);
  const [next, removal] = parseKitty(encoder.encode(jpeg, placementOf(640, 360)));
  assert.deepEqual([removal.keys.d, removal.keys.i], ["I", keys.i]);
  assert.deepEqual(next.data, jpeg);
});

for (const medium of ["memory", "file"] as const) {
  Deno.test(`kitty hands pictures over by ${medium} and leaves nothing behind`, async () => {
    const folder = await makeFolder();
    const transport = new FileTransport({ medium, folder });
    const encoder = new KittyEncoder([transport], options);
    const picture = realPicture();
    const { keys, data } = shown(encoder.encode(picture, placementOf(192, 108)));
    const reference = new TextDecoder().decode(data);
    const path = medium === "memory" ? `${folder}${reference}` : reference;
    assert.deepEqual([keys.t, keys.f, keys.s, keys.v], [
      medium[0] === "m" ? "s" : "t",
      "24",
      "192",
      "108",
    ]);
    assert.match(path, /tty-graphics-protocol/);
    assert.deepEqual(Deno.readFileSync(path), picture.rgb);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    Deno.removeSync(path); // as the terminal does
    for (let i = 0; i < 6; i++) encoder.encode(picture, placementOf(192, 108));
    assert.equal(
      [...Deno.readDirSync(folder)].length,
      3,
      "a silent terminal does not fill the disk",
    );
    encoder.close();
    encoder.close();
    assert.equal([...Deno.readDirSync(folder)].length, 0);
  });
}

Deno.test("kitty goes on in the commands when a picture cannot be handed over by memory", async () => {
  const folder = `${await makeFolder()}/missing`;
  const memory = new FileTransport({ medium: "memory", folder });
  const encoder = new KittyEncoder([memory, new RgbTransport()], options);
  const picture = realPicture();
  for (let i = 0; i < 2; i++) {
    const { keys, data } = shown(encoder.encode(picture, placementOf(192, 108)));
    assert.equal(keys.t, "d");
    assert.deepEqual(new Uint8Array(inflateSync(data)), picture.rgb);
  }
});

Deno.test("kitty throws TerminalError when the picture cannot be handed over", async () => {
  const folder = `${await makeFolder()}/missing`;
  const transport = new FileTransport({ medium: "memory", folder });
  const encoder = new KittyEncoder([transport], options);
  const picture: Bitmap = flatPicture(2, 2, [0, 0, 0]);
  assert.throws(() => encoder.encode(picture, placementOf(2, 2)), TerminalError);
  encoder.close();
});
