/** Which ways to be heard this machine has, the best first, without making a sound. */

import { isAbsolute } from "node:path";
import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { locateFfmpeg } from "../ffmpeg/ffmpeg_locate.ts";
import { ProgramOutput } from "./program_output.ts";
import { PULSE_COOKIE_BYTES } from "./pulse_protocol.ts";
import { PulseOutput } from "./pulse_output.ts";
import type { DialLocal, SoundOutput } from "./sound_output.ts";
import { SOUND_PROGRAMS } from "./sound_programs.ts";

/** A way that may turn out not to work. */
export interface SoundWay {
  readonly name: string;
  /** The socket, or the program. */
  readonly path: string;
  /** Rejects with MediaError, or as `dial`. */
  open(): Promise<SoundOutput>;
}

/** What there is, or why there is nothing. */
export type SoundWays =
  | { readonly ways: readonly SoundWay[]; readonly silence: undefined }
  | { readonly ways: readonly []; readonly silence: string };

/** Where to look. */
export interface SoundPlaces {
  readonly env: (name: string) => string | undefined;
  readonly os: typeof Deno.build.os;
  /** Whether something is there, of whatever kind. */
  readonly exists: (path: string) => Promise<boolean>;
  /** The beginning of a file; undefined when it cannot be read. */
  readonly read: (path: string, bytes: number) => Promise<Bytes | undefined>;
  /** The real path of a program that may be run. */
  readonly locate: (program: string) => Promise<string | undefined>;
  /** A private folder for sockets. */
  readonly folder: string;
  readonly clock: Clock;
  readonly dial: DialLocal;
}

/** Where a Linux without a sound server has its cards. */
const CARDS = "/dev/snd/timer";

/** Looks for them. Never rejects. */
export async function findSoundWays(places: SoundPlaces): Promise<SoundWays> {
  const { env, os, exists } = places;
  const server = env("PULSE_SERVER");
  // Who forwards a sound server wants to hear by it.
  const isRemote = (env("SSH_CONNECTION") ?? env("SSH_TTY")) !== undefined;
  if (isRemote && server === undefined) return none("this is a remote session");
  const socket = pulseSocket(env);
  const hasSocket = socket !== undefined && await exists(socket);
  const hasCards = os !== "linux" || await exists(CARDS);
  if (!hasSocket && !hasCards && server === undefined) {
    return none("there is no sound server and no sound card");
  }
  const ways: SoundWay[] = [];
  if (hasSocket) ways.push(pulseWay(socket, places));
  for (const program of SOUND_PROGRAMS.filter(({ systems }) => systems.includes(os))) {
    // Without a server it would only try to start one.
    if (program.name === "pacat" && !hasSocket && server === undefined) continue;
    const path = await places.locate(program.name);
    if (path === undefined) continue;
    const open = () => Promise.resolve(new ProgramOutput({ ...places, path, program }));
    ways.push({ name: program.name, path, open });
  }
  return ways.length > 0
    ? { ways, silence: undefined }
    : none("there is no sound server, and neither mpv nor ffplay");
}

function none(silence: string): SoundWays {
  return { ways: [], silence };
}

/** A program of the machine by its name, as ffmpeg is found. */
export async function locateProgram(program: string): Promise<string | undefined> {
  const located = await locateFfmpeg({ program });
  return located.found ? located.path : undefined;
}

/** As libpulse finds it; undefined for a server of another machine, which `pacat` may reach. */
export function pulseSocket(env: SoundPlaces["env"]): string | undefined {
  const server = env("PULSE_SERVER");
  if (server !== undefined) {
    // `{machine}unix:/path tcp:host`: the first one counts.
    const [first = ""] = server.trim().split(/\s+/);
    const path = first.replace(/^\{[^}]*\}/, "").replace(/^unix:/, "");
    return isAbsolute(path) ? path : undefined;
  }
  const folder = env("PULSE_RUNTIME_PATH");
  if (folder !== undefined) return `${folder}/native`;
  const runtime = env("XDG_RUNTIME_DIR");
  return runtime === undefined ? undefined : `${runtime}/pulse/native`;
}

function pulseWay(path: string, { env, read, dial, clock }: SoundPlaces): SoundWay {
  return {
    name: "PulseAudio",
    path,
    async open() {
      const home = env("HOME");
      const config = env("XDG_CONFIG_HOME") ?? `${home}/.config`;
      const files = [env("PULSE_COOKIE"), `${config}/pulse/cookie`, `${home}/.pulse-cookie`];
      let cookie: Bytes | undefined;
      for (const file of files) {
        if (file !== undefined) cookie ??= await read(file, PULSE_COOKIE_BYTES);
      }
      return await PulseOutput.open(dial, { path, cookie, clock });
    },
  };
}
