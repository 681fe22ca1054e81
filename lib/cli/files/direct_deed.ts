/** To whom one shows one's address, so that files and streams can go straight to them. The same for both faces. */

import { UsageError } from "../../base/errors.ts";
import { isRoom, type Peer } from "../../base/ids.ts";
import type { DirectContacts } from "../../client/direct/direct_contacts.ts";
import { P2P_MODES, type P2pMode, parseP2pMode } from "../../client/direct/direct_settings.ts";
import type { Contact } from "../../client/messaging/contacts.ts";
import type { CommandSpec, OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { showName } from "../dialogue/names.ts";
import type { Told } from "../moderation/deed.ts";

const WORDS = ["list", "allow", "deny", "ask"] as const;

/** The row of the table: of the command line and of the dialogue. */
export const DIRECT_SPEC: CommandSpec = {
  name: "direct",
  aliases: [],
  group: "Files",
  summary: "say to whom files and streams may go straight, not over the server",
  details:
    "That shows each of you the other's address, so both have to allow it. allow NAME agrees, deny NAME does not, ask NAME forgets what was said. Everything is sealed either way.",
  arguments: [
    { name: "WORD", summary: `${WORDS.join(", ")}; else list`, required: false },
    { name: "NAME", summary: "whom", required: false },
  ],
  options: [],
  examples: [
    { line: "direct", summary: "lists whom you allowed, and whom not" },
    { line: "direct allow bob", summary: "bob may see your address from now on" },
  ],
  exitCodes: [],
};

/** How a transfer is to travel. */
export const P2P_OPTION: OptionSpec = {
  flag: "--p2p",
  valueName: "MODE",
  choices: P2P_MODES,
  summary: "straight to the other side: only, if both allow it (prefer), or never",
};

/** What the option says; undefined when it was not given. Throws UsageError. */
export function readP2p(values: CommandValues): P2pMode | undefined {
  const text = values.option(P2P_OPTION.flag);
  const mode = text === undefined ? undefined : parseP2pMode(text);
  if (text === undefined || mode !== undefined) return mode;
  throw new UsageError("bad-mode", `Cannot use --p2p ${text}: say ${P2P_MODES.join(", ")}`);
}

/** Does what was said. `find`: somebody by any spelling of their name. Throws UsageError, Refusal. */
export async function doDirect(
  contacts: DirectContacts,
  values: CommandValues,
  find: (name: string) => Promise<Contact>,
): Promise<readonly Told[]> {
  const text = values.argument("WORD") ?? "list";
  const word = WORDS.find((one) => one === text);
  const name = values.argument("NAME");
  if (word === undefined) {
    throw new UsageError("bad-word", `direct knows no ${text}: say ${WORDS.join(", ")}`);
  }
  if (word === "list") return list(contacts);
  if (name === undefined) {
    throw new UsageError("no-name", `Say whom, e.g. direct ${word} bob`);
  }
  const { account } = await find(name);
  const said = word === "allow" ? "allowed" : word === "deny" ? "denied" : undefined;
  contacts.set(account, said);
  return [told(account, said)];
}

/** The way that the person wants, if they say one. Throws UsageError where what is for this peer cannot go so. */
export function readWay(
  contacts: DirectContacts,
  { peer, shown }: { readonly peer: Peer; readonly shown: string },
  values: CommandValues,
): P2pMode | undefined {
  const mode = readP2p(values);
  if (isRoom(peer)) {
    if (mode === undefined || mode === "never") return undefined;
    throw new UsageError("no-room", "What goes to a room goes over the server: leave --p2p out");
  }
  if (mode !== "only" || contacts.of(peer) === "allowed") return mode;
  throw new UsageError(
    "not-allowed",
    `Going straight to ${shown} shows them your address. To agree say: heliograph direct allow ${shown}`,
  );
}

function list(contacts: DirectContacts): readonly Told[] {
  return (["allowed", "denied"] as const)
    .flatMap((said) => contacts.list(said).map((account) => told(account, said)));
}

function told(account: Contact["account"], said: ReturnType<DirectContacts["of"]>): Told {
  const what = said === "allowed"
    ? "may see your address: files and streams go straight when they allow it too"
    : said === "denied"
    ? "does not see your address: files and streams go over the server"
    : "does not see your address until you allow it";
  return {
    type: "direct",
    fields: { account, direct: said ?? "ask" },
    line: `${showName(account)} ${what}`,
  };
}
