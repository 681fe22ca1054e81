import { deepEqual, equal, ok } from "node:assert/strict";
import {
  CUE_TEXT_MAX_LENGTH,
  cueAt,
  CUES_MAX,
  decodeSubtitles,
  parseCues,
} from "../../../../lib/media/sound/cues.ts";

const SRT = `1
00:00:00,500 --> 00:00:01,500
Hello <i>there</i>
second line

2
00:01:02,000 --> 01:00:04,250 X1:1
Bye {\\an8}&amp; thanks
`;

Deno.test("cues of SubRip and WebVTT have their times and their text without tags", () => {
  const cues = [
    { fromMs: 500, untilMs: 1500, text: "Hello there\nsecond line" },
    { fromMs: 62_000, untilMs: 3_604_250, text: "Bye & thanks" },
  ];
  deepEqual(parseCues(SRT), cues);
  deepEqual(parseCues(SRT.replaceAll("\n", "\r\n")), cues);
  const vtt = "WEBVTT\n\nNOTE a word\n\n00:00.500 --> 00:01.500 align:start\n<c.red>Hello</c>\n";
  deepEqual(parseCues(`\ufeff${vtt}`), [{ fromMs: 500, untilMs: 1500, text: "Hello" }]);
});

Deno.test("cues that lie over each other are shown together, and nothing at their end", () => {
  const cues = parseCues(
    "00:01.000 --> 00:03.000\none\n\n00:02.000 --> 00:04.000\ntwo\n",
  );
  equal(cueAt(cues, 999), undefined);
  equal(cueAt(cues, 1000), "one");
  equal(cueAt(cues, 2500), "one\ntwo");
  equal(cueAt(cues, 4000), undefined);
});

Deno.test("SR-68: no cue steers a terminal", () => {
  const text = "00:01.000 --> 00:03.000\n\x1b[2Jgone\x07 \u202eevil \x9b31m\n";
  equal(parseCues(text)[0].text, "[2Jgone evil 31m");
});

Deno.test("cues that cannot be are left out, and there are no more and no longer ones than the limits", () => {
  const backwards =
    "00:03.000 --> 00:01.000\nno\n\n99:99 --> x\nno\n\n00:01.000 --> 999:00:00.000\nno\n";
  deepEqual(parseCues(backwards), []);
  const many = "00:01.000 --> 00:02.000\nx\n\n".repeat(CUES_MAX + 10);
  equal(parseCues(many).length, CUES_MAX);
  const long = `00:01.000 --> 00:02.000\n${"a".repeat(100_000)}\n${"b\n".repeat(100)}`;
  const [{ text }] = parseCues(long);
  ok(text.length <= CUE_TEXT_MAX_LENGTH && text.split("\n").length <= 4);
});

Deno.test("subtitles that are no UTF-8 are read as what older programs write", () => {
  equal(decodeSubtitles(new Uint8Array([0x67, 0x72, 0xfc, 0xdf])), "grüß");
  equal(decodeSubtitles(new TextEncoder().encode("grüß")), "grüß");
});
