/** Recipes by which other package managers fetch a release. Pure: texts out of the table of facts, and the sums of the archives. */

import {
  archiveFolder,
  archiveName,
  downloadFolder,
  FACTS,
  type Facts,
  OLDEST_GLIBC,
  type Target,
  TARGETS,
} from "./facts.ts";

/** SHA-256 of an archive, in hexadecimal digits. */
export type SumOf = (target: Target) => string;

/** Stands in the repository: no file has this sum, so that nothing is installed by it. The release writes the real ones. */
export const NO_SUM: SumOf = () => "0".repeat(64);

function target(os: Target["os"], cpu: Target["cpu"]): Target {
  const found = TARGETS.find((each) => each.os === os && each.cpu === cpu);
  if (found === undefined) throw new Error(`No release for ${os} ${cpu}`);
  return found;
}

function addressOf(target: Target, facts: Facts): string {
  return `${downloadFolder(facts)}/${archiveName(target, facts)}`;
}

const MADE = "Made by `deno task generate` out of tools/release; a release has it with the sums.";

/** The formula of Homebrew. */
export function homebrewFormula(sumOf: SumOf, facts: Facts = FACTS): string {
  const source = (system: Target) => [
    `      url "${addressOf(system, facts)}"`,
    `      sha256 "${sumOf(system)}"`,
  ];
  const choice = (os: "macos" | "linux") => [
    `  on_${os} do`,
    "    on_arm do",
    ...source(target(os, "arm64")),
    "    end",
    "    on_intel do",
    ...source(target(os, "x64")),
    "    end",
    "  end",
    "",
  ];
  return [
    `# ${MADE}`,
    "class Heliograph < Formula",
    `  desc "${facts.summary}"`,
    `  homepage "${facts.homepage}"`,
    `  version "${facts.version}"`,
    `  license "${facts.license}"`,
    "",
    ...choice("macos"),
    ...choice("linux"),
    "  # Its own code lies behind the runtime.",
    "  skip_clean :all",
    "",
    "  def install",
    '    libexec.install Dir["*"]',
    ...facts.programs.map((name) => `    bin.install_symlink libexec/"${name}"`),
    '    man1.install_symlink Dir[libexec/"man/*.1"]',
    '    bash_completion.install_symlink Dir[libexec/"completions/bash/*"]',
    '    zsh_completion.install_symlink Dir[libexec/"completions/zsh/*"]',
    '    fish_completion.install_symlink Dir[libexec/"completions/fish/*"]',
    "  end",
    "",
    "  service do",
    '    run [opt_bin/"heliograph-server", "serve", "--no-console"]',
    '    environment_variables HELIOGRAPH_DATA: var/"heliograph"',
    '    log_path var/"log/heliograph-server.log"',
    '    error_log_path var/"log/heliograph-server.log"',
    "  end",
    "",
    "  test do",
    '    assert_match version.to_s, shell_output("#{bin}/heliograph --version")',
    "  end",
    "end",
    "",
  ].join("\n");
}

