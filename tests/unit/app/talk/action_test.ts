import { equal } from "node:assert/strict";
import { actionOf, saidText } from "../../../../lib/app/talk/action.ts";
import { parseMarkdown } from "../../../../lib/app/talk/markdown.ts";

Deno.test("a text in asterisks that is said is no action, and is italic as before", () => {
  for (const text of ["*really*", "*no way, you two*", "*x*"]) {
    equal(actionOf(text), text.slice(1, -1));
    const said = saidText(text);
    equal(said, `${text} `);
    equal(actionOf(said), undefined);
    const [line] = parseMarkdown(said);
    equal(line.text, `${text.slice(1, -1)} `);
    equal(line.emphasis.length, 1);
    // Edited and sent again it stays as it is.
    equal(saidText(said), said);
  }
});

Deno.test("any other text is sent as it was typed", () => {
  for (
    const text of ["really", "*really", "**really**", "* item", "*a* and *b*", "*a*\n*b*", "", "*"]
  ) {
    equal(saidText(text), text);
    equal(actionOf(text), undefined);
  }
});
