/** Commands about one's own account as a whole: another password, signing out, its end; and the words for what they report. */

import { parseAccountName } from "../../base/account_name.ts";
import { Refusal, TransportError, UsageError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import { deleteAccount } from "../../client/deletion.ts";
import { changePassword } from "../../client/account/password_change.ts";
import { result } from "../../commands/command_row.ts";
import type { Wording } from "../../commands/wording.ts";
import { adviceOnPassword } from "../ask.ts";
import { PASSWORD_OPTION, type PersonCommands, type PersonRow } from "../person_row.ts";

interface OwnAccountKinds {
  "password-advice": { readonly advice: string };
  "password-changed": Record<never, never>;
  "server-not-told": Record<never, never>;
  "signed-out": { readonly name: string };
  "still-signed-in": Record<never, never>;
  "account-deleted": {
    readonly account: AccountId;
    readonly name: string;
    readonly wiped: boolean;
  };
}

const WORDING: Wording<OwnAccountKinds> = {
  "password-advice": { isNote: true, line: ({ advice }) => advice },
  "password-changed": {
    line: (_facts, { isDialogue }) => `${isDialogue ? "the" : "The"} password is changed`,
  },
  "server-not-told": { isNote: true, line: () => "The server could not be told" },
  "signed-out": { line: ({ name }) => `Bye, ${name}!` },
  "still-signed-in": {
    isNote: true,
    line: () => "you stay signed in on this machine until: heliograph logout",
  },
  "account-deleted": {
    fields: ({ account, wiped }) => ({ account, wiped }),
    line: ({ name }, { isDialogue }) =>
      isDialogue
        ? [
          `the account ${name} is deleted`,
          "what is on this device stays here until: heliograph logout --wipe",
        ]
        : `The account ${name} is deleted`,
  },
};

const COMMON = {
  group: "Account",
  exitCodes: [3, 5, 6, 7],
  asks: true,
} as const;

const passwd: PersonRow<OwnAccountKinds> = {
  ...COMMON,
  name: "passwd",
  summary: "change the password",
  options: [PASSWORD_OPTION, {
    flag: "--new-password-file",
    valueName: "FILE",
    summary: "read the new password from a file of yours",
  }],
  examples: [{ line: "passwd", summary: "asks for both" }],
  needs: ["server", "account"],
  slash: {
    group: "People",
    summary: "change your password",
    details: "Asks for both, hidden. What is on your other devices stays signed in.",
  },
  async *run({ client, ask, greet, keeper }, values) {
    const old = await ask.secret("Present password", {
      file: values.option(PASSWORD_OPTION.flag),
    });
    const next = await ask.secret("New password", {
      file: values.option("--new-password-file"),
      isNew: true,
    });
    if (next === "") throw new UsageError("empty-password", "The password is empty");
    const advice = adviceOnPassword(next);
    if (advice !== undefined) yield [{ kind: "password-advice", facts: { advice } }];
    const handshake = await greet();
    try {
      await changePassword(handshake, await keeper(), { own: client.profile.own, old, next });
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "wrong-credentials") throw error;
      // Nobody is new here: without the words of a sign-in.
      const { message, details } = error;
      throw new Refusal("wrong-password", message, { details, cause: error });
    } finally {
      await handshake.link.close();
    }
    return result("password-changed", {});
  },
};

const FORCE = { flag: "--force", summary: "even if rooms are left without an owner" };

const remove: PersonRow<OwnAccountKinds> = {
  ...COMMON,
  name: "account delete",
  summary: "delete your account on the server, for good",
  details:
    "You leave your rooms, your devices and keys are dropped, and nobody can write to you. The name is never given out again, to you neither. What others have received stays with them, and what is on this device stays here, unless --wipe.",
  arguments: [{
    name: "NAME",
    takes: "free",
    summary: "the account's, to be sure",
    required: true,
  }],
  options: [PASSWORD_OPTION, FORCE, {
    flag: "--wipe",
    summary: "destroy this profile's keys, messages and contacts too",
  }],
  examples: [{ line: "account delete alice", summary: "asks for the password" }],
  needs: ["server", "connection", "receiving"],
  slash: { options: [PASSWORD_OPTION, FORCE] },
  async run({ client, ask, greet }, values) {
    const { account, name } = client.profile.own;
    const parsed = parseAccountName(values.required("NAME"));
    if (!parsed.ok || parsed.id !== account) {
      throw new UsageError("other-account", `This profile is ${name}'s: nothing was done`);
    }
    const password = await ask.secret(`Password of ${name}`, {
      file: values.option(PASSWORD_OPTION.flag),
    });
    const handshake = await greet();
    try {
      await deleteAccount(client, handshake, { password, force: values.has(FORCE.flag) });
    } finally {
      await handshake.link.close();
    }
    const wiped = values.maybe("--wipe") !== undefined;
    return { ...result("account-deleted", { account, name, wiped }), ends: { wipes: wiped } };
  },
};

const logout: PersonRow<OwnAccountKinds> = {
  name: "logout",
  group: "Account",
  summary: "stop being signed in on this machine",
  options: [{ flag: "--wipe", summary: "destroy the profile's keys, messages and contacts too" }],
  examples: [{ line: "logout", summary: "the password is needed next time" }],
  exitCodes: [3],
  needs: ["server", "account"],
  // Row S3.24: leaves, and says what more there is to do.
  slash: {
    group: "This program",
    summary: "leave, and be told how to sign out of this machine",
    options: [],
    examples: [{ line: "logout", summary: "the others see you go" }],
  },
  async *run({ client, connect, keeper, isDialogue }, values) {
    if (isDialogue) return { ...result("still-signed-in", {}), ends: { wipes: false } };
    const { name } = client.profile.own;
    const wipes = values.has("--wipe");
    try {
      await connect?.();
      await client.link.ask("login.logout", {});
    } catch (error) {
      // The session ends here in any case; the server learns of it at the next sign-in.
      if (!(error instanceof TransportError)) throw error;
      yield result("server-not-told", {}).reports;
    }
    await client.close();
    if (!wipes) await (await keeper()).keys.forgetSession();
    return { ...result("signed-out", { name }), ends: { wipes } };
  },
};

/** `passwd`. */
export const PASSWD: PersonCommands<OwnAccountKinds> = { rows: [passwd], wording: WORDING };
/** `account delete`. */
export const ACCOUNT_DELETE: PersonCommands<OwnAccountKinds> = { rows: [remove], wording: WORDING };
/** `logout`. */
export const LOGOUT: PersonCommands<OwnAccountKinds> = { rows: [logout], wording: WORDING };
