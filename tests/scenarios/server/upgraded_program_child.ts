/** Puts a new program in the place of the one that runs it, as an upgrade does, and starts that. For `upgraded_program_test.ts`. */

import { runAgain } from "../../../lib/terminal/programs/run_again.ts";

const [place] = Deno.args;
if (Deno.env.get("IS_AGAIN")) {
  console.log(`started again from ${Deno.execPath()}`);
} else {
  Deno.copyFileSync(place, `${place}.new`);
  Deno.renameSync(`${place}.new`, place);
  Deno.exitCode = await runAgain(["-A", "--no-check", "--quiet"], { env: { IS_AGAIN: "1" } });
}
