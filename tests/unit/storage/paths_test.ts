import { deepEqual, equal, throws } from "node:assert/strict";
import { StorageError, UsageError } from "../../../lib/base/errors.ts";
import { profileFolder, programFolders } from "../../../lib/storage/paths.ts";

function on(os: typeof Deno.build.os, variables: Record<string, string>) {
  return {
    os,
    env: (name: string) => variables[name],
    workingFolder: os === "windows" ? "C:\\here" : "/here",
  };
}

Deno.test("paths on Linux are the XDG defaults below the home folder", () => {
  deepEqual(programFolders("heliograph", on("linux", { HOME: "/home/ada" })), {
    config: "/home/ada/.config/heliograph",
    data: "/home/ada/.local/share/heliograph",
    state: "/home/ada/.local/state/heliograph",
    cache: "/home/ada/.cache/heliograph",
    runtime: "/home/ada/.local/state/heliograph/run",
  });
});

Deno.test("paths follow absolute XDG variables and ignore relative and empty ones", () => {
  const folders = programFolders(
    "heliograph-server",
    on("linux", {
      HOME: "/home/ada",
      XDG_CONFIG_HOME: "/etc/ada",
      XDG_DATA_HOME: "data",
      XDG_STATE_HOME: "",
      XDG_CACHE_HOME: "./cache",
      XDG_RUNTIME_DIR: "/run/user/7",
    }),
  );
  deepEqual(folders, {
    config: "/etc/ada/heliograph-server",
    data: "/home/ada/.local/share/heliograph-server",
    state: "/home/ada/.local/state/heliograph-server",
    cache: "/home/ada/.cache/heliograph-server",
    runtime: "/run/user/7/heliograph-server",
  });
});

Deno.test("paths are all below HELIOGRAPH_HOME when it is set, on every system", () => {
  deepEqual(
    programFolders("heliograph", on("linux", { HELIOGRAPH_HOME: "/h", XDG_DATA_HOME: "/x" })),
    {
      config: "/h/heliograph/config",
      data: "/h/heliograph/data",
      state: "/h/heliograph/state",
      cache: "/h/heliograph/cache",
      runtime: "/h/heliograph/runtime",
    },
  );
  equal(
    programFolders("heliograph", on("darwin", { HELIOGRAPH_HOME: "h" })).data,
    "/here/h/heliograph/data",
  );
  equal(
    programFolders("heliograph", on("windows", { HELIOGRAPH_HOME: "D:\\h" })).state,
    "D:\\h\\heliograph\\state",
  );
});

Deno.test("paths on macOS are the Library unless XDG is set", () => {
  const folders = programFolders(
    "heliograph",
    on("darwin", { HOME: "/Users/ada", XDG_STATE_HOME: "/s" }),
  );
  deepEqual(folders, {
    config: "/Users/ada/Library/Application Support/heliograph/config",
    data: "/Users/ada/Library/Application Support/heliograph/data",
    state: "/s/heliograph",
    cache: "/Users/ada/Library/Caches/heliograph",
    runtime: "/Users/ada/Library/Application Support/heliograph/runtime",
  });
});

Deno.test("paths on Windows are the application data folders", () => {
  const folders = programFolders(
    "heliograph",
    on("windows", { APPDATA: "C:\\Users\\ada\\Roaming", LOCALAPPDATA: "C:\\Users\\ada\\Local" }),
  );
  deepEqual(folders, {
    config: "C:\\Users\\ada\\Roaming\\heliograph\\config",
    data: "C:\\Users\\ada\\Local\\heliograph\\data",
    state: "C:\\Users\\ada\\Local\\heliograph\\state",
    cache: "C:\\Users\\ada\\Local\\heliograph\\cache",
    runtime: "C:\\Users\\ada\\Local\\heliograph\\state",
  });
});

Deno.test("paths say which variable is missing when there is no home folder", () => {
  throws(() => programFolders("heliograph", on("linux", { HOME: "ada" })), {
    name: new StorageError("", "").name,
    code: "not-found",
    message: "Cannot find the config folder: HOME is not set",
  });
  throws(() => programFolders("heliograph", on("windows", {})), /%APPDATA% is not set/);
});

Deno.test("paths of a profile stay inside the data folder whatever its name", () => {
  const folders = programFolders("heliograph", on("linux", { HOME: "/home/ada" }));
  equal(profileFolder(folders, "bot-2", "linux"), "/home/ada/.local/share/heliograph/bot-2");
  equal(profileFolder(folders, "a".repeat(64), "linux").endsWith("a".repeat(64)), true);
  for (
    const name of [
      "",
      "..",
      "a/b",
      "a\\b",
      "-x",
      ".x",
      "a.b",
      "ä",
      "a".repeat(65),
      "nul",
      "COM1",
      "a\n",
    ]
  ) {
    throws(() => profileFolder(folders, name, "linux"), UsageError, JSON.stringify(name));
  }
});
