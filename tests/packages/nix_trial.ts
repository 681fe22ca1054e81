/** The flake by Nix itself, without the net: nixpkgs is a stand-in of the few functions that the flake calls. */

import { match, rejects } from "node:assert/strict";
import { join } from "node:path";
import { isOnPath } from "../kit/on_path.ts";
import { printedBy } from "../release/made.ts";
import { localRecipe } from "./recipe_folder.ts";

/** Whether this machine can evaluate and build a flake. */
export const canTryFlake: boolean = Deno.build.target === "x86_64-unknown-linux-gnu" &&
  isOnPath("nix");

/**
 * As much of nixpkgs as the flake asks for. `fetchurl` is Nix's own and judges the sum; what would be built by tools of nixpkgs is
 * built by those of this machine, and a place with `/usr` in it is this machine's.
 */
const NIXPKGS = `{
  description = "A stand-in";
  outputs = { self }: let
    script = system: name: text: derivation {
      inherit system name;
      builder = "/bin/sh";
      args = [ "-euc" ("PATH=/usr/bin:/bin; " + text) ];
    };
    packagesFor = system: rec {
      lib = self.lib;
      fetchurl = { url, sha256 }: import <nix/fetchurl.nix> { inherit url sha256; };
      stdenvNoCC.mkDerivation = { pname, version, src, dontFixup, installPhase }:
        assert dontFixup;
        script system "\${pname}-\${version}" ''
          mkdir unpacked; cd unpacked; tar -xzf \${src}; cd *
          \${installPhase}
        '';
      ffmpeg-headless = script system "ffmpeg" "mkdir $out";
      util-linux = script system "util-linux" "mkdir $out";
      buildFHSEnv = { name, targetPkgs, runScript }: script system name ''
        : \${toString (targetPkgs (packagesFor system))}
        mkdir -p $out/bin
        printf '#!/bin/sh\\nexec %s "$@"\\n' "\${runScript}" >$out/bin/\${name}
        chmod +x $out/bin/\${name}
      '';
      symlinkJoin = { name, paths, meta }: script system name ''
        mkdir $out
        for path in \${toString paths}; do cp -rs --no-preserve=mode $path/. $out; done
      '' // { inherit meta; };
    };
  in {
    lib = {
      genAttrs = names: of: builtins.listToAttrs (map (name: { inherit name; value = of name; }) names);
      licenses.mit = { spdxId = "MIT"; };
      sourceTypes.binaryNativeCode = { shortName = "binaryNativeCode"; };
    };
    legacyPackages = { x86_64-linux = packagesFor "x86_64-linux"; aarch64-linux = packagesFor "aarch64-linux"; };
  };
}
`;

/** `release`: the folder with archive and flake; `version`: what its programs say. */
export async function tryFlake(
  { release, folder, version }: {
    readonly release: string;
    readonly folder: string;
    readonly version: string;
  },
): Promise<void> {
  const [flake, nixpkgs, nix] = ["flake", "nixpkgs", "nix"].map((name) => join(folder, name));
  for (const path of [flake, nixpkgs, nix]) await Deno.mkdir(path);
  await Deno.writeTextFile(join(nixpkgs, "flake.nix"), NIXPKGS);
  // A store of its own, which nobody else's programs are in.
  const env = {
    HOME: nix,
    NIX_STORE_DIR: join(nix, "store"),
    NIX_LOCALSTATE_DIR: join(nix, "var"),
    NIX_STATE_DIR: join(nix, "var/nix"),
    NIX_LOG_DIR: join(nix, "var/log"),
    NIX_CONFIG:
      "experimental-features = nix-command flakes\nsandbox = false\nbuild-users-group =\n",
  };
  const stand = ["--override-input", "nixpkgs", `path:${nixpkgs}`, "--no-write-lock-file"];
  const run = (...words: readonly string[]) =>
    printedBy(["nix", ...words, "--offline", ...stand], { cwd: folder, env });
  const build = async (recipe: string) => {
    await Deno.writeTextFile(join(flake, "flake.nix"), recipe);
    await run("build", `path:${flake}`, "--out-link", join(folder, "built"));
  };

  const recipe = await localRecipe(release, "flake.nix");
  const wrongSum = recipe.replace(/(sha256 = ")[0-9a-f]{8}/g, "$100000000");
  await rejects(build(wrongSum), /hash mismatch/);
  await build(recipe);
  for (const program of ["heliograph", "heliograph-server"]) {
    const said = await printedBy([join(folder, "built/bin", program), "--version"]);
    match(said, new RegExp(`^${program} ${version}$`, "m"));
  }
  for (
    const path of [
      "share/man/man1/heliograph.1",
      "share/bash-completion/completions/heliograph",
      "share/zsh/site-functions/_heliograph-server",
      "share/fish/vendor_completions.d/heliograph.fish",
      "lib/heliograph/videos/cockatoo.mp4",
      "lib/heliograph/THIRD-PARTY-LICENSES.txt",
    ]
  ) await Deno.stat(join(folder, "built", path));
  // Both systems evaluate, that of the other processor too.
  await run("flake", "check", `path:${flake}`);
  match(await run("flake", "show", `path:${flake}`), /aarch64-linux[^]*x86_64-linux/);
  // Files of a store are read-only.
  await printedBy(["chmod", "-R", "u+w", nix]);
}
