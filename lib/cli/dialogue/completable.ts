/** What tab can complete with at a desk. */

import type { Completion } from "../../terminal/line_editor.ts";
import { type Completable, completeLine } from "./completion.ts";
import type { Desk } from "./desk.ts";
import { folderReader } from "./path_completion.ts";
import { SLASH_TABLE } from "./slash_table.ts";

/** Names of values that are paths, as the table writes them. */
const PATH_VALUES = new Set(["DIR", "FILE"]);

/** What can stand in place of the end of a line that is typed at a desk. */
export function completeAt({ people, rooms, videoNames, stage }: Desk, before: string): Completion {
  const known: Completable = {
    commands: SLASH_TABLE.names,
    people: people.others.map(({ name }) => name),
    rooms: rooms.all,
    videos: videoNames,
    readFolder: folderReader((path) => stage.resolve(path)),
    pathOptions,
  };
  return completeLine(before, known);
}

function pathOptions(command: string): ReadonlySet<string> {
  const options = SLASH_TABLE.get(command)?.options ?? [];
  return new Set(
    options.filter(({ valueName = "" }) => PATH_VALUES.has(valueName)).map(({ flag }) => flag),
  );
}
