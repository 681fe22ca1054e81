/** What tab can complete with at a desk. */

import { type Completable } from "./completion.ts";
import type { Desk } from "./desk.ts";
import { folderReader } from "./path_completion.ts";
import { SLASH_TABLE } from "./slash_table.ts";

/** Names of values that are paths, as the table writes them. */
const PATH_VALUES = new Set(["DIR", "FILE"]);

/** As it is now. */
export function completableAt({ people, rooms, videoNames, stage }: Desk): Completable {
  return {
    commands: SLASH_TABLE.names,
    people: people.others.map(({ name }) => name),
    rooms: rooms.all,
    videos: videoNames,
    readFolder: folderReader((path) => stage.resolve(path)),
    pathOptions,
  };
}

function pathOptions(command: string): ReadonlySet<string> {
  const options = SLASH_TABLE.get(command)?.options ?? [];
  return new Set(
    options.filter(({ valueName = "" }) => PATH_VALUES.has(valueName)).map(({ flag }) => flag),
  );
}
