/** Which key does what: the table of `keys.ts`, with what the person's table `[keys]` says otherwise. Pure. */

import { type BoundKey, KEY_ROWS, type KeyAction, type KeyRow } from "./keys.ts";

/** Keys as they are bound now. */
export interface KeyMap {
  /** For help. */
  readonly rows: readonly KeyRow[];
  /** What a key does; undefined for those of the line. */
  boundTo(name: string | undefined): BoundKey | undefined;
}

/** Keys by action, which replace those that it has. A star behind one: only on an empty line. */
export type KeyChoices = ReadonlyMap<KeyAction, readonly string[]>;

/** What a name of a key has to look like: with ctrl or alt, or a key that types nothing. */
const KEY_NAME =
  /^(?:(?:ctrl-|alt-|ctrl-alt-)(?:shift-)?(?:\S|tab|space|backspace|delete|insert|home|end|pageup|pagedown|up|down|left|right|enter)|(?:shift-)?(?:f[1-9]|f1[0-9]|f2[0-4]|tab|insert|pageup|pagedown))\*?$/;
/** Without these nobody finds out of what they have set. */
const FIXED: readonly string[] = ["ctrl-c", "ctrl-d", "f1"];
const MAX_KEYS = 9;

/** Further keys for those who have vi in their fingers; all others stay. */
const VI: KeyChoices = new Map<KeyAction, readonly string[]>([
  ["previous", ["alt-k"]],
  ["next", ["alt-j"]],
  ["page-up", ["ctrl-b*"]],
  ["page-down", ["ctrl-f*"]],
  ["oldest", ["alt-g"]],
  ["newest", ["alt-G"]],
  ["search", ["alt-/"]],
]);

/** The preset `vi`, by name; the usual keys have none. */
const PRESETS: Readonly<Record<string, KeyChoices>> = { vi: VI };

/** The keys without choices. */
export const USUAL_KEYS: KeyMap = bind(KEY_ROWS);

/** What `[keys]` says; each thing that is wrong with it is a sentence about its key, and is left out. */
export function readKeyChoices(table: Readonly<Record<string, unknown>>): {
  readonly keys: KeyMap;
  readonly problems: readonly { readonly key: string; readonly words: string }[];
} {
  const problems: { key: string; words: string }[] = [];
  const choices = new Map<KeyAction, readonly string[]>();
  const taken = new Map<string, string>();
  if (Object.keys(table).length === 0) return { keys: USUAL_KEYS, problems };
  const { preset, ...rest } = table;
  const further = typeof preset === "string" ? PRESETS[preset] : undefined;
  if (preset !== undefined && further === undefined) {
    const words = `preset in [keys] is one of ${Object.keys(PRESETS).join(", ")}`;
    problems.push({ key: "preset", words });
  }
  for (const [name, value] of Object.entries(rest)) {
    const action = KEY_ROWS.find((row) => row.action === name)?.action;
    const keys = typeof value === "string" ? [value] : value;
    if (action === undefined) {
      const names = KEY_ROWS.map((row) => row.action).join(", ");
      problems.push({ key: name, words: `no action ${name} in [keys]; try ${names}` });
    } else if (!isKeyList(keys)) {
      const words = `${name} in [keys] is a key like "alt-j", or at most ${MAX_KEYS} of them`;
      problems.push({ key: name, words });
    } else {
      const twice = keys.find((key) => taken.has(bare(key)));
      if (twice !== undefined) {
        const words = `${bare(twice)} in [keys] is already used for ${taken.get(bare(twice))}`;
        problems.push({ key: name, words });
        continue;
      }
      for (const key of keys) taken.set(bare(key), name);
      choices.set(action, keys);
    }
  }
  return { keys: bind(rowsWith(choices, further ?? new Map())), problems };
}

function isKeyList(keys: unknown): keys is readonly string[] {
  return Array.isArray(keys) && keys.length <= MAX_KEYS &&
    keys.every((key) =>
      typeof key === "string" && KEY_NAME.test(key) && !FIXED.includes(bare(key))
    );
}

function bare(key: string): string {
  return key.length > 1 ? key.replace(/\*$/, "") : key;
}

/** A key that is chosen for one action is no other one's any more. */
function rowsWith(choices: KeyChoices, further: KeyChoices): readonly KeyRow[] {
  const chosen = [...choices.values(), ...further.values()].flat();
  const taken = new Set(chosen.map(bare));
  return KEY_ROWS.map((row): KeyRow => {
    const own = choices.get(row.action);
    const more = own === undefined ? further.get(row.action) ?? [] : [];
    const usual = own === undefined ? row.keys.filter((key) => !taken.has(key)) : [];
    const set = own ?? more;
    return {
      ...row,
      keys: [...usual, ...set.map(bare)],
      onEmptyLine: [
        ...(row.onEmptyLine ?? []).filter((key) => usual.includes(key)),
        ...set.filter((key) => bare(key) !== key).map(bare),
      ],
    };
  });
}

function bind(rows: readonly KeyRow[]): KeyMap {
  const byKey = new Map(
    rows.flatMap(({ keys, action, onEmptyLine = [] }) =>
      keys.map((key, i): [string, BoundKey] => [key, {
        action,
        nth: i + 1,
        isOnEmptyLine: onEmptyLine.includes(key),
      }])
    ),
  );
  return { rows, boundTo: (name) => name === undefined ? undefined : byKey.get(name) };
}
