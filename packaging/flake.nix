# Made by `deno task generate` out of tools/release; a release has it with the sums.
{
  description = "End-to-end-encrypted chat, files and video in the terminal";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  outputs = { self, nixpkgs }:
    let
      version = "0.1.0";
      archives = {
        x86_64-linux = {
          url = "https://github.com/heliograph/heliograph/releases/download/v0.1.0/heliograph-0.1.0-x86_64-unknown-linux-gnu.tar.xz";
          sha256 = "0000000000000000000000000000000000000000000000000000000000000000";
        };
        aarch64-linux = {
          url = "https://github.com/heliograph/heliograph/releases/download/v0.1.0/heliograph-0.1.0-aarch64-unknown-linux-gnu.tar.xz";
          sha256 = "0000000000000000000000000000000000000000000000000000000000000000";
        };
      };
      eachSystem = nixpkgs.lib.genAttrs (builtins.attrNames archives);
      packageFor = system:
        let
          pkgs = nixpkgs.legacyPackages.${system};
          unpacked = pkgs.stdenvNoCC.mkDerivation {
            pname = "heliograph-unpacked";
            inherit version;
            src = pkgs.fetchurl archives.${system};
            dontFixup = true;
            installPhase = ''
              mkdir -p $out/lib/heliograph $out/share/man/man1 $out/share/bash-completion/completions \
                $out/share/zsh/site-functions $out/share/fish/vendor_completions.d
              cp -r . $out/lib/heliograph
              cp man/*.1 $out/share/man/man1
              cp completions/bash/* $out/share/bash-completion/completions
              cp completions/zsh/* $out/share/zsh/site-functions
              cp completions/fish/* $out/share/fish/vendor_completions.d
            '';
          };
          wrapped = name: pkgs.buildFHSEnv {
            inherit name;
            targetPkgs = pkgs: [ pkgs.ffmpeg-headless pkgs.util-linux ];
            runScript = "${unpacked}/lib/heliograph/${name}";
          };
        in pkgs.symlinkJoin {
          name = "heliograph-${version}";
          paths = [ (wrapped "heliograph") (wrapped "heliograph-server") unpacked ];
          meta = {
            description = "End-to-end-encrypted chat, files and video in the terminal";
            homepage = "https://github.com/heliograph/heliograph";
            license = pkgs.lib.licenses.mit;
            mainProgram = "heliograph";
            sourceProvenance = [ pkgs.lib.sourceTypes.binaryNativeCode ];
          };
        };
    in {
      packages = eachSystem (system: { default = packageFor system; });
    };
}
