/** What tab can complete with at a desk. */

import type { Completion } from "../../commands/completion.ts";
import { type Completable, completeLine } from "./completion.ts";
import type { Dialogue } from "./dialogue.ts";
import { roomOfPartner } from "./partner.ts";
import { folderReader, PATH_VALUES } from "./path_completion.ts";
import { SLASH_TABLE } from "./slash_table.ts";
import { videoNamesOf } from "./video_names.ts";

/** What can stand in place of the end of a line that is typed at a desk. */
export function completeAt(
  { people, rooms, client, stage, partner }: Dialogue,
  before: string,
): Completion {
  let coming: Promise<void> | undefined;
  const known: Completable = {
    commands: [...SLASH_TABLE.names, ...stage.aliases?.keys() ?? []],
    people: people.others.map(({ name }) => name),
    rooms: rooms.all,
    isInRoom: roomOfPartner(partner) !== undefined,
    videos: () => {
      const names = videoNamesOf(client);
      coming = names.fetch();
      return names.known;
    },
    readFolder: folderReader((path) => stage.resolve(path)),
    pathOptions,
  };
  const completion = completeLine(before, known);
  return coming === undefined ? completion : { ...completion, coming };
}

function pathOptions(command: string): ReadonlySet<string> {
  const options = SLASH_TABLE.get(command)?.options ?? [];
  return new Set(
    options.filter(({ valueName = "" }) => PATH_VALUES.has(valueName)).map(({ flag }) => flag),
  );
}
