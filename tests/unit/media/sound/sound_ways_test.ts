import { deepEqual, equal } from "node:assert/strict";
import {
  findSoundWays,
  pulseSocket,
  type SoundPlaces,
} from "../../../../lib/media/sound/sound_ways.ts";
import { FakeClock } from "../../../kit/clock.ts";

function machine(
  { env = {}, there = [], programs = [], os = "linux" }: {
    env?: Record<string, string>;
    there?: readonly string[];
    programs?: readonly string[];
    os?: SoundPlaces["os"];
  },
): SoundPlaces {
  return {
    env: (name) => env[name],
    os,
    exists: (path) => Promise.resolve(there.includes(path)),
    read: () => Promise.resolve(undefined),
    locate: (name) => Promise.resolve(programs.includes(name) ? `/usr/bin/${name}` : undefined),
    folder: "/run/user/1000/heliograph",
    clock: new FakeClock(),
    dial: () => Promise.reject(new Error("nobody is there")),
  };
}

const ALL = ["pacat", "mpv", "ffplay", "ffmpeg"];
const SESSION = { XDG_RUNTIME_DIR: "/run/user/1000" };
const SOCKET = "/run/user/1000/pulse/native";

async function names(about: Parameters<typeof machine>[0]): Promise<readonly string[]> {
  const { ways, silence } = await findSoundWays(machine(about));
  return silence === undefined ? ways.map(({ name }) => name) : [silence];
}

Deno.test("sound goes by the sound server's socket, and else by the best program that is there", async () => {
  const cards = ["/dev/snd/timer"];
  deepEqual(await names({ env: SESSION, there: [SOCKET], programs: ALL }), ["PulseAudio", ...ALL]);
  // Without a server it would start one.
  deepEqual(await names({ env: SESSION, there: cards, programs: ALL }), [
    "mpv",
    "ffplay",
    "ffmpeg",
  ]);
  deepEqual(await names({ env: SESSION, there: cards, programs: ["ffplay"] }), ["ffplay"]);
  deepEqual(await names({ os: "darwin", programs: ALL }), ["mpv", "ffplay", "ffmpeg"]);
  deepEqual(await names({ os: "windows", programs: ["ffplay"] }), ["ffplay"]);
});

Deno.test("where there is no sound, one line says why", async () => {
  deepEqual(await names({ env: SESSION, programs: ALL }), [
    "there is no sound server and no sound card",
  ]);
  deepEqual(await names({ env: SESSION, there: ["/dev/snd/timer"] }), [
    "there is no sound server, and neither mpv nor ffplay",
  ]);
  const remote = { ...SESSION, SSH_CONNECTION: "192.0.2.1 5 192.0.2.2 22" };
  deepEqual(await names({ env: remote, there: [SOCKET], programs: ALL }), [
    "this is a remote session",
  ]);
  const forwarded = { ...remote, PULSE_SERVER: "tcp:localhost:4713" };
  deepEqual(await names({ env: forwarded, programs: ALL }), ALL);
});

Deno.test("the socket of a sound server is where libpulse looks for it", () => {
  const socketOf = (env: Record<string, string>) => pulseSocket((name) => env[name]);
  equal(socketOf({}), undefined);
  equal(socketOf(SESSION), SOCKET);
  equal(socketOf({ ...SESSION, PULSE_RUNTIME_PATH: "/tmp/p" }), "/tmp/p/native");
  equal(socketOf({ PULSE_SERVER: "unix:/tmp/s" }), "/tmp/s");
  equal(socketOf({ PULSE_SERVER: "{0123}unix:/tmp/s tcp:other" }), "/tmp/s");
  equal(socketOf({ ...SESSION, PULSE_SERVER: "tcp:other" }), undefined);
});
