/** Whom a command with files is for. */

import { deepEqual, rejects } from "node:assert/strict";
import { Refusal } from "../../../lib/base/errors.ts";
import { readAddressed } from "../../../lib/cli/dialogue/named_files.ts";
import type { SlashRow } from "../../../lib/cli/dialogue/slash_row.ts";

type Chat = Parameters<typeof readAddressed>[0];
type Partner = NonNullable<Parameters<SlashRow["run"]>[0]["partner"]>;

// The brand of ids does not matter here.
const partner = (name: string) => ({ peer: name, name }) as unknown as Partner;
const CAROL = partner("carol");

/** Bob is known, and the conversation with carol may be open. The working folder is the project's. */
function chat(open: Partner | undefined): Chat {
  return {
    partner: open,
    stage: { resolve: (path: string) => path, open: undefined, downloads: "" },
    findPartner: (name) =>
      name === "bob" || name === "#ops" ? Promise.resolve(partner(name)) : Promise.reject(
        new Refusal(
          name.startsWith("#") ? "unknown-room" : "unknown-account",
          `No account "${name}" on this server`,
        ),
      ),
  };
}

const read = async (words: string, open = chat(CAROL), to?: Partner) => {
  const { partner: { name }, what } = await readAddressed(open, words.split(" "), to);
  return [name, ...what];
};

Deno.test("files go to whom they are addressed, by whichever spelling", async () => {
  deepEqual(await read("@bob deno.json"), ["bob", "deno.json"]);
  deepEqual(await read("bob deno.json lib"), ["bob", "deno.json", "lib"]);
  deepEqual(await read("#ops deno.json"), ["#ops", "deno.json"]);
  deepEqual(await read("bob deno.json", chat(CAROL), partner("dave")), [
    ...["dave", "bob", "deno.json"],
  ]);
});

Deno.test("files without a name before them go to the conversation that is open", async () => {
  deepEqual(await read("deno.json"), ["carol", "deno.json"]);
  deepEqual(await read("deno.json lib"), ["carol", "deno.json", "lib"]);
});

Deno.test("what is neither a person nor a file goes to nobody", async () => {
  const nobody = { code: "unknown-account" };
  // A name that was mistyped is not a file, and what was meant for bob is not carol's.
  await rejects(read("bbo deno.json"), nobody);
  await rejects(read("@deno.json lib"), nobody);
  await rejects(read("deno.json", chat(undefined)), nobody);
  await rejects(read("#oops deno.json"), { code: "unknown-room" });
});
