import { deepStrictEqual, equal } from "node:assert/strict";
import { findVideo } from "../../../lib/media/library/video_name.ts";
import { scanVideos } from "../../../lib/media/library/video_scan.ts";
import { tempFolder } from "./media_kit.ts";

async function folderWith(...names: string[]): Promise<string> {
  const folder = await tempFolder();
  for (const name of names) await Deno.writeTextFile(`${folder}/${name}`, `content of ${name}`);
  return folder;
}

async function names(folder: string): Promise<string[]> {
  return (await scanVideos(folder)).map(({ name }) => name);
}

Deno.test("S4.11: scan joins a plain file and its ready renditions into one video", async () => {
  const folder = await folderWith("bunny.mp4", "bunny_240.mp4", "bunny_1080.mp4", "city_720.mp4");
  const videos = await scanVideos(folder);
  deepStrictEqual(
    videos.map(({ name, readyRenditions, plain }) => [name, readyRenditions, plain !== undefined]),
    [
      ["bunny", ["240p", "1080p"], true],
      ["city", ["720p"], false],
    ],
  );
  equal(
    videos[0].sizeBytes,
    "content of ".length * 3 + "bunny.mp4bunny_240.mp4bunny_1080.mp4".length,
  );
  equal(videos[0].ready["240p"]?.path, `${await Deno.realPath(folder)}/bunny_240.mp4`);
});

Deno.test("scan gives every video a name of its own", async () => {
  const folder = await folderWith(
    "a.mp4",
    "a.webm",
    "b\u0007.mp4",
    "b.mp4",
    "readme.txt",
    ".hidden.mp4",
  );
  deepStrictEqual(await names(folder), ["a", "a.webm", "b", "b (2)"]);
  const videos = await scanVideos(folder);
  const found = findVideo(videos, "a.webm");
  equal(found.found && found.video.plain?.path.endsWith("/a.webm"), true);
});

Deno.test("scan of a folder that does not exist finds nothing, and an empty file is listed by itself only (row S4.12)", async () => {
  deepStrictEqual(await names("/nowhere/videos"), []);
  const folder = await folderWith();
  await Deno.writeFile(`${folder}/empty.mp4`, new Uint8Array(0));
  deepStrictEqual(await names(folder), ["empty"]);
  await Deno.writeFile(`${folder}/empty_720.mp4`, Uint8Array.of(1));
  const [video, ...others] = await scanVideos(folder);
  deepStrictEqual([video.plain, video.readyRenditions, others], [undefined, ["720p"], []]);
});

Deno.test("scan leaves out a collection that may not be read, as lost+found of a disk of its own, and lists the others", async () => {
  const folder = await folderWith("film.mp4");
  for (const name of ["lost+found", "physics"]) await Deno.mkdir(`${folder}/${name}`);
  await Deno.writeTextFile(`${folder}/physics/lesson.mp4`, "content");
  const { readDir } = Deno;
  // Who runs the tests may be allowed to read everything.
  Deno.readDir = (path) => {
    if (String(path).endsWith("lost+found")) throw new Deno.errors.PermissionDenied("not for you");
    return readDir(path);
  };
  try {
    deepStrictEqual(await names(folder), ["film", "physics/lesson"]);
  } finally {
    Deno.readDir = readDir;
  }
});

Deno.test("scan takes each folder for a collection, but none that lies deeper or is hidden", async () => {
  const folder = await folderWith("film.mp4", "song.m4a");
  for (const name of ["physics", "physics/deeper", ".hidden"]) {
    await Deno.mkdir(`${folder}/${name}`);
  }
  for (const name of ["physics/one.mp4", "physics/one_240.mp4", "physics/deeper/two.mp4"]) {
    await Deno.writeTextFile(`${folder}/${name}`, "x");
  }
  await Deno.writeTextFile(`${folder}/.hidden/three.mp4`, "x");
  deepStrictEqual(await names(folder), ["film", "physics/one", "song"]);
  const found = findVideo(await scanVideos(folder), "physics/one.mp4");
  deepStrictEqual(found.found && found.video.readyRenditions, ["240p"]);
});

Deno.test({
  name: "SR-75: scan takes regular files only whose real path lies in the folder",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await folderWith("good.mp4");
    const outside = await folderWith("secret.mp4");
    await Deno.symlink(`${outside}/secret.mp4`, `${folder}/link-out.mp4`);
    await Deno.symlink("good.mp4", `${folder}/link-in.mp4`);
    await Deno.symlink("/nowhere", `${folder}/dangling.mp4`);
    await Deno.symlink("/dev/zero", `${folder}/device.mp4`);
    await Deno.symlink(outside, `${folder}/folder-link.mp4`);
    await Deno.mkdir(`${folder}/folder.mp4`);
    await new Deno.Command("mkfifo", { args: [`${folder}/fifo.mp4`] }).output();
    // A folder whose name begins like ours is another one.
    await Deno.mkdir(`${folder}-twin`);
    await Deno.writeTextFile(`${folder}-twin/twin.mp4`, "x");
    await Deno.symlink(`${folder}-twin/twin.mp4`, `${folder}/twin-out.mp4`);
    deepStrictEqual(await names(folder), ["good", "link-in"]);
  },
});
