/** How videos are watched when nothing else is said: table `[video]` of `config.toml`. */

import { VIDEO_MODES, type VideoMode } from "../protocol/hop/video.ts";
import { badConfig, type ConfigPlace, readConfigTable } from "../storage/config_table.ts";

/** When a video is heard: where it is drawn on a terminal of this machine that can, or never. */
export const SOUND_CHOICES = ["auto", "off"] as const;
/** One of them. */
export type SoundChoice = typeof SOUND_CHOICES[number];

/** What a person has set; undefined: nothing. */
export interface VideoSettings {
  readonly mode?: VideoMode | undefined;
  readonly sound?: SoundChoice | undefined;
  /** The language of subtitles. */
  readonly subtitles?: string | undefined;
}

/** What the text of the file says of it. Pure. Throws UsageError `bad-config`. */
export function parseVideoSettings(text: string): VideoSettings {
  const table = readConfigTable(text, "video", ["mode", "sound", "subtitles"]);
  const at = (key: string): ConfigPlace => ({ text, table: "video", key });
  return {
    mode: oneOf(table.mode, at("mode"), VIDEO_MODES),
    sound: oneOf(table.sound, at("sound"), SOUND_CHOICES),
    subtitles: language(table.subtitles, at("subtitles")),
  };
}

/** Whether this may be a language: `de`, `eng`, `pt-br`. */
export function isLanguageCode(text: string): boolean {
  return /^[a-z]{2,3}(?:-[a-z0-9]{2,8})?$/i.test(text);
}

function oneOf<Word extends string>(
  value: unknown,
  at: ConfigPlace,
  words: readonly Word[],
): Word | undefined {
  if (value === undefined) return undefined;
  const known = words.find((word) => word === value);
  if (known !== undefined) return known;
  throw badConfig(`${at.key} in [video] is one of ${words.join(", ")}`, at);
}

function language(value: unknown, at: ConfigPlace): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && isLanguageCode(value)) return value;
  throw badConfig('subtitles in [video] is a language, such as "de" or "eng"', at);
}