/** PKGBUILD of the AUR's `heliograph-bin`. */
export function aurBuild(sumOf: SumOf, facts: Facts = FACTS): string {
  const [x64, arm64] = [target("linux", "x64"), target("linux", "arm64")];
  const folder = `${facts.name}-$pkgver-$CARCH-unknown-linux-gnu`;
  return [
    `# ${MADE}`,
    `# Maintainer: ${facts.maintainer}`,
    `pkgname=${facts.name}-bin`,
    `pkgver=${facts.version}`,
    `pkgrel=${facts.packageRevision}`,
    `pkgdesc="${facts.summary}"`,
    `arch=(${x64.machine} ${arm64.machine})`,
    `url="${facts.homepage}"`,
    `license=(${facts.license})`,
    `depends=("glibc>=${OLDEST_GLIBC}" gcc-libs)`,
    "optdepends=('ffmpeg: videos' 'util-linux: walls around ffmpeg')",
    `provides=(${facts.name})`,
    `conflicts=(${facts.name})`,
    "backup=(etc/heliograph-server/server.toml)",
    "# Its own code lies behind the runtime.",
    "options=(!strip !debug)",
    ...[x64, arm64].flatMap((system) => [
      `source_${system.machine}=("${addressOf(system, facts)}")`,
      `sha256sums_${system.machine}=('${sumOf(system)}')`,
    ]),
    "",
    "package() {",
    `  cd "$srcdir/${folder}"`,
    '  install -d "$pkgdir/usr/lib/heliograph" "$pkgdir/usr/bin"',
    ...facts.programs.flatMap((name) => [
      `  install -m755 ${name} "$pkgdir/usr/lib/heliograph/"`,
      `  ln -s ../lib/heliograph/${name} "$pkgdir/usr/bin/${name}"`,
    ]),
    '  cp -r videos "$pkgdir/usr/lib/heliograph/"',
    '  install -Dm644 -t "$pkgdir/usr/share/man/man1" man/*.1',
    '  install -Dm644 -t "$pkgdir/usr/share/bash-completion/completions" completions/bash/*',
    '  install -Dm644 -t "$pkgdir/usr/share/zsh/site-functions" completions/zsh/*',
    '  install -Dm644 -t "$pkgdir/usr/share/fish/vendor_completions.d" completions/fish/*',
    '  install -Dm644 -t "$pkgdir/usr/lib/systemd/system" systemd/*.*',
    '  install -Dm644 -t "$pkgdir/usr/lib/systemd/user" systemd/user/*',
    '  install -Dm644 -t "$pkgdir/etc/heliograph-server" server.toml',
    '  install -Dm644 -t "$pkgdir/usr/share/doc/heliograph" README.md docs/*',
    '  cp -r prometheus grafana "$pkgdir/usr/share/doc/heliograph/"',
    '  install -Dm644 -t "$pkgdir/usr/share/licenses/$pkgname" LICENSE THIRD-PARTY-LICENSES.txt',
    "}",
    "",
  ].join("\n");
}

/** The flake. A program with code behind its runtime must not be patched, so it gets the folders that it looks for. */
export function nixFlake(sumOf: SumOf, facts: Facts = FACTS): string {
  const systems = TARGETS.filter(({ nix }) => nix !== undefined);
  return [
    `# ${MADE}`,
    "{",
    `  description = "${facts.summary}";`,
    '  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";',
    "  outputs = { self, nixpkgs }:",
    "    let",
    `      version = "${facts.version}";`,
    "      archives = {",
    ...systems.flatMap((system) => [
      `        ${system.nix} = {`,
      `          url = "${addressOf(system, facts)}";`,
      `          sha256 = "${sumOf(system)}";`,
      "        };",
    ]),
    "      };",
    "      eachSystem = nixpkgs.lib.genAttrs (builtins.attrNames archives);",
    "      packageFor = system:",
    "        let",
    "          pkgs = nixpkgs.legacyPackages.${system};",
    "          unpacked = pkgs.stdenvNoCC.mkDerivation {",
    `            pname = "${facts.name}-unpacked";`,
    "            inherit version;",
    "            src = pkgs.fetchurl archives.${system};",
    "            dontFixup = true;",
    "            installPhase = ''",
    "              mkdir -p $out/lib/heliograph $out/share/man/man1 $out/share/bash-completion/completions \\",
    "                $out/share/zsh/site-functions $out/share/fish/vendor_completions.d",
    "              cp -r . $out/lib/heliograph",
    "              cp man/*.1 $out/share/man/man1",
    "              cp completions/bash/* $out/share/bash-completion/completions",
    "              cp completions/zsh/* $out/share/zsh/site-functions",
    "              cp completions/fish/* $out/share/fish/vendor_completions.d",
    "            '';",
    "          };",
    "          wrapped = name: pkgs.buildFHSEnv {",
    "            inherit name;",
    "            targetPkgs = pkgs: [ pkgs.ffmpeg-headless pkgs.util-linux ];",
    '            runScript = "${unpacked}/lib/heliograph/${name}";',
    "          };",
    "        in pkgs.symlinkJoin {",
    `          name = "${facts.name}-\${version}";`,
    `          paths = [ ${
      facts.programs.map((name) => `(wrapped "${name}")`).join(" ")
    } unpacked ];`,
    "          meta = {",
    `            description = "${facts.summary}";`,
    `            homepage = "${facts.homepage}";`,
    "            license = pkgs.lib.licenses.mit;",
    `            mainProgram = "${facts.name}";`,
    "            sourceProvenance = [ pkgs.lib.sourceTypes.binaryNativeCode ];",
    "          };",
    "        };",
    "    in {",
    "      packages = eachSystem (system: { default = packageFor system; });",
    "    };",
    "}",
    "",
  ].join("\n");
}

