/** What tab can make of a line of the dialogue. Pure. */

import { typeName } from "../../app/names.ts";
import type { ArgumentSpec, OptionSpec } from "../../commands/command_table.ts";
import { type Completion, match } from "../../commands/completion.ts";
import { nextWord } from "../../commands/words.ts";
import type { Dialogue } from "./dialogue.ts";
import { roomOfPartner } from "./partner.ts";
import {
  completePath,
  type FolderReader,
  folderReader,
  PATH_VALUES,
  type TypedWord,
  typedWords,
} from "./path_completion.ts";
import { SLASH_TABLE } from "./slash_table.ts";
import { videoNamesOf } from "./video_names.ts";

/** What there is to complete with. */
export interface Completable {
  readonly commands: readonly string[];
  readonly people: readonly string[];
  /** With their `#`. */
  readonly rooms: readonly string[];
  /** Whether plain text goes to a room, where people are mentioned. */
  readonly isInRoom: boolean;
  videos(): readonly string[];
  readonly readFolder: FolderReader;
  /** What may follow the command that these words begin with; undefined: it is none. */
  spec(words: readonly string[]): CompletableCommand | undefined;
}

/** What the table says of a command. */
export interface CompletableCommand {
  /** Words of its name. */
  readonly nameWords: number;
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
}

/** Commands whose first word is a name of someone. */
const TAKES_PERSON = new Set(
  ("msg messageto tell to talk inbox read unread verify accept decline block unblock anew grant changegrant kick kickuser ban mute-user muteuser unlock")
    .split(" "),
);
/** Of those, which may be about a room too. */
const TAKES_ROOM = new Set("msg messageto tell to talk inbox read unread".split(" "));
/** Commands whose first word is a room, and those behind `/room` whose further words are people. */
const IS_ABOUT_ROOM = new Set("info invite remove kick leave grant name topic say".split(" "));
const THEN_PEOPLE = new Set("invite remove kick grant".split(" "));
const TAKES_VIDEO = new Set(["watch", "play"]);
/** Commands about somebody, unless a name stood before, and then about files. */
const THEN_FILES = new Set(["send", "stream", "upd"]);
const NOTHING: Completion = { from: 0, candidates: [] };

/**
 * Commands after a slash, with or without somebody's name before it; people, rooms, videos and files after their commands;
 * `user:` and `#room:` at the start of a line, in a room `@user ` anywhere.
 */
export function completeLine(before: string, known: Completable): Completion {
  const address = /^[^\s:][^:]{0,89}:(?=\/)/u.exec(before)?.[0];
  if (address !== undefined) {
    const { from, candidates } = completeCommand(before.slice(address.length), known, true);
    return { from: from + address.length, candidates };
  }
  if (before.startsWith("/")) return completeCommand(before, known, false);
  if (known.isInRoom && !before.startsWith("#")) return completeMention(before, known);
  return before === ""
    ? NOTHING
    : match(before, 0, [...known.people, ...known.rooms].map((name) => `${name}:`));
}

function completeMention(before: string, { people }: Completable): Completion {
  const from = lastWord(before);
  const typed = before.slice(from).replace(/^@/, "").toLowerCase();
  if (typed === "") return NOTHING;
  const found = people.filter((name) => name.toLowerCase().startsWith(typed));
  return { from, candidates: found.map((name) => `@${name} `) };
}

function completeCommand(before: string, known: Completable, isAddressed: boolean): Completion {
  const command = nextWord(before, 1);
  if (command.kind !== "word" || command.end === before.length) {
    return match(before, 0, known.commands.map((name) => `/${name} `));
  }
  const from = before.length - before.slice(command.end).trimStart().length;
  const name = command.text.toLowerCase();
  const words = typedWords(before, command.end);
  const last = words[words.length - 1];
  const offered = completeSpec(before, [name, ...words.map(({ text }) => text)], last, known);
  if (offered !== undefined) return offered;
  if (THEN_FILES.has(name)) {
    if (isAddressed || words.length > 1) return pathAt(last, known);
    return match(before, last.from, known.people.map((one) => `@${typeName(one)} `));
  }
  if (name === "room") return completeRoom(before, from, known);
  if (name === "srm") return matchRoom(before, from, known);
  if (name === "srb") return match(before, lastWord(before), known.people.map(withBlank));
  if (TAKES_ROOM.has(name)) {
    return match(before, from, [...known.people, ...known.rooms].map(withBlank));
  }
  if (TAKES_PERSON.has(name)) return match(before, from, known.people.map(withBlank));
  if (TAKES_VIDEO.has(name)) return match(before, from, known.videos().map(withBlank));
  return name === "help" ? match(before, from, known.commands) : NOTHING;
}

/** Options, their values, and arguments of which the table knows every value; undefined: something else stands here. */
function completeSpec(
  before: string,
  words: readonly string[],
  last: TypedWord,
  known: Completable,
): Completion | undefined {
  const spec = known.spec(words.slice(0, -1));
  if (spec === undefined) return undefined;
  const values = words.slice(spec.nameWords);
  const valued = ({ valueName, flag }: OptionSpec, i: number) =>
    valueName !== undefined && flag === values[i - 1];
  const at = values.length - 1;
  const option = spec.options.find((one) => valued(one, at));
  if (PATH_VALUES.has(option?.valueName ?? "")) return pathAt(last, known);
  if (option !== undefined) {
    return match(
      before,
      last.from,
      (option.choices ?? []).map((one) => `${one} `),
    );
  }
  if (before.slice(last.from).startsWith("-") && spec.options.length > 0) {
    return match(before, last.from, spec.options.map(({ flag }) => `${flag} `));
  }
  const typed = values.slice(0, -1).filter((value, i) =>
    !value.startsWith("--") && !spec.options.some((one) => valued(one, i))
  );
  const choices = spec.arguments[typed.length]?.choices;
  return choices === undefined
    ? undefined
    : match(before, last.from, choices.map((one) => `${one} `));
}

/** Behind `/room`: which command, then which room, then whom. */
function completeRoom(before: string, from: number, known: Completable): Completion {
  const command = nextWord(before, from);
  if (command.kind !== "word" || command.end === before.length) {
    return match(before, 0, known.commands.map((name) => `/${name} `));
  }
  const name = command.text.toLowerCase();
  if (name === "new") return match(before, lastWord(before), known.people.map(withBlank));
  if (!IS_ABOUT_ROOM.has(name)) return NOTHING;
  const roomFrom = before.length - before.slice(command.end).trimStart().length;
  const room = nextWord(before, roomFrom);
  if (room.kind !== "word" || room.end === before.length) {
    return matchRoom(before, roomFrom, known);
  }
  if (!THEN_PEOPLE.has(name)) return NOTHING;
  return match(before, lastWord(before), known.people.map(withBlank));
}

function pathAt({ from, text }: TypedWord, { readFolder }: Completable): Completion {
  return { from, candidates: completePath(text, readFolder) };
}

/** Where the word begins that is being typed. */
function lastWord(before: string): number {
  return before.length - (/\S*$/u.exec(before)?.[0].length ?? 0);
}

function withBlank(name: string): string {
  return `${typeName(name)} `;
}

/** Where only a room can stand its `#` need not be typed. */
function matchRoom(before: string, from: number, { rooms }: Completable): Completion {
  const hasMark = before.slice(from).startsWith("#");
  const typed = before.slice(from).toLowerCase();
  const found = rooms.filter((room) => room.slice(hasMark ? 0 : 1).toLowerCase().startsWith(typed));
  return { from, candidates: found.map(withBlank) };
}

// What tab can complete with at a desk.

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
