/** Verbs about the account that is signed in here: its devices, logout, whoami, passwd. */

import { TransportError } from "../base/errors.ts";
import { EXIT } from "../commands/exit_code.ts";
import { DEVICES } from "../app/commands/devices.ts";
import { EXPORT } from "../app/commands/export.ts";
import { ACCOUNT_DELETE, PASSWD } from "../app/commands/own_account.ts";
import { WHOAMI } from "../app/commands/people.ts";
import { verbsOf } from "./person_verbs.ts";
import type { Verb } from "./verb.ts";

const logoutVerb: Verb = {
  name: "logout",
  group: "Account",
  summary: "stop being signed in on this machine",
  options: [{ flag: "--wipe", summary: "destroy the profile's keys, messages and contacts too" }],
  examples: [{ line: "logout", summary: "the password is needed next time" }],
  exitCodes: [3],
  async run(context, values) {
    const keeper = await context.keeper();
    const name = (await keeper.unlock()).own.name;
    try {
      const client = await context.connectClient();
      await client.link.ask("login.logout", {});
      await client.close();
    } catch (error) {
      // The session ends here in any case; the server learns of it at the next sign-in.
      if (!(error instanceof TransportError)) throw error;
      await context.output.note("The server could not be told");
    }
    if (values.has("--wipe")) await keeper.wipe();
    else await keeper.keys.forgetSession();
    await context.output.fact("signed-out", { name }, `Bye, ${name}!`);
    return EXIT.done;
  },
};

/** The verbs of someone who is signed in. */
export const SESSION_VERBS: readonly Verb[] = [
  ...verbsOf(DEVICES),
  ...verbsOf(EXPORT),
  ...verbsOf(ACCOUNT_DELETE),
  logoutVerb,
  ...verbsOf(WHOAMI),
  ...verbsOf(PASSWD),
];
