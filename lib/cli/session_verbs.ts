/** Verbs about the account that is signed in here: its devices, logout, whoami, passwd. */

import { TransportError } from "../base/errors.ts";
import { EXIT } from "../commands/exit_code.ts";
import { formatCertificateFingerprint } from "../crypto/server_certificate.ts";
import { parseHostPort } from "../net/address.ts";
import { DEVICE_VERBS } from "./devices/device_verbs.ts";
import { NEW_PASSWORD_OPTION, setPassword } from "./new_password.ts";
import { OWN_DATA_VERBS } from "./own_data_verbs.ts";
import { DEFAULT_SERVER } from "./server_choice.ts";
import { PASSWORD_OPTION, type Verb } from "./verb.ts";

const logoutVerb: Verb = {
  name: "logout",
  aliases: [],
  group: "Account",
  summary: "stop being signed in on this machine",
  arguments: [],
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
    else await keeper.forgetSession();
    await context.output.fact("signed-out", { name }, `Bye, ${name}!`);
    return EXIT.done;
  },
};

const whoamiVerb: Verb = {
  name: "whoami",
  aliases: [],
  group: "Account",
  summary: "say who this profile is",
  arguments: [],
  options: [],
  examples: [{ line: "whoami --json", summary: "for programs" }],
  exitCodes: [3],
  async run(context) {
    const { own } = await (await context.keeper()).unlock();
    const identity = formatCertificateFingerprint(own.identity.key.fingerprint);
    await context.output.object("whoami", {
      account: own.account,
      name: own.name,
      device: own.device,
      identity,
      server: own.serverAddress,
    });
    await context.output.line(
      `${own.name} at ${own.serverAddress}\ndevice ${own.device}\nidentity ${identity}`,
    );
    return EXIT.done;
  },
};

const passwdVerb: Verb = {
  name: "passwd",
  aliases: [],
  group: "Account",
  summary: "change the password",
  arguments: [],
  options: [
    PASSWORD_OPTION,
    NEW_PASSWORD_OPTION,
  ],
  examples: [{ line: "passwd", summary: "asks for both" }],
  exitCodes: [3, 5, 6, 7],
  async run(context, values) {
    const keeper = await context.keeper();
    const { own } = await keeper.unlock();
    const old = await context.person.password(values.option("--password-file"), {
      twice: false,
      prompt: "Present password",
    });
    const next = await context.person.password(values.option("--new-password-file"), {
      twice: true,
      prompt: "New password",
    });
    const address = context.options.server?.address ?? parseHostPort(own.serverAddress) ??
      DEFAULT_SERVER;
    const greeted = await context.greet(address, { trust: { kind: "none" } });
    await setPassword(greeted, keeper, { own, old, next });
    await context.output.fact("password-changed", {}, "The password is changed");
    return EXIT.done;
  },
};

/** The verbs of someone who is signed in. */
export const SESSION_VERBS: readonly Verb[] = [
  ...DEVICE_VERBS,
  ...OWN_DATA_VERBS,
  logoutVerb,
  whoamiVerb,
  passwdVerb,
];
