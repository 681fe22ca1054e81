/** The shells by their names. */

import type { Shell, ShellName } from "../app/shells/shell.ts";
import { CHATROOM } from "./chatroom.ts";
import { MENU_SHELL } from "./menu.ts";
import { TOOM } from "./toom.ts";
import { UAG } from "./uag.ts";

/** Each speaks as one of the seeds does. */
export const SHELLS: Readonly<Record<ShellName, Shell>> = {
  toom: TOOM,
  menu: MENU_SHELL,
  chatroom: CHATROOM,
  uag: UAG,
};
