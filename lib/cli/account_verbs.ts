/** Verbs about one's own account: register, login, logout, whoami, passwd. */

import { Refusal, UsageError } from "../base/errors.ts";
import { parseAccountName } from "../base/account_name.ts";
import { utf8 } from "../base/bytes.ts";
import { changePassword } from "../client/password_change.ts";
import { Client } from "../client/client.ts";
import type { ProfileKeeper } from "../client/profile/keeper.ts";
import { recover, register, resetIdentity } from "../client/registration.ts";
import { type SignedIn, signInByPassword } from "../client/sign_in.ts";
import { formatCertificateFingerprint } from "../crypto/server_certificate.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { createPrivateFile } from "../storage/atomic_file.ts";
import type { Context } from "./context.ts";
import { PASSWORD_OPTION, TRUST_OPTIONS, type Verb } from "./verb.ts";

const RECOVERY_OPTION = {
  flag: "--recovery-file",
  valueName: "FILE",
  summary: "write the recovery code to a new file of yours instead of showing it",
};
const REMEMBER_OPTION = {
  flag: "--no-remember",
  summary: "do not stay signed in: each command will need the password again",
};

/** Keeps the code where the person said, before the account exists. */
function keepRecoveryCode(context: Context, values: CommandValues) {
  return async (code: string) => {
    const file = values.option("--recovery-file");
    if (file !== undefined) {
      await createPrivateFile(context.person.path(file), utf8(`${code}\n`));
      await context.output.note(`The recovery code is in ${file}: keep a copy elsewhere`);
      return;
    }
    await context.output.note(
      `Your recovery code: ${code}\nWrite it down: without it, or another device of yours, the account is lost with this disk. It is shown only once`,
    );
  };
}

async function finish(
  context: Context,
  values: CommandValues,
  facts: { keeper: ProfileKeeper; password: string; client: Client; signedIn: SignedIn },
): Promise<ExitCode> {
  const { keeper, password, client, signedIn } = facts;
  if (!values.has("--no-remember")) await keeper.remember(password);
  await client.publishKeys();
  await client.sync();
  if (signedIn.failedTries > 0) {
    await context.output.note(
      `There were ${signedIn.failedTries} failed tries to sign in to this account since you were last here`,
    );
  }
  await context.output.fact(
    "signed-in",
    { account: signedIn.account, name: signedIn.name, session: signedIn.sessionNumber },
    `Welcome ${signedIn.name}`,
  );
  return EXIT.done;
}

const registerVerb: Verb = {
  name: "register",
  aliases: [],
  group: "Account",
  summary: "make an account on a server",
  details: "Makes the account's keys here, on this machine. The server never sees the password.",
  arguments: [{ name: "NAME", summary: "1 to 90 characters", required: true }],
  options: [PASSWORD_OPTION, ...TRUST_OPTIONS, RECOVERY_OPTION, REMEMBER_OPTION],
  examples: [
    { line: "register alice --server chat.example.org", summary: "asks for what it needs" },
    {
      line: "register alice --password-file pw --invite-file invite --recovery-file code",
      summary: "asks nothing",
    },
  ],
  exitCodes: [5, 6, 7, 10],
  async run(context, values) {
    const name = values.required("NAME");
    const parsed = parseAccountName(name);
    if (!parsed.ok) throw new UsageError("bad-name", parsed.message);
    const keeper = await context.keeper();
    const { greeted, invite } = await context.greetNew(values);
    const password = await context.person.password(values.option("--password-file"), {
      twice: true,
    });
    await register(greeted, keeper, {
      name,
      password,
      token: invite?.token,
      keepRecoveryCode: keepRecoveryCode(context, values),
      clock: context.clock,
      random: context.options.random,
    });
    const profile = await keeper.unlockByPassword(password);
    if (profile === undefined) throw new Refusal("wrong-credentials", "The profile does not open");
    const signedIn = await signInByPassword(greeted, {
      name,
      password,
      own: profile.own,
      opaqueKey: profile.own.opaqueKey,
    });
    const client = new Client(profile);
    await client.connect(greeted, signedIn);
    return await finish(context, values, { keeper, password, client, signedIn });
  },
};

