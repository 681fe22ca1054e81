import { deepEqual, equal, match } from "node:assert/strict";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { findServerProgram } from "../../../lib/cli/server_program.ts";
import { SERVER_PERMISSIONS } from "../../../tools/permissions.ts";

/** A folder of a person's programs, and one that is on PATH. */
async function withFolders(
  test: (folders: { own: string; other: string }) => Promise<void>,
): Promise<void> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({
    dir: await Deno.realPath("tests/tmp"),
    prefix: "server-",
  });
  const [own, other] = [join(folder, "own"), join(folder, "other")];
  await Deno.mkdir(own);
  await Deno.mkdir(other);
  try {
    await test({ own, other });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A compiled client in `own`, with `other` on PATH. */
function compiled({ own, other }: { own: string; other: string }) {
  return {
    executable: join(own, "heliograph"),
    mainModule: pathToFileURL(join(own, "client.ts")).href,
    path: ["relative", other].join(delimiter),
    os: "linux",
    standalone: true,
  } as const;
}

Deno.test("the server program is the one beside the client, before one on PATH", () =>
  withFolders(async (folders) => {
    const { own, other } = folders;
    const places = compiled(folders);
    equal(await findServerProgram(places), undefined);
    // A folder of that name is no program.
    await Deno.mkdir(join(own, "heliograph-server"));
    await Deno.writeTextFile(join(other, "heliograph-server"), "");
    deepEqual(await findServerProgram(places), {
      program: join(other, "heliograph-server"),
      args: [],
    });
    await Deno.remove(join(own, "heliograph-server"));
    await Deno.writeTextFile(join(own, "heliograph-server"), "");
    deepEqual(await findServerProgram(places), {
      program: join(own, "heliograph-server"),
      args: [],
    });
  }));

Deno.test("the server program has an ending on Windows", () =>
  withFolders(async (folders) => {
    await Deno.writeTextFile(join(folders.own, "heliograph-server.exe"), "");
    const found = await findServerProgram({ ...compiled(folders), os: "windows" });
    match(found?.program ?? "", /heliograph-server\.exe$/);
  }));

Deno.test("a compiled client runs no source that lies beside it", () =>
  withFolders(async (folders) => {
    await Deno.writeTextFile(join(folders.own, "server.ts"), "");
    equal(await findServerProgram(compiled(folders)), undefined);
  }));

Deno.test("the source runs the source, with the permissions of the server", () =>
  withFolders(async (folders) => {
    const source = join(folders.own, "server.ts");
    await Deno.writeTextFile(source, "");
    const found = await findServerProgram({ ...compiled(folders), standalone: false });
    equal(found?.program, join(folders.own, "heliograph"));
    const { args = [] } = found ?? {};
    deepEqual([args[0], args.at(-1)], ["run", pathToFileURL(source).href]);
    deepEqual(args.slice(1, -1).sort(), ["--quiet", ...SERVER_PERMISSIONS].sort());
  }));