/** The manifest of Scoop. */
export function scoopManifest(sumOf: SumOf, facts: Facts = FACTS): string {
  const windows = target("windows", "x64");
  const next = archiveName(windows, { ...facts, version: "$version" });
  const manifest = {
    version: facts.version,
    description: facts.summary,
    homepage: facts.homepage,
    license: facts.license,
    suggest: { ffmpeg: "ffmpeg" },
    architecture: { "64bit": { url: addressOf(windows, facts), hash: sumOf(windows) } },
    extract_dir: archiveFolder(windows, facts),
    bin: facts.programs.map((name) => `${name}.exe`),
    checkver: "github",
    autoupdate: {
      architecture: {
        "64bit": {
          url: `${facts.homepage}/releases/download/v$version/${next}`,
          hash: { url: "$baseurl/SHA256SUMS" },
        },
      },
      extract_dir: next.replace(/\.zip$/, ""),
    },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** How an image is made of the archive that lies unpacked in `CPU/` beside it. */
export function containerfile(facts: Facts = FACTS): string {
  return [
    `# Made by \`deno task generate\` out of tools/release. \`deno task release\` puts it beside the unpacked programs: dist/image.`,
    "ARG BASE=docker.io/library/debian:12-slim",
    "FROM ${BASE}",
    "ARG TARGETARCH=amd64",
    `LABEL org.opencontainers.image.title="${facts.name}" \\`,
    `      org.opencontainers.image.description="${facts.summary}" \\`,
    `      org.opencontainers.image.version="${facts.version}" \\`,
    `      org.opencontainers.image.licenses="${facts.license}" \\`,
    `      org.opencontainers.image.source="${facts.homepage}"`,
    "RUN apt-get update -q \\",
    "  && apt-get install -yq --no-install-recommends ffmpeg util-linux \\",
    "  && rm -rf /var/lib/apt/lists/*",
    "RUN groupadd --gid 9797 heliograph \\",
    "  && useradd --uid 9797 --gid 9797 --home-dir /var/lib/heliograph --shell /usr/sbin/nologin heliograph \\",
    "  && install -d -o heliograph -g heliograph -m 0700 /var/lib/heliograph \\",
    "  && install -d -m 0755 /srv/videos",
    "COPY ${TARGETARCH}/ /usr/lib/heliograph/",
    `RUN ${
      facts.programs.map((name) => `ln -s ../lib/heliograph/${name} /usr/bin/${name}`).join(
        " \\\n  && ",
      )
    }`,
    "ENV HELIOGRAPH_DATA=/var/lib/heliograph HELIOGRAPH_VIDEOS=/srv/videos HOME=/var/lib/heliograph",
    "VOLUME /var/lib/heliograph",
    `EXPOSE ${facts.port}/tcp ${facts.port}/udp`,
    "USER 9797:9797",
    "WORKDIR /var/lib/heliograph",
    "HEALTHCHECK --interval=30s --timeout=10s --start-period=20s CMD heliograph-server status",
    "STOPSIGNAL SIGTERM",
    'ENTRYPOINT ["heliograph-server"]',
    'CMD ["serve", "--no-console", "--log-format", "json"]',
    "",
  ].join("\n");
}

/** The same container by `docker compose` or `podman compose`. */
export function composeFile(facts: Facts = FACTS): string {
  return [
    "# Made by `deno task generate` out of tools/release.",
    "services:",
    "  chat:",
    `    image: ${facts.image}:${facts.version}`,
    "    restart: unless-stopped",
    "    ports:",
    `      - "${facts.port}:${facts.port}/tcp"`,
    `      - "${facts.port}:${facts.port}/udp"`,
    "    volumes:",
    "      - data:/var/lib/heliograph",
    "      - ./videos:/srv/videos:ro",
    "    environment:",
    "      # The name under which people reach it: inside, the server knows only the container's address.",
    "      HELIOGRAPH_PUBLIC_ADDRESS: chat.example.org",
    "    read_only: true",
    "    tmpfs: [/tmp]",
    "    cap_drop: [ALL]",
    "    stop_grace_period: 20s",
    "    healthcheck:",
    '      test: ["CMD", "heliograph-server", "status"]',
    "      interval: 30s",
    "      timeout: 10s",
    "      start_period: 20s",
    "volumes:",
    "  data:",
    "",
  ].join("\n");
}
