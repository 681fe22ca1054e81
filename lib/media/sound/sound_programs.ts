/** The programs that can play samples, the best first, and how each is told to. */

/** One of them. */
export interface SoundProgram {
  readonly name: string;
  readonly systems: readonly (typeof Deno.build.os)[];
  /** `socket` is where mpv listens. */
  args(socket: string): readonly string[];
  /** Who tells where it is: `pacat` by its words, mpv by its socket, nobody: then it is so many milliseconds late. */
  readonly clock: "pacat" | "mpv" | number;
}

const SAMPLES = ["-f", "s16le", "-ar", "48000", "-ac", "2", "-i", "-"];
const QUIET = ["-hide_banner", "-loglevel", "error"];
/** Without these ffmpeg reads ahead before it begins. */
const AT_ONCE = ["-probesize", "32", "-analyzeduration", "0"];

/** `docs/decisions/0109-sound.md` has what was measured of each. */
export const SOUND_PROGRAMS: readonly SoundProgram[] = [
  {
    name: "pacat",
    systems: ["linux", "freebsd"],
    args: () => [
      ...["-v", "--raw", "--format=s16le", "--rate=48000", "--channels=2"],
      ...["--latency-msec=100", "--client-name=Heliograph", "--stream-name=video"],
    ],
    clock: "pacat",
  },
  {
    name: "mpv",
    systems: ["linux", "freebsd", "darwin"],
    args: (socket) => [
      ...["--no-config", "--no-video", "--no-terminal", "--load-scripts=no", "--ytdl=no"],
      ...["--profile=low-latency", "--audio-buffer=0.04", "--cache=no"],
      ...["--demuxer=rawaudio", "--demuxer-rawaudio-rate=48000", "--demuxer-rawaudio-channels=2"],
      ...["--demuxer-rawaudio-format=s16le", `--input-ipc-server=${socket}`, "-"],
    ],
    clock: "mpv",
  },
  {
    name: "ffplay",
    systems: ["linux", "freebsd", "darwin", "windows"],
    args: () => [...QUIET, "-nodisp", "-autoexit", ...AT_ONCE, ...SAMPLES],
    clock: 150,
  },
  {
    name: "ffmpeg",
    systems: ["linux"],
    args: () => [...QUIET, ...AT_ONCE, ...SAMPLES, "-f", "alsa", "default"],
    clock: 120,
  },
  {
    name: "ffmpeg",
    systems: ["darwin"],
    args: () => [...QUIET, ...AT_ONCE, ...SAMPLES, "-f", "audiotoolbox", "-"],
    clock: 120,
  },
];
