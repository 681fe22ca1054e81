/** What tab can complete with at a desk. */

import type { Completion } from "../../commands/completion.ts";
import { type Completable, type CompletableCommand, completeLine } from "./completion.ts";
import type { Dialogue } from "./dialogue.ts";
import { roomOfPartner } from "./partner.ts";
import { folderReader } from "./path_completion.ts";
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
    spec,
  };
  const completion = completeLine(before, known);
  return coming === undefined ? completion : { ...completion, coming };
}

function spec(words: readonly string[]): CompletableCommand | undefined {
  const found = SLASH_TABLE.find(words);
  return found && {
    nameWords: found.nameWords,
    arguments: found.row.arguments,
    options: found.row.options,
  };
}
