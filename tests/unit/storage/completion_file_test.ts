import { deepEqual, equal, match, rejects, throws } from "node:assert/strict";
import { join } from "node:path";
import { madeBy, type Shell, SHELLS } from "../../../lib/commands/completion/shells.ts";
import {
  completionFile,
  installCompletion,
  removeCompletion,
} from "../../../lib/storage/completion_file.ts";
import { fileNames, temporaryFolder } from "./kit.ts";

const environment = (variables: Readonly<Record<string, string>>) => ({
  env: (name: string) => variables[name],
});

const AT_HOME: Readonly<Record<Shell, string>> = {
  bash: "/home/ann/.local/share/bash-completion/completions/pro",
  zsh: "/home/ann/.local/share/zsh/site-functions/_pro",
  fish: "/home/ann/.config/fish/completions/pro.fish",
};

for (const shell of SHELLS) {
  Deno.test(`${shell}: completion goes where the shell looks, below HOME`, () => {
    const { path } = completionFile("pro", shell, environment({ HOME: "/home/ann" }));
    equal(path.replaceAll("\\", "/"), AT_HOME[shell]);
  });

  Deno.test(`${shell}: completion is installed, installed again, and removed`, async () => {
    using folder = temporaryFolder();
    const file = { program: "pro", shell, path: folder.file("a/b/pro") };
    for (const text of ["one", "two"]) {
      const script = `# x\n${madeBy("pro", shell)}\n${text}\n`;
      match(await installCompletion(file, script), /^Wrote the completion of pro for /);
      equal(Deno.readTextFileSync(file.path), script);
    }
    match(await removeCompletion(file), /^Removed the completion of pro/);
    deepEqual(fileNames(folder.file("a/b")), []);
    match(await removeCompletion(file), /^No completion of pro .* is installed/);
  });
}

Deno.test("the folders of the XDG variables are taken, and relative ones are not", () => {
  const variables = { HOME: "/h", XDG_DATA_HOME: "/data", XDG_CONFIG_HOME: "config" };
  const path = (shell: Shell, more = {}) =>
    completionFile("pro", shell, environment({ ...variables, ...more })).path.replaceAll("\\", "/");
  equal(path("bash"), "/data/bash-completion/completions/pro");
  equal(path("bash", { BASH_COMPLETION_USER_DIR: "/mine" }), "/mine/completions/pro");
  equal(path("fish"), "/h/.config/fish/completions/pro.fish");
});

Deno.test("the shell in use is that of SHELL; another one has to be named", () => {
  equal(
    completionFile("pro", undefined, environment({ HOME: "/h", SHELL: "/bin/zsh" })).shell,
    "zsh",
  );
  for (const SHELL of ["/bin/tcsh", ""]) {
    throws(() => completionFile("pro", undefined, environment({ HOME: "/h", SHELL })), {
      code: "unknown-shell",
    });
  }
  throws(() => completionFile("pro", "bash", environment({})), { code: "not-found" });
});

Deno.test("a file and a folder that somebody else put there stay as they are", async () => {
  using folder = temporaryFolder();
  const own = `# x\n${madeBy("pro", "bash")}\n`;
  Deno.writeTextFileSync(folder.file("file"), "complete -F mine pro\n");
  Deno.mkdirSync(folder.file("folder"));
  Deno.writeTextFileSync(folder.file("other"), own.replace("pro", "prog"));
  for (const name of ["file", "folder", "other"]) {
    const file = { program: "pro", shell: "bash", path: join(folder.path, name) } as const;
    await rejects(installCompletion(file, own), {
      code: "not-ours",
      message: /^Cannot write .*pro/,
    });
    await rejects(removeCompletion(file), { code: "not-ours", message: /^Cannot remove / });
  }
  equal(Deno.readTextFileSync(folder.file("file")), "complete -F mine pro\n");
});
