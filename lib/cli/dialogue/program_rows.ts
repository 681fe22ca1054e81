/** Slash commands about the program: help, info, emoticons, quit. */

import { showPeer } from "../../app/names.ts";
import { UsageError } from "../../base/errors.ts";
import { formatCertificateFingerprint } from "../../base/ids.ts";
import { spellVersion } from "../../base/version.ts";
import type { AnswerPage } from "../../commands/command_row.ts";
import { CommandTable } from "../../commands/command_table.ts";
import { EMOTICONS } from "../../commands/emoticons.ts";
import { describeCommand, listCommands } from "../../commands/help.ts";
import { suggest } from "../../commands/suggest.ts";
import { formatHostPort } from "../../net/addresses/address.ts";
import { HINT } from "./chat_lines.ts";
import type { LineSettings } from "./line_settings.ts";
import type { ChatContext, SlashRow } from "./slash_row.ts";

/** The help row explains the whole table, which it is itself a part of. */
function makeHelpRow(table: () => CommandTable<SlashRow>): SlashRow {
  return {
    name: "help",
    aliases: ["h", "?"],
    group: "This program",
    summary: "list the commands, or explain one",
    arguments: [{
      name: "COMMAND",
      summary: "which; or the number of a group",
      required: false,
      rest: "text",
    }],
    examples: [
      { line: "help watch", summary: "all about /watch" },
      { line: "help 2", summary: "the commands of the second group" },
    ],
    async run(chat, { values }) {
      const name = values.argument("COMMAND");
      const group = groupAt(table(), name);
      const text = name === undefined
        ? overview(table())
        : group === undefined
        ? explain(table(), name)
        : listCommands(group, { prefix: "/" });
      // Every line of its own, so that what was laid out stays so.
      const command = name === undefined ? undefined : table().get(name.replace(/^\//, ""))?.name;
      await chat.showPage({ kind: "help", command }, text.trimEnd().split("\n"));
    },
  };
}

function overview(table: CommandTable<SlashRow>): string {
  return [
    HINT,
    "Text without a name goes to the open conversation; //text sends /text",
    "",
    listCommands(table, { prefix: "/", isNumbered: true }),
    `Also: ${table.visible.flatMap(({ aliases }) => aliases.map((one) => `/${one}`)).join(" ")}`,
    "/help COMMAND explains one, /help 2 lists the second group",
  ].join("\n");
}

/** The commands of a group, as the list numbers it. */
function groupAt(
  table: CommandTable<SlashRow>,
  number: string | undefined,
): CommandTable<SlashRow> | undefined {
  if (number === undefined || !/^\d{1,2}$/.test(number)) return undefined;
  const rows = [...table.groups()][Number(number) - 1]?.[1];
  return rows && new CommandTable(rows);
}

function explain(table: CommandTable<SlashRow>, name: string): string {
  const wanted = name.replace(/^\//, "");
  const row = table.get(wanted);
  if (row !== undefined) return describeCommand(row, { prefix: "/" });
  const near = suggest(wanted, table.spellings);
  const hint = near === undefined ? "/help lists them all" : `Did you mean /${near}?`;
  throw new UsageError("unknown-command", `No command /${wanted}. ${hint}`);
}

/** Row S0.13. The seed shows its two threads; here it is what goes on, and over what. */
const infoRow: SlashRow = {
  name: "info",
  group: "This program",
  summary: "show versions, server, connection and encryption",
  examples: [{ line: "info", summary: "versions, server, connection, encryption, terminal" }],
  async run(chat) {
    const { client, stage } = chat;
    const { transfers, messenger: { drafts } } = client;
    const moving = (await transfers.active()).length;
    await chat.printAll([
      `heliograph ${spellVersion()}, Deno ${Deno.version.deno}, ${Deno.build.os}`,
      ...(client.isOnline ? await connectionLines(client) : ["* not connected"]),
      ...await sealLines(chat),
      `terminal ${Deno.env.get("TERM") || "unknown"}, ${
        stage.open === undefined ? "lines only" : "can draw pictures"
      }`,
      `receiving: ${
        client.isOnline ? "yes" : "no"
      } · transfers: ${moving} · conversations with unsent messages: ${drafts.peers().length}`,
    ]);
  },
};

async function connectionLines(client: ChatContext["client"]): Promise<readonly string[]> {
  const { handshake, signedIn, link, clock } = client;
  const { serverName, address, certificate, version, transport } = handshake;
  const beganMs = clock.monotonicMs();
  await link.ask("keys.count", {});
  const tookMs = Math.max(1, Math.round(clock.monotonicMs() - beganMs));
  return [
    `server ${serverName} at ${formatHostPort(address)}, protocol ${version}`,
    `its fingerprint ${formatCertificateFingerprint(certificate.fingerprint)}`,
    `transport ${transport === "tls" ? "TLS" : "plain TCP"}, round trip ${tookMs} ms`,
    `session ${signedIn.sessionNumber}`,
  ];
}

/** How what is said to the present partner is sealed. */
async function sealLines({ client, partner }: ChatContext): Promise<readonly string[]> {
  const { conversations, groups } = client.messenger;
  const open = partner && conversations.openWith(partner.peer);
  const group = open && await groups.load(open.conversation);
  if (partner === undefined || group === undefined) return [];
  const { suite, members, epoch } = group.state;
  const devices = `${members.length} devices`;
  return [
    `encrypted for ${showPeer(partner.peer, partner.name)} by ${suite}, ${devices}, epoch ${epoch}`,
  ];
}

const emoticonsRow: SlashRow = {
  name: "emoticons",
  group: "This program",
  summary: "show the emoticons, or turn them on or off",
  details:
    "The choice is kept. Emoji names such as :smile: or :wave: work too. A backslash or back-quotes keep one as it is.",
  arguments: [{ name: "SWITCH", summary: "which", required: false, choices: ["on", "off"] }],
  examples: [{ line: "emoticons off", summary: ":) stays :)" }],
  async run(chat, { values }) {
    const choice = values.argument("SWITCH");
    if (choice !== undefined) chat.settings.emoticons = choice === "on";
    const table = Object.entries(EMOTICONS).map(([typed, shown]) => `${typed} ${shown}`);
    const state = chat.settings.emoticons ? "on" : "off";
    await chat.print(`* emoticons are ${state}: ${table.join("  ")}  :smile: 😄 and other names`);
  },
};

/** `/restart` is the server's. */
const reconnectRow: SlashRow = {
  name: "reconnect",
  group: "This program",
  summary: "reconnect to the server at once",
  details: "Messages that were not sent yet go out then. /restart is for the server.",
  examples: [{ line: "reconnect", summary: "when the network is back or seems stuck" }],
  run: (chat) => chat.client.reconnect(),
};

const quitRow: SlashRow = {
  name: "quit",
  aliases: ["exit", "out", "disconnect", "q"],
  group: "This program",
  summary: "quit; you stay signed in",
  examples: [{ line: "quit", summary: "ctrl-D does the same, and ctrl-C twice" }],
  run(chat) {
    chat.leave();
    return Promise.resolve();
  },
};

/** The rows of the program itself. `table` is called when help is asked for. */
export function programRows(table: () => CommandTable<SlashRow>): readonly SlashRow[] {
  return [makeHelpRow(table), infoRow, emoticonsRow, reconnectRow, quitRow];
}

// Slash commands about settings. The full screen has a page for them; elsewhere they are a numbered list, and a line for each change.

const GROUP = "This program";

async function show(
  chat: ChatContext,
  page: Omit<Extract<AnswerPage, { kind: "settings" }>, "kind">,
): Promise<void> {
  const settings = chat.drawsCards === true ? undefined : await chat.stage.settings?.();
  const lines = settings === undefined
    ? ["* settings are in config.toml: heliograph paths says where it is"]
    : await settingLines(settings, page);
  await chat.showPage({ kind: "settings", ...page }, lines);
}

async function settingLines(
  settings: LineSettings,
  { setting, value }: { readonly setting: string | undefined; readonly value: string | undefined },
): Promise<readonly string[]> {
  if (setting !== undefined && value !== undefined) {
    return [`* ${await settings.keep(setting, value)}`];
  }
  const all = await settings.list();
  const named = all.filter(({ name }) => setting === undefined || name === setting);
  // The sentence that says which there are.
  if (setting !== undefined && named.length === 0) return [`* ${await settings.keep(setting, "")}`];
  return [
    ...named.map(({ name, value, about }, at) => `${at + 1}. ${name} is ${value} (${about})`),
    `* /set ${setting ?? "NAME"} VALUE changes ${
      setting === undefined ? "one" : "it"
    }. How the screen looks holds for heliograph without --plain`,
  ];
}

/** `NAME=VALUE` is as `NAME VALUE`: other programs have it so, and no name has such a sign. */
function settingOf(setting: string | undefined, value: string | undefined) {
  const [, name, begin] = /^([^=]+)=(.*)$/s.exec(setting ?? "") ?? [];
  if (name === undefined) return { setting, value };
  return { setting: name, value: value === undefined ? begin : `${begin} ${value}` };
}

/** `/set` and `/theme`. */
export const SETTING_ROWS: readonly SlashRow[] = [
  {
    name: "set",
    aliases: ["settings"],
    group: GROUP,
    summary: "show your settings, or change one",
    details:
      "Settings of the screen and its colours apply at once, others from the next start on. All are saved in config.toml: TABLE.NAME is NAME in its table [TABLE], and the value - removes it.",
    arguments: [
      { name: "SETTING", summary: "the setting; all by default", required: false },
      { name: "VALUE", summary: "its new value", required: false, rest: "text" },
    ],
    examples: [
      { line: "set", summary: "a page of all settings; the arrows change them" },
      { line: "set notify bell", summary: "only the bell, while you look elsewhere" },
      { line: "set aliases.gm /msg bob hi", summary: "a command of yours: /gm" },
    ],
    run: (chat, { values }) =>
      show(chat, settingOf(values.argument("SETTING"), values.argument("VALUE"))),
  },
  {
    name: "theme",
    aliases: ["colours", "colors"],
    group: GROUP,
    summary: "choose the theme of the full screen, with a preview",
    arguments: [{ name: "NAME", summary: "the theme; without it a list", required: false }],
    examples: [
      { line: "theme", summary: "up and down preview a theme, enter keeps it" },
      { line: "theme nord", summary: "sets this one, without a list" },
    ],
    run: (chat, { values }) => show(chat, { setting: "theme", value: values.argument("NAME") }),
  },
];
