/** Moves a server, and stands still for good once so many steps are done: whoever started it kills it there. */

import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { parseStoreUrl } from "../../../lib/server/config/store_url.ts";
import { moveToFolder, moveToPostgres } from "../../../lib/server/moving/moving.ts";

const [direction, from, to, url, steps] = Deno.args;
const parsed = parseStoreUrl(url);
if (!parsed.ok) throw new Error(parsed.message);
const choice = { place: parsed.place, url, passwordFile: undefined };
let done = 0;
const move = direction === "into" ? moveToPostgres : moveToFolder;
await move({ from, to, choice }, {
  clock: systemClock,
  random: systemRandom,
  told() {
    if (++done < Number(steps)) return Promise.resolve();
    console.log("here");
    return new Promise(() => {
      // Keeps the process.
      setInterval(() => {}, 1_000);
    });
  },
});
