/** To whom one shows one's address, so that files and streams can go straight to them. */

import { UsageError } from "../../base/errors.ts";
import type { Peer } from "../../base/ids.ts";
import { isDirect } from "../../client/store/conversation_kinds.ts";
import type { DirectContacts } from "../../client/contacts/direct_contacts.ts";
import { P2P_MODES, type P2pMode, parseP2pMode } from "../../client/direct/direct_settings.ts";
import type { Contact } from "../../client/store/contacts.ts";
import { result } from "../../commands/command_row.ts";
import type { OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { Wording } from "../../commands/wording.ts";
import { showName } from "../names.ts";
import type { PersonCommands, PersonRow } from "../person_row.ts";

const WORDS = ["list", "allow", "deny", "ask"] as const;

/** Every kind of report of this command. */
interface DirectKinds {
  "direct": {
    readonly account: Contact["account"];
    readonly consent: ReturnType<DirectContacts["of"]>;
  };
  "nobody-direct": Record<never, never>;
}

const DIRECT_WORDING: Wording<DirectKinds> = {
  "direct": {
    fields: ({ account, consent }) => ({ account, direct: consent ?? "ask" }),
    line: ({ account, consent }) => {
      const what = consent === "allowed"
        ? "may see your address: files and streams go directly if they allow it too"
        : consent === "denied"
        ? "does not see your address: files and streams go through the server"
        : "does not see your address until you allow it";
      return `${showName(account)} ${what}`;
    },
  },
  "nobody-direct": {
    isNote: true,
    line: () => "nobody sees your address. To allow it: direct allow NAME",
  },
};

const direct: PersonRow<DirectKinds> = {
  name: "direct",
  group: "Files",
  summary: "choose who may send you files and streams directly, not through the server",
  details:
    "A direct connection shows each of you the other's address, so both must allow it. allow NAME agrees, deny NAME refuses, ask NAME forgets your choice. Everything is end-to-end encrypted either way.",
  arguments: [
    { name: "WORD", summary: `${WORDS.join(", ")}; list by default`, required: false },
    { name: "NAME", summary: "whom", required: false },
  ],
  examples: [
    { line: "direct", summary: "lists whom you allowed and denied" },
    { line: "direct allow bob", summary: "bob may see your address from now on" },
  ],
  exitCodes: [3, 4, 5, 7],
  needs: ["server", "connection"],
  isLocal: (values) => values.argument("NAME") === undefined,
  async run({ client, findContact }, values) {
    const { contacts } = client.transfers.direct;
    const text = values.argument("WORD") ?? "list";
    const word = WORDS.find((one) => one === text);
    const name = values.argument("NAME");
    if (word === undefined) {
      throw new UsageError("bad-word", `direct knows no ${text}: say ${WORDS.join(", ")}`);
    }
    if (word === "list") {
      const listed = (["allowed", "denied"] as const).flatMap((consent) =>
        contacts.list(consent).map((account) =>
          ({ kind: "direct", facts: { account, consent } }) as const
        )
      );
      return listed.length === 0 ? result("nobody-direct", {}) : { reports: listed };
    }
    if (name === undefined) throw new UsageError("no-name", `Say whom, e.g. direct ${word} bob`);
    const { account } = await findContact(name);
    const consent: ReturnType<DirectContacts["of"]> = word === "allow"
      ? "allowed"
      : word === "deny"
      ? "denied"
      : undefined;
    contacts.set(account, consent);
    return result("direct", { account, consent });
  },
};

/** `direct`. */
export const DIRECT: PersonCommands<DirectKinds> = { rows: [direct], wording: DIRECT_WORDING };

/** How a transfer is to travel. */
export const P2P_OPTION: OptionSpec = {
  flag: "--p2p",
  valueName: "MODE",
  choices: P2P_MODES,
  summary: "direct connections: only, if both allow them (prefer), or never",
};

/** What the option says; undefined when it was not given. Throws UsageError. */
export function readP2p(values: CommandValues): P2pMode | undefined {
  const text = values.maybe(P2P_OPTION.flag);
  const mode = text === undefined ? undefined : parseP2pMode(text);
  if (text === undefined || mode !== undefined) return mode;
  throw new UsageError("bad-mode", `Cannot use --p2p ${text}: say ${P2P_MODES.join(", ")}`);
}

/** The way that the person wants, if they say one. Throws UsageError where what is for this peer cannot go so. */
export function readWay(
  contacts: DirectContacts,
  { peer, shown }: { readonly peer: Peer; readonly shown: string },
  values: CommandValues,
): P2pMode | undefined {
  const mode = readP2p(values);
  if (!isDirect(peer)) {
    if (mode === undefined || mode === "never") return undefined;
    throw new UsageError("no-room", "What goes to a room goes over the server: leave --p2p out");
  }
  if (mode !== "only" || contacts.of(peer) === "allowed") return mode;
  throw new UsageError(
    "not-allowed",
    `A direct connection to ${shown} shows them your address. To agree: heliograph direct allow ${shown}`,
  );
}
