import { equal } from "node:assert/strict";
import { EMOTICONS, replaceEmoticons } from "../../../lib/commands/emoticons.ts";

for (const [emoticon, emoji] of Object.entries(EMOTICONS)) {
  Deno.test(`S0.25: replaceEmoticons makes ${emoji} of ${emoticon}`, () => {
    equal(replaceEmoticons(emoticon), emoji);
    equal(
      replaceEmoticons(`a ${emoticon}, b\n${emoticon}${emoticon}`),
      `a ${emoji}, b\n${emoji}${emoji}`,
    );
  });
}

const CASES: readonly (readonly [string, string])[] = [
  [":) How are you??? (8)", "😀 How are you??? 🎵"],
  ["https://example.org/(8)", "https://example.org/(8)"],
  ["see http://x/:) and :)", "see http://x/:) and 😀"],
  ["~/music/(8)/a", "~/music/(8)/a"],
  ["C:\\:[", "C:\\:["],
  ["f(8) and g(K)", "f(8) and g(K)"],
  ["`:)` and :)", "`:)` and 😀"],
  ["```\nx :) \n``` :)", "```\nx :) \n``` 😀"],
  ["`open :)", "`open 😀"],
  ["\\:) and \\(L)!", ":) and (L)!"],
  ["\\x and \\ :)", "\\x and \\ 😀"],
  ["(l) :( :]", "(l) :( :]"],
  [":smile: and :+1:!", "😄 and 👍!"],
  [":heart::):wave:", "❤️😀👋"],
  [":no-such-emoji: :constructor: :__proto__:", ":no-such-emoji: :constructor: :__proto__:"],
  ["at 9:100:5, x:smile: and https://h:100:/", "at 9:100:5, x:smile: and https://h:100:/"],
  ["`:smile:` \\:smile: \\:nothing:", "`:smile:` :smile: :nothing:"],
  ["", ""],
];

for (const [text, expected] of CASES) {
  Deno.test(`S0.25: replaceEmoticons of ${JSON.stringify(text)}`, () => {
    equal(replaceEmoticons(text), expected);
  });
}
