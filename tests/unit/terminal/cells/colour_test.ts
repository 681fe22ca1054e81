import { deepEqual, equal } from "node:assert/strict";
import {
  fitColour,
  isLight,
  parseBackground,
  parseColour,
} from "../../../../lib/terminal/cells/colour.ts";

Deno.test("a background is read from what terminals answer, with channels of any length", () => {
  deepEqual(parseBackground("11;rgb:ffff/8080/0000"), { red: 255, green: 128, blue: 0 });
  deepEqual(parseBackground("11;rgb:ff/80/00"), { red: 255, green: 128, blue: 0 });
  deepEqual(parseBackground("11;rgba:0000/0000/0000/ffff"), { red: 0, green: 0, blue: 0 });
});

Deno.test("an answer that is no colour is none", () => {
  for (
    const osc of [
      "11;?",
      "10;rgb:ff/ff/ff",
      "11;rgb:fffff/0/0",
      "11;rgb:ff/ff",
      "11;rgb:ff/ff/ff\x1b[2J",
      "11;red",
      `11;rgb:${"f".repeat(10_000)}`,
      "",
    ]
  ) equal(parseBackground(osc), undefined, osc.slice(0, 40));
});

Deno.test("a colour is light when dark text can be read on it", () => {
  const grey = (level: number) => ({ red: level, green: level, blue: level });
  equal(isLight(grey(127)), false);
  equal(isLight(grey(128)), true);
  equal(isLight({ red: 0, green: 43, blue: 54 }), false);
  equal(isLight({ red: 253, green: 246, blue: 227 }), true);
});

Deno.test("colours of settings are places, names or red, green and blue", () => {
  equal(parseColour(0), 0);
  equal(parseColour(255), 255);
  equal(parseColour("red"), 1);
  equal(parseColour("Bright-White"), 15);
  deepEqual(parseColour("#2E3440"), { red: 46, green: 52, blue: 64 });
  for (const wrong of [-1, 256, 1.5, "#12345", "#gggggg", "reddish", true, [1], null]) {
    equal(parseColour(wrong), undefined, String(wrong));
  }
});

Deno.test("a colour that the terminal has not is the nearest of the cube and the greys", () => {
  equal(fitColour({ red: 255, green: 255, blue: 255 }, "256"), 231);
  equal(fitColour({ red: 9, green: 9, blue: 9 }, "256"), 232);
  equal(fitColour({ red: 95, green: 135, blue: 175 }, "256"), 67);
  equal(fitColour(7, "256"), 7);
  deepEqual(fitColour({ red: 1, green: 2, blue: 3 }, "truecolor"), { red: 1, green: 2, blue: 3 });
});
