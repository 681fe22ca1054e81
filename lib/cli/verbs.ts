/** The client's command line as a whole: every verb, and the program that they make. */

import { ATTENTION_ROWS } from "../app/commands/attention.ts";
import { VERSION } from "../base/version.ts";
import { CommandTable } from "../commands/command_table.ts";
import type { ProgramSpec } from "../commands/program_help.ts";
import { completionVerbs, PLACE_VERBS } from "./place_verbs.ts";
import { ENTRY_VERBS } from "./entry_verbs.ts";
import { DEMO_VERB } from "./demo/demo_verb.ts";
import { EVENTS_VERB } from "./events_verb.ts";
import { MESSAGE_VERBS } from "./message_verbs.ts";
import { MODERATION_ACTIONS } from "../app/commands/moderation.ts";
import { MODERATION_LISTS } from "../app/commands/moderation_lists.ts";
import { INVITE } from "../app/commands/invite.ts";
import { PRESENCE, VERIFY, WHO, WHOAMI } from "../app/commands/people.ts";
import { REQUESTS } from "../app/commands/requests.ts";
import { verbsOf } from "./person_verbs.ts";
import { DEVICES } from "../app/commands/devices.ts";
import { EXPORT } from "../app/commands/export.ts";
import { ACCOUNT_DELETE, LOGOUT, PASSWD } from "../app/commands/own_account.ts";
import { GLOBAL_OPTIONS, type Verb } from "./verb.ts";
import { VIDEO_VERBS } from "./video_verbs.ts";

const VERBS: CommandTable<Verb> = new CommandTable([
  ...MESSAGE_VERBS,
  EVENTS_VERB,
  ...verbsOf(WHO),
  ...verbsOf(VERIFY),
  ...verbsOf(REQUESTS),
  ...verbsOf(INVITE),
  ...verbsOf(PRESENCE),
  ...verbsOf(ATTENTION_ROWS),
  ...verbsOf(MODERATION_LISTS),
  ...verbsOf(MODERATION_ACTIONS),
  ...VIDEO_VERBS,
  ...ENTRY_VERBS,
  ...verbsOf(DEVICES),
  ...verbsOf(EXPORT),
  ...verbsOf(ACCOUNT_DELETE),
  ...verbsOf(LOGOUT),
  ...verbsOf(WHOAMI),
  ...verbsOf(PASSWD),
  DEMO_VERB,
  ...PLACE_VERBS,
  ...completionVerbs(() => PROGRAM),
]);

/** The whole command line of the client, as one table. */
export const PROGRAM: ProgramSpec<Verb> = {
  name: "heliograph",
  version: VERSION,
  summary: "Talk, send and watch video, end-to-end encrypted, in any terminal",
  usages: [
    ["heliograph", "open the full screen; it asks for the rest"],
    ["heliograph COMMAND [OPTIONS]", "run one command, and end"],
    ["heliograph --classic SHELL", "use the prompts and commands of one of five older programs"],
    ["heliograph -s [ARGUMENTS]", "run the server: heliograph-server serve"],
  ],
  daily: ["send", "inbox", "receive", "who", "verify", "room new", "file send", "watch", "stream"],
  table: VERBS,
  options: GLOBAL_OPTIONS,
  defaultCommand: "screen",
};
