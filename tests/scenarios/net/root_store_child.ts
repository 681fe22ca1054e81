/** A program whose roots Deno has loaded before it begins, as when it fetches packages; then it dials PORT with the pin of FILE. */

import { systemClock } from "../../../lib/base/clock.ts";
import { describeError } from "../../../lib/base/errors.ts";
import { CLIENT_FLAGS } from "../../../lib/commands/program_flags.ts";
import { dialTls } from "../../../lib/net/dialling/dial.ts";
import { emptyRootStore } from "../../../lib/net/dialling/root_store.ts";
import { runAgain } from "../../../lib/terminal/programs/run_again.ts";

const [port, file] = Deno.args;
if (Deno.env.has("DENO_CERT")) Deno.createHttpClient({}).close();
const env = emptyRootStore();
if (env !== undefined) Deno.exit(await runAgain(CLIENT_FLAGS, { env, clearEnv: true }));
try {
  const { stream } = await dialTls(
    { host: "127.0.0.1", port: Number(port) },
    await Deno.readTextFile(file),
    { clock: systemClock, timeoutMs: 20_000 },
  );
  stream.close();
  console.log("connected");
} catch (error) {
  console.log(describeError(error));
}
Deno.exit(9);
