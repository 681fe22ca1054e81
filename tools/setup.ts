/**
 * `deno task setup`: makes sure that there is an ffmpeg. One on PATH (or named by HELIOGRAPH_FFMPEG) is used as it is;
 * else the build that npm holds for this system is fetched once into `.heliograph/ffmpeg/`. It asks nothing, needs no
 * root, and does nothing the second time.
 *
 * That ffmpeg is a separate program under the GPLv3. It is no import of ours: it would end up in the compiled binaries.
 */

import { join } from "node:path";
import { ffmpegPlatform, locateFfmpeg } from "../lib/media/ffmpeg/ffmpeg_locate.ts";
import { PROJECT_ROOT } from "../tests/tools/layers.ts";
import { run } from "./process.ts";

/** What one package of the registry must be: its version, and the digest of its file as the registry published it. */
interface Package {
  readonly version: string;
  readonly integrity: string;
}

/** By system, the last part of `@ffmpeg-installer/…`. */
const PACKAGES: Readonly<Record<string, Package>> = {
  "linux-x64": {
    version: "4.1.0",
    integrity:
      "sha512-Y5BWhGLU/WpQjOArNIgXD3z5mxxdV8c41C+U15nsE5yF8tVcdCGet5zPs5Zy3Ta6bU7haGpIzryutqCGQA/W8A==",
  },
  "linux-arm64": {
    version: "4.1.4",
    integrity:
      "sha512-dljEqAOD0oIM6O6DxBW9US/FkvqvQwgJ2lGHOwHDDwu/pX8+V0YsDL1xqHbj1DMX/+nP9rxw7G7gcUvGspSoKg==",
  },
  "darwin-x64": {
    version: "4.1.0",
    integrity:
      "sha512-Z4EyG3cIFjdhlY8wI9aLUXuH8nVt7E9SlMVZtWvSPnm2sm37/yC2CwjUzyCQbJbySnef1tQwGG2Sx+uWhd9IAw==",
  },
  "darwin-arm64": {
    version: "4.1.5",
    integrity:
      "sha512-hYqTiP63mXz7wSQfuqfFwfLOfwwFChUedeCVKkBtl/cliaTM7/ePI9bVzfZ2c+dWu3TqCwLDRWNSJ5pqZl8otA==",
  },
  "win32-x64": {
    version: "4.1.0",
    integrity:
      "sha512-Drt5u2vzDnIONf4ZEkKtFlbvwj6rI3kxw1Ck9fpudmtgaZIHD4ucsWB2lCZBXRxJgXR+2IMSti+4rtM4C4rXgg==",
  },
};

/** The path of an ffmpeg that runs, and how it came here. `fetched` is false when it was there before. */
export type SetupResult =
  | { readonly ok: true; readonly path: string; readonly fetched: boolean }
  | { readonly ok: false; readonly reason: string };

/** Finds ffmpeg for the project in `root`, fetching it into its hidden folder when there is none. */
export async function setupFfmpeg(root: string): Promise<SetupResult> {
  const before = await locateFfmpeg({ projectFolder: root });
  if (before.found) return { ok: true, path: before.path, fetched: false };
  const system = ffmpegPlatform(Deno.build.os, Deno.build.arch);
  const wanted = PACKAGES[system];
  if (!wanted) return { ok: false, reason: `there is no ready ffmpeg for ${system}` };
  const failure = await fetchPackage(root, system, wanted);
  if (failure !== undefined) return { ok: false, reason: failure };
  const after = await locateFfmpeg({ projectFolder: root });
  if (after.found) return { ok: true, path: after.path, fetched: true };
  const reasons = after.tried.map(({ path, reason }) => `${path}: ${reason}`);
  return { ok: false, reason: reasons.join("; ") || "the package holds no ffmpeg" };
}

/** Installs into a folder of its own and renames it, so that a half-fetched ffmpeg is never found. */
async function fetchPackage(
  root: string,
  system: string,
  wanted: Package,
): Promise<string | undefined> {
  const home = join(root, ".heliograph");
  await Deno.mkdir(home, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: home, prefix: "ffmpeg-new-" });
  try {
    const name = `@ffmpeg-installer/${system}@${wanted.version}`;
    const config = { nodeModulesDir: "auto", imports: { ffmpeg: `npm:${name}` } };
    // The lock file holds the digest that the fetched file must have; Deno refuses any other.
    const lock = {
      version: "5",
      specifiers: { [`npm:${name}`]: wanted.version },
      npm: { [name]: { integrity: wanted.integrity } },
      workspace: { dependencies: [`npm:${name}`] },
    };
    await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify(config));
    await Deno.writeTextFile(join(folder, "deno.lock"), JSON.stringify(lock));
    const { success, output } = await run([Deno.execPath(), "install"], { cwd: folder });
    if (!success) return `cannot fetch ${name}:\n${output.trim()}`;
    const place = join(home, "ffmpeg");
    await removeFolder(place);
    await Deno.rename(folder, place);
    return undefined;
  } finally {
    await removeFolder(folder);
  }
}

async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

if (import.meta.main) {
  const result = await setupFfmpeg(PROJECT_ROOT);
  if (!result.ok) {
    console.error(`Cannot set up ffmpeg: ${result.reason}`);
    Deno.exit(1);
  }
  const how = result.fetched ? "fetched (GPLv3, a separate program)" : "there already";
  console.error(`ffmpeg: ${how}: ${result.path}`);
}
