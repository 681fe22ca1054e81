/** Slash commands about how the full screen looks and behaves. The full screen answers them; elsewhere there is nothing to set. */

import type { AnswerPage } from "../../commands/command_row.ts";
import type { ChatContext, SlashRow } from "./slash_row.ts";

const GROUP = "This program";

function show(chat: ChatContext, page: Omit<Extract<AnswerPage, { kind: "settings" }>, "kind">) {
  return chat.showPage({ kind: "settings", ...page }, [
    "* these are settings of the full screen: config.toml, in the folder that `heliograph paths` names, has them",
  ]);
}

/** `/set` and `/theme`. */
export const SETTING_ROWS: readonly SlashRow[] = [
  {
    name: "set",
    aliases: ["settings"],
    group: GROUP,
    summary: "show your settings, or change one",
    details:
      "Those of the screen and its colours are so at once, others from the next start on. All are written to config.toml: TABLE.NAME is NAME in its table [TABLE], and the value - takes it away.",
    arguments: [
      { name: "SETTING", summary: "which; without it all of them", required: false },
      { name: "VALUE", summary: "what it is from now on", required: false, rest: "text" },
    ],
    examples: [
      { line: "set", summary: "a page of all settings, changed by the arrows" },
      { line: "set notify bell", summary: "only the bell, when you look at something else" },
      { line: "set aliases.gm /msg bob hi", summary: "a command of yours: /gm" },
    ],
    run: (chat, { values }) =>
      show(chat, { setting: values.argument("SETTING"), value: values.argument("VALUE") }),
  },
  {
    name: "theme",
    aliases: ["colours", "colors"],
    group: GROUP,
    summary: "choose the colours of the full screen, each shown as you come to it",
    arguments: [{ name: "NAME", summary: "which; without it a list", required: false }],
    examples: [
      { line: "theme", summary: "up and down show a theme, enter keeps it" },
      { line: "theme nord", summary: "this one, without looking at others" },
    ],
    run: (chat, { values }) => show(chat, { setting: "theme", value: values.argument("NAME") }),
  },
];
