import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { delimiter } from "node:path";
import {
  ffmpegPlatform,
  locateFfmpeg,
  type LocateOptions,
} from "../../../lib/media/ffmpeg/ffmpeg_locate.ts";
import { script, tempFolder } from "./media_kit.ts";

/** Looks with nothing around but what the test gives. */
async function locate(options: LocateOptions & { path?: readonly string[]; variable?: string }) {
  const { path = [], variable, ...rest } = options;
  const values: Record<string, string | undefined> = {
    PATH: path.join(delimiter),
    HELIOGRAPH_FFMPEG: variable,
  };
  const result = await locateFfmpeg({
    environment: (name) => values[name],
    executablePath: "/nowhere/heliograph-server",
    ...rest,
  });
  return result.found ? result.path : result.tried.map(({ reason }) => reason).join("; ");
}

async function program(): Promise<{ folder: string; path: string }> {
  const folder = await tempFolder();
  await Deno.chmod(folder, 0o755);
  return { folder, path: await script(folder, "exit 0") };
}

Deno.test("ffmpeg is taken from the given path, else the variable, else PATH, else the own folders", async () => {
  const [given, named, onPath, beside, data] = await Promise.all([1, 2, 3, 4, 5].map(program));
  const all = {
    given: given.path,
    variable: named.path,
    path: ["relative", onPath.folder],
    executablePath: `${beside.folder}/heliograph-server`,
    dataFolder: data.folder,
  };
  equal(await locate(all), given.path);
  equal(await locate({ ...all, given: undefined }), named.path);
  const { given: _given, variable: _variable, ...rest } = all;
  equal(await locate(rest), onPath.path);
  equal(await locate({ ...rest, path: [] }), beside.path);
  equal(await locate({ dataFolder: data.folder }), data.path);
  equal(await locate({}), "");
});

Deno.test("ffmpeg is found in the hidden folder of the project", async () => {
  const project = await tempFolder();
  const folder = `${project}/.heliograph/ffmpeg/node_modules/@ffmpeg-installer/linux-x64`;
  await Deno.mkdir(folder, { recursive: true });
  const path = await script(folder, "exit 0");
  equal(await locate({ projectFolder: project, os: "linux", arch: "x86_64" }), path);
  deepStrictEqual([
    ffmpegPlatform("linux", "aarch64"),
    ffmpegPlatform("darwin", "aarch64"),
    ffmpegPlatform("windows", "x86_64"),
  ], ["linux-arm64", "darwin-arm64", "win32-x64"]);
});

Deno.test("ffmpeg that was given and is wrong is not replaced by another", async () => {
  const { folder } = await program();
  match(
    await locate({ given: `${folder}/none`, path: [folder] }),
    /No such file|not found|cannot find/i,
  );
  equal(await locate({ given: folder, path: [folder] }), "not a file");
});

Deno.test("SR-73: ffmpeg in a folder of foreign files is refused, also behind a link", async () => {
  const { folder, path } = await program();
  equal(await locate({ given: path, foreignFolders: [folder] }), "in a folder of foreign files");
  const links = await tempFolder();
  await Deno.symlink(path, `${links}/ffmpeg`);
  equal(await locate({ path: [links], foreignFolders: [folder] }), "in a folder of foreign files");
  equal(await locate({ path: [links], foreignFolders: [`${folder}/deeper`, "/nowhere"] }), path);
});

Deno.test({
  name: "SR-73: ffmpeg that others can write, or swap in its folder, is refused",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { folder, path } = await program();
    await Deno.chmod(path, 0o757);
    equal(await locate({ given: path }), "anyone can write it");
    await Deno.chmod(path, 0o644);
    equal(await locate({ given: path }), "not executable");
    await Deno.chmod(path, 0o755);
    await Deno.chmod(folder, 0o777);
    match(await locate({ given: path }), /^anyone can write \//);
    await Deno.chmod(folder, 0o1777);
    match(await locate({ given: path }), /^anyone can write \//);
    await Deno.mkdir(`${folder}/inner`);
    await Deno.chmod(`${folder}/inner`, 0o755);
    const inner = await script(`${folder}/inner`, "exit 0");
    equal(await locate({ given: inner }), inner);
    await Deno.chmod(folder, 0o777);
    ok((await locate({ given: inner })).startsWith("anyone can write "));
  },
});
