import { equal } from "node:assert/strict";
import { adviceOnPassword, strengthWords } from "../../../lib/app/password_advice.ts";

Deno.test("U15: a new password gets a grade while it is typed, with the reason for a bad one", () => {
  equal(
    strengthWords({ score: 1, weakness: "wordByItself" }),
    "Weak: a single word; several words are harder to guess",
  );
  equal(
    strengthWords({ score: 0, weakness: "what is new in the library" }),
    "Very weak: several words are harder to guess",
  );
  equal(strengthWords({ score: 2, weakness: undefined }), "Fair: one more word makes it good");
  equal(strengthWords({ score: 4, weakness: undefined }), "Strong");
  equal(strengthWords(undefined), "");
});

Deno.test("U15: an easy password is named once it was typed, a short one where it stands in a file", async () => {
  const about = ["leia"];
  equal(
    await adviceOnPassword("leia", { isTyped: true, about }),
    "The password is easy to guess. Very weak: your name, or the server's; several words are harder to guess",
  );
  equal(await adviceOnPassword("correct horse battery", { isTyped: true, about }), undefined);
  equal(await adviceOnPassword("eight888", { isTyped: false, about }), undefined);
  equal(
    await adviceOnPassword("seven77", { isTyped: false, about }),
    "This password is short: several words are harder to guess",
  );
});
