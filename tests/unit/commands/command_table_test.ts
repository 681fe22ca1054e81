import { deepEqual, equal, throws } from "node:assert/strict";
import { Bug } from "../../../lib/base/errors.ts";
import { type CommandSpec, CommandTable, usageOf } from "../../../lib/commands/command_table.ts";
import { SAMPLE_ROWS, SAMPLE_TABLE } from "./sample_table.ts";

Deno.test("command table finds names and aliases without regard to case", () => {
  for (const spelling of ["send", "SEND", "srm", "messageto", "MessageTo"]) {
    equal(SAMPLE_TABLE.get(spelling)?.name, "send");
  }
  equal(SAMPLE_TABLE.get("sendx"), undefined);
  equal(SAMPLE_TABLE.get("constructor"), undefined);
});

Deno.test("command table prefers the name of two words", () => {
  equal(SAMPLE_TABLE.find(["stream", "accept", "x"])?.row.name, "stream accept");
  deepEqual(SAMPLE_TABLE.find(["stream", "bob"])?.nameWords, 1);
  equal(SAMPLE_TABLE.find(["room", "bob"]), undefined);
  equal(SAMPLE_TABLE.find([]), undefined);
});

Deno.test("command table leaves hidden rows out of its lists", () => {
  equal(SAMPLE_TABLE.names.includes("debug"), false);
  equal(SAMPLE_TABLE.get("debug")?.name, "debug");
});

Deno.test("usageOf writes what may be left out in brackets", () => {
  equal(usageOf(SAMPLE_ROWS[0]), "send TO TEXT… [--wait STATE] [--quiet]");
  equal(usageOf(SAMPLE_ROWS[3]), "say [TEXT…]");
});

const base = SAMPLE_ROWS[2];
const optional = { name: "A", summary: "", required: false };
const BROKEN: readonly (readonly [string, readonly CommandSpec[]])[] = [
  ["two rows with one spelling", [base, { ...base, name: "x", aliases: ["WHOAMI"] }]],
  ["a name of three words", [{ ...base, name: "a b c" }]],
  ["no example", [{ ...base, examples: [] }]],
  ["a rest that is not last", [{ ...base, arguments: [{ ...optional, rest: "text" }, optional] }]],
  ["a required argument after an optional one", [{
    ...base,
    arguments: [optional, { ...optional, required: true }],
  }]],
  ["an option without dashes", [{ ...base, options: [{ flag: "to", summary: "" }] }]],
  ["choices without a value", [{
    ...base,
    options: [{ flag: "--to", summary: "", choices: ["a"] }],
  }]],
];

for (const [name, rows] of BROKEN) {
  Deno.test(`command table refuses ${name}`, () => {
    throws(() => new CommandTable(rows), Bug);
  });
}