const loginVerb: Verb = {
  name: "login",
  aliases: ["connect"],
  group: "Account",
  summary: "sign in on this machine",
  details:
    "On a new machine the account's identity key is needed too: by the recovery code, or by a new identity, of which everyone you know is told.",
  arguments: [{ name: "NAME", summary: "your account", required: true }],
  options: [
    PASSWORD_OPTION,
    ...TRUST_OPTIONS,
    {
      flag: "--recovery-code-file",
      valueName: "FILE",
      summary: "the recovery code of the registration; - reads standard input",
    },
    { flag: "--reset-identity", summary: "give the account a new identity; ends all its devices" },
    RECOVERY_OPTION,
    REMEMBER_OPTION,
  ],
  examples: [
    { line: "login alice", summary: "asks for the password" },
    {
      line: "login alice --password-file pw --recovery-code-file code --trust first-use",
      summary: "on a new machine",
    },
  ],
  exitCodes: [3, 5, 6, 7, 10],
  async run(context, values) {
    const keeper = await context.keeper();
    const { greeted } = await context.greetNew(values);
    const name = values.required("NAME");
    const file = values.option("--password-file");
    const password = await context.person.password(file, { twice: false });
    const local = await keeper.unlockByPassword(password);
    const own = local?.own;
    const parsed = parseAccountName(name);
    if (own !== undefined && parsed.ok && own.account !== parsed.id) {
      throw new UsageError(
        "profile-in-use",
        `This profile is ${own.name}'s. Choose another with --profile NAME`,
      );
    }
    const signedIn = await signInByPassword(greeted, {
      name,
      password,
      own,
      opaqueKey: own?.opaqueKey,
    });
    const owner = {
      greeted,
      keeper,
      password,
      opaqueKey: signedIn.opaqueKey,
      clock: context.clock,
      random: context.options.random,
    };
    const linked = await link(context, values, { owner, signedIn, identity: own?.identity });
    const profile = await keeper.unlockByPassword(password);
    if (profile === undefined) throw new Refusal("wrong-credentials", "The profile does not open");
    const client = new Client(profile);
    await client.connect(greeted, linked);
    return await finish(context, values, { keeper, password, client, signedIn: linked });
  },
};

/** Makes this profile a device of the account, if it is none yet (SR-03, SR-04). */
async function link(
  context: Context,
  values: CommandValues,
  facts: {
    owner: Omit<Parameters<typeof recover>[0], "signedIn" | "code">;
    signedIn: SignedIn;
    identity: Parameters<typeof resetIdentity>[0]["previous"];
  },
): Promise<SignedIn> {
  const { owner, signedIn, identity } = facts;
  if (values.has("--reset-identity")) {
    return await resetIdentity({
      ...owner,
      signedIn,
      previous: identity,
      keepRecoveryCode: keepRecoveryCode(context, values),
    });
  }
  if (signedIn.linked) return signedIn;
  const file = values.option("--recovery-code-file");
  if (file === undefined && !context.person.canBeAsked) {
    throw new Refusal("not-linked", "This device is not linked to the account");
  }
  const code = file === undefined
    ? await context.person.ask("Recovery code:")
    : await context.person.readSecret(file);
  return await recover({ ...owner, signedIn, code });
}

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
      if (!isAway(error)) throw error;
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
    {
      flag: "--new-password-file",
      valueName: "FILE",
      summary: "read the new password from a file of yours",
    },
  ],
  examples: [{ line: "passwd", summary: "asks for both" }],
  exitCodes: [3, 5, 6, 7],
  async run(context, values) {
    const keeper = await context.keeper();
    const { own } = await keeper.unlock();
    const old = await context.person.password(values.option("--password-file"), { twice: false });
    const next = await context.person.password(values.option("--new-password-file"), {
      twice: true,
    });
    const { greeted } = await context.greetNew(values);
    await changePassword(greeted, keeper, { own, old, next });
    await context.output.fact("password-changed", {}, "The password is changed");
    return EXIT.done;
  },
};

function isAway(error: unknown): boolean {
  return error instanceof Error && error.name === "TransportError";
}

export const ACCOUNT_VERBS: readonly Verb[] = [
  registerVerb,
  loginVerb,
  logoutVerb,
  whoamiVerb,
  passwdVerb,
];
