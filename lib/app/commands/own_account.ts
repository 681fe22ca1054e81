/** Commands about one's own account as a whole: another password, signing out, its end; and the words for what they report. */

import { parseAccountName } from "../../base/account_name.ts";
import { Refusal, TransportError, UsageError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import { deleteAccount } from "../../client/deletion.ts";
import { changePassword } from "../../client/account/password_change.ts";
import { result } from "../../commands/command_row.ts";
import type { Wording } from "../../commands/wording.ts";
import { adviceOnPassword, gradeOfPassword } from "../password_advice.ts";
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
    line: (_facts, { isDialogue }) => `${isDialogue ? "the" : "The"} password has changed`,
  },
  "server-not-told": { isNote: true, line: () => "The server could not be reached" },
  "signed-out": { line: ({ name }) => `Bye, ${name}!` },
  "still-signed-in": {
    isNote: true,
    line: () => "you stay signed in on this machine until you run: heliograph logout",
  },
  "account-deleted": {
    fields: ({ account, wiped }) => ({ account, wiped }),
    line: ({ name }, { isDialogue }) =>
      isDialogue
        ? [
          `the account ${name} is deleted`,
          "this device keeps its data until you run: heliograph logout --wipe",
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
    summary: "read the new password from a file",
  }],
  examples: [{ line: "passwd", summary: "asks for both passwords" }],
  needs: ["server", "account"],
  slash: {
    group: "People",
    summary: "change your password",
    details: "Asks for both passwords, hidden. Your other devices stay signed in.",
  },
  async *run({ client, ask, greet, keeper }, values) {
    const old = await ask.secret("Current password", {
      file: values.option(PASSWORD_OPTION.flag),
    });
    const file = values.option("--new-password-file");
    const about = [client.profile.own.name];
    const next = await ask.secret("New password", { file, isNew: true, about });
    if (next === "") throw new UsageError("empty-password", "The password is empty");
    const advice = file === undefined
      ? ask.showsRemarks === true ? undefined : await gradeOfPassword(next, about)
      : await adviceOnPassword(next, { isTyped: false, about });
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

const FORCE = { flag: "--force", summary: "even if rooms lose their last owner" };

const remove: PersonRow<OwnAccountKinds> = {
  ...COMMON,
  name: "account delete",
  summary: "delete your account on the server, for good",
  details:
    "You leave your rooms, the server drops your devices and keys, and nobody can write to you. The name can never be registered again, not even by you. Others keep your messages. This device keeps its data unless you add --wipe.",
  arguments: [{
    name: "NAME",
    takes: "free",
    summary: "the account's name, to be sure",
    required: true,
  }],
  options: [PASSWORD_OPTION, FORCE, {
    flag: "--wipe",
    summary: "also destroy this profile's keys, messages and contacts",
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
  summary: "sign out on this machine",
  options: [{ flag: "--wipe", summary: "also destroy the profile's keys, messages and contacts" }],
  examples: [{ line: "logout", summary: "the next sign-in asks for the password" }],
  exitCodes: [3],
  needs: ["server", "account"],
  // Row S3.24: leaves, and says what more there is to do.
  slash: {
    group: "This program",
    summary: "quit, and show how to sign out on this machine",
    options: [],
    examples: [{ line: "logout", summary: "the others see you leave" }],
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
