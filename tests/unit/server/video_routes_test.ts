import assert from "node:assert/strict";
import { ready, registered } from "../../kit/raw_account.ts";
import { TestServer } from "../../kit/test_server.ts";

Deno.test("SR-75: a video is looked up by name and never joined to a path", async () => {
  await using server = await TestServer.open();
  await Deno.writeTextFile(`${server.folder}/outside.mp4`, "not for watching");
  await Deno.symlink("../outside.mp4", `${server.folder}/videos/link.mp4`).catch(() => {});
  await Deno.writeTextFile(`${server.folder}/videos/inside.mp4`, "no video");
  const client = await ready(server, await registered(server, "alice"));
  const open = (video: string) =>
    client.ask("video.open", { video, mode: "thirds", speed: 1 }).then(({ header }) => header);
  const names = [
    "../outside",
    "../outside.mp4",
    "/etc/passwd",
    "link",
    "",
    ".",
    "..",
    "%2e%2e/outside",
  ];
  for (const name of names) assert.equal((await open(name)).code, "unknown-video", name);
  const { code } = await open("inside");
  assert.ok(code === "ffmpeg-missing" || code === "media-refused", String(code));
});

Deno.test("a poster is of a video of the library, and of nothing else", async () => {
  await using server = await TestServer.open();
  await Deno.writeTextFile(`${server.folder}/outside.mp4`, "not for watching");
  await Deno.writeTextFile(`${server.folder}/videos/inside.mp4`, "no video");
  const client = await ready(server, await registered(server, "alice"));
  const code = async (video: string) => (await client.ask("video.poster", { video })).header.code;
  assert.equal(await code("../outside"), "unknown-video");
  const inside = await code("inside");
  assert.ok(inside === "ffmpeg-missing" || inside === "media-refused", String(inside));
});

Deno.test("a mistyped video name is answered with the nearest one", async () => {
  await using server = await TestServer.open();
  await Deno.writeTextFile(`${server.folder}/videos/cockatoo.mp4`, "no video");
  const client = await ready(server, await registered(server, "alice"));
  const { header } = await client.ask("video.open", { video: "cocatoo", mode: "thirds", speed: 1 });
  assert.deepEqual([header.code, header.suggestion], ["unknown-video", "cockatoo"]);
});

Deno.test("the library is listed in pages, with names that a header holds", async () => {
  await using server = await TestServer.open();
  for (let i = 0; i < 100; i++) {
    const name = `${String(i).padStart(3, "0")}-${"ü".repeat(110)}`;
    await Deno.writeTextFile(`${server.folder}/videos/${name}.mp4`, "no video");
  }
  const client = await ready(server, await registered(server, "alice"));
  const numbers: number[] = [];
  for (let more = true; more;) {
    const after = numbers.length === 0 ? {} : { after: numbers[numbers.length - 1] };
    const page = await client.get("video.list", after);
    numbers.push(...(page.videos as { number: number }[]).map(({ number }) => number));
    more = page.more === true;
  }
  assert.deepEqual(numbers, Array.from({ length: 100 }, (_, i) => i + 1));
});

Deno.test("a stream that does not exist cannot be controlled, and credit for it is ignored", async () => {
  await using server = await TestServer.open();
  const client = await ready(server, await registered(server, "alice"));
  const control = { stream: 1, action: "pause", epoch: 1 };
  assert.equal(await client.refused("video.control", control), "unknown-stream");
  client.send({ kind: "video.credit", stream: 1, epoch: 0, frames: 1, bytes: 1 });
  await client.get("keys.count");
});
