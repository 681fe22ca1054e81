/** A film of flashes and beeps, one of each at every full second. */

const FLASH = "drawbox=color=white:t=fill:enable='lt(mod(t,1),0.04)'";
const BEEP = "0.5*sin(2*PI*1000*t)*lt(mod(t,1),0.1)";

const SUBTITLES = `1
00:00:00,500 --> 00:00:01,500
Hello <i>there</i>

2
00:00:02,000 --> 00:00:03,000
Bye
`;

/** `full`: a second track of sound, and subtitles, too. `silent`: no sound. */
export async function makeBeepFilm(
  ffmpegPath: string,
  path: string,
  { seconds, tracks }: { readonly seconds: number; readonly tracks: "full" | "one" | "silent" },
): Promise<void> {
  const subtitles = `${path}.txt`;
  await Deno.writeTextFile(subtitles, SUBTITLES);
  const sound = ["-f", "lavfi", "-i", `aevalsrc='${BEEP}':s=48000:d=${seconds}`];
  const other = ["-f", "lavfi", "-i", `sine=440:d=${seconds}`, "-f", "srt", "-i", subtitles];
  const inputs = tracks === "silent" ? [] : tracks === "one" ? sound : [...sound, ...other];
  const maps = { silent: [], one: ["-map", "1"], full: ["-map", "1", "-map", "2", "-map", "3"] };
  const named = [
    ...["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu"],
    ...["-metadata:s:a:1", "title=Commentary", "-metadata:s:s:0", "language=eng", "-c:s", "srt"],
  ];
  const { success, stderr } = await new Deno.Command(ffmpegPath, {
    args: [
      ...["-v", "error", "-nostdin", "-y"],
      ...["-f", "lavfi", "-i", `color=black:s=160x90:r=25:d=${seconds},${FLASH}`],
      ...inputs,
      ...["-map", "0", ...maps[tracks], "-c:v", "mpeg4", "-g", "50", "-c:a", "aac"],
      ...(tracks === "full" ? named : []),
      path,
    ],
    stdout: "null",
    stderr: "piped",
  }).output();
  await Deno.remove(subtitles);
  if (!success) throw new Error(`no film: ${new TextDecoder().decode(stderr)}`);
}
