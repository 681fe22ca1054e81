import { equal, ok } from "node:assert/strict";
import { isLanguage, Subtitles } from "../../../../lib/client/video/subtitles.ts";
import type { Link } from "../../../../lib/client/link/link.ts";

/** Answers pages of two cues, four in all, and counts what is asked. */
function server(text: string): { readonly link: Link; readonly asked: object[] } {
  const asked: object[] = [];
  const link = {
    ask(_kind: string, fields: { after?: number }) {
      asked.push(fields);
      const { after = 0 } = fields;
      const cue = (i: number) => ({ from: i * 1000, until: i * 1000 + 500, text: `${text} ${i}` });
      const cues = [cue(after), cue(after + 1)];
      return Promise.resolve({ fields: { cues, more: after < 2 } });
    },
  };
  return { link: link as unknown as Link, asked };
}

Deno.test("subtitles in the language of the person are shown, whichever code the film has for it", async () => {
  const { link, asked } = server("hallo");
  const subtitles = new Subtitles("de");
  const tracks = [{ language: "eng" }, { language: "deu", title: "Deutsch" }];
  await subtitles.attach({ link, stream: 1 }, tracks);
  equal(subtitles.name, "Deutsch");
  equal(asked.length, 2);
  equal(subtitles.at(3_100), "hallo 3");
  equal(subtitles.at(3_600), undefined);
  ok(isLanguage("ger", "de") && isLanguage("de-at", "de") && !isLanguage("den", "de"));
});

Deno.test("each press takes the next subtitles, and none behind the last", async () => {
  const { link } = server("hello");
  const source = { link, stream: 1 };
  const subtitles = new Subtitles(undefined);
  await subtitles.attach(source, [{ language: "eng" }, {}]);
  equal(subtitles.name, undefined);
  await subtitles.next(source);
  equal(subtitles.name, "eng");
  await subtitles.next(source);
  equal(subtitles.name, "track 2");
  await subtitles.next(source);
  equal(subtitles.name, undefined);
  equal(subtitles.at(100), undefined);
});

Deno.test("SR-68: what a server sends as subtitles steers no terminal", async () => {
  const { link } = server("\x1b[2J");
  const subtitles = new Subtitles("en");
  await subtitles.attach({ link, stream: 1 }, [{ language: "eng" }]);
  equal(subtitles.at(100), "[2J 0");
});

Deno.test("subtitles that the film has no longer are shown no longer", async () => {
  const { link } = server("hello");
  const subtitles = new Subtitles(undefined);
  await subtitles.attach({ link, stream: 1 }, [{ language: "eng" }, { language: "deu" }]);
  await subtitles.next({ link, stream: 1 });
  await subtitles.next({ link, stream: 1 });
  await subtitles.attach({ link, stream: 2 }, [{ language: "eng" }]);
  equal(subtitles.name, undefined);
  equal(subtitles.at(100), undefined);
});
