import { deepEqual, equal } from "node:assert/strict";
import { mentionsIn } from "../../../lib/app/conversations/mentions.ts";
import { linkPlacesIn, linksIn } from "../../../lib/app/talk/links.ts";
import { aroundMatch, matchesIn } from "../../../lib/app/talk/matches.ts";

const parts = (text: string, ranges: readonly { from: number; to: number }[]) =>
  ranges.map(({ from, to }) => text.slice(from, to));

Deno.test("mentionsIn finds a name as a word of its own, with its @, whatever its case", () => {
  const text = "@alice and Alice: not alicea, malice or alice_";
  deepEqual(parts(text, mentionsIn(text, ["alice"])), ["@alice", "Alice"]);
  deepEqual(mentionsIn("anything", [""]), []);
  deepEqual(mentionsIn("anything", []), []);
});

Deno.test("mentionsIn takes a name as it is written, not as a pattern", () => {
  const text = "a.b is here, axb is not";
  deepEqual(parts(text, mentionsIn(text, ["a.b"])), ["a.b"]);
  deepEqual(parts("zoë, ZOË", mentionsIn("zoë, ZOË", ["zoë"])), ["zoë", "ZOË"]);
});

Deno.test("matchesIn finds what the search finds: without case and accents, whole graphemes", () => {
  const text = "Café, CAFE, ﬁne caf\u0065\u0301!";
  deepEqual(parts(text, matchesIn(text, "café")), ["Café", "CAFE", "caf\u0065\u0301"]);
  deepEqual(parts(text, matchesIn(text, "fi")), ["ﬁ"]);
  deepEqual(matchesIn(text, "  "), []);
  deepEqual(parts("aaaa", matchesIn("aaaa", "aa")), ["aa", "aa"]);
});

Deno.test("aroundMatch begins near the match, at a word, and leaves a near one as it is", () => {
  equal(aroundMatch("the disk is full", "disk"), "the disk is full");
  const long = `${"word ".repeat(40)}needle behind`;
  const shown = aroundMatch(long, "needle");
  equal(shown, "…word word word word needle behind");
  equal(aroundMatch(`${"x".repeat(100)}needle`, "needle"), "…needle");
  equal(aroundMatch("nothing of it", "needle"), "nothing of it");
});

Deno.test("SR-70: linksIn takes http(s) and servers only, and shows where they go", () => {
  const targets = (text: string) => linksIn(text).map(({ kind, target }) => `${kind} ${target}`);
  deepEqual(targets("see https://example.org/a?b=1#c, and (http://example.org/x_(y))."), [
    "web https://example.org/a?b=1#c",
    "web http://example.org/x_(y)",
  ]);
  deepEqual(targets("heliograph://chat.example.org:9797/TOKEN"), [
    "server heliograph://chat.example.org:9797/TOKEN",
  ]);
  // Letters of another alphabet are seen as what they are.
  deepEqual(targets("https://еxample.org/"), ["web https://xn--xample-2of.org/"]);
  for (
    const none of [
      "javascript:alert(1)",
      "file:///etc/passwd",
      "ftp://example.org/x",
      "https://bank.example@evil.example/",
      "https://",
      `https://example.org/${"x".repeat(2_000)}`,
    ]
  ) deepEqual(targets(none), [], none);
  // What a control character would end is no part of it.
  deepEqual(targets("https://example.org/\x1b]52;c;x"), ["web https://example.org/"]);
  equal(linksIn("https://example.org/ ".repeat(30)).length, 1);
  const many = Array.from({ length: 30 }, (_, i) => `https://example.org/${i}`).join(" ");
  equal(linksIn(many).length, 20);
});

Deno.test("linkPlacesIn takes time by the length of the text, whatever stands at the end of a link", () => {
  // Where each of these is tried as the last one, this does not come to an end.
  const text = `http://a${")".repeat(1_000_000)}x`;
  deepEqual(linkPlacesIn(text), [{ from: 0, to: text.length }]);
  deepEqual(parts("(see http://a.example/b_(c).)", linkPlacesIn("(see http://a.example/b_(c).)")), [
    "http://a.example/b_(c)",
  ]);
});
