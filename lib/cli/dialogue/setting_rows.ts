/** Slash commands about how the full screen looks and behaves. The full screen answers them; elsewhere there is nothing to set. */

import type { AnswerPage } from "../../commands/command_row.ts";
import type { ChatContext, SlashRow } from "./slash_row.ts";

const GROUP = "This program";

function show(chat: ChatContext, page: Omit<Extract<AnswerPage, { kind: "settings" }>, "kind">) {
  return chat.showPage({ kind: "settings", ...page }, [
    "* these are settings of the full screen, in config.toml: heliograph paths says where it is",
  ]);
}

/** `/set` and `/theme`. */
export const SETTING_ROWS: readonly SlashRow[] = [
  {
    name: "set",
    aliases: ["settings"],
    group: GROUP,
    summary: "show or change the settings of the full screen",
    details: "Changes apply at once and are saved in config.toml.",
    arguments: [
      { name: "SETTING", summary: "the setting; all by default", required: false },
      { name: "VALUE", summary: "its new value", required: false, rest: "text" },
    ],
    examples: [
      { line: "set", summary: "a page of all settings; the arrows change them" },
      { line: "set notify bell", summary: "only the bell, while you look elsewhere" },
    ],
    run: (chat, { values }) =>
      show(chat, { setting: values.argument("SETTING"), value: values.argument("VALUE") }),
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
