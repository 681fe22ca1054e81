import { deepEqual, equal } from "node:assert/strict";
import {
  decodeTracks,
  encodeTracks,
  SOUND_TRACKS_MAX,
  TrackReader,
} from "../../../../lib/media/sound/film_tracks.ts";

const WORDS = `Input #0, matroska,webm, from 'film.mkv':
  Metadata:
    title           : Not of a track
  Stream #0:0: Video: h264 (High), yuv420p(progressive), 320x180, 25 fps, 25 tbr, 1k tbn
  Stream #0:1(eng): Audio: aac (LC), 48000 Hz, stereo, fltp (default)
    Metadata:
      title           : Original
  Stream #0:2[0x3](und): Audio: mp3, 44100 Hz, mono, fltp
  Stream #0:3(deu): Subtitle: hdmv_pgs_subtitle
    Metadata:
      title           : Pictures
  Stream #0:4(fra): Subtitle: subrip
    Metadata:
      title           : \x1b[31mForced
Stream mapping:
  Stream #0:0 -> #0:0 (h264 (native) -> wrapped_avframe (native))
Output #0, null, to 'pipe:':
  Stream #0:1(eng): Audio: pcm_s16le, 48000 Hz, stereo, s16, 1536 kb/s (default)`;

Deno.test("tracks are what ffmpeg says of the input, with language and title", () => {
  const reader = new TrackReader("0123456789abcdef");
  for (const line of WORDS.split("\n")) reader.take(line);
  const tracks = {
    pictureStartMs: 0,
    sound: [
      { language: "eng", title: "Original" },
      { language: undefined, title: undefined },
    ],
    subtitles: [undefined, { language: "fra", title: "[31mForced" }],
  };
  deepEqual(reader.tracks(), tracks);
  deepEqual(decodeTracks(encodeTracks(tracks)), tracks);
});

Deno.test("a film of hundreds of tracks has no more than the limit, and what was cut is no list", () => {
  const reader = new TrackReader("0123456789abcdef");
  for (let i = 0; i < 500; i++) reader.take(`  Stream #0:${i}(eng): Audio: aac, 48000 Hz`);
  equal(reader.tracks().sound.length, SOUND_TRACKS_MAX);
  const bytes = encodeTracks(reader.tracks());
  for (let end = 0; end < bytes.length; end++) equal(decodeTracks(bytes.slice(0, end)), undefined);
});
