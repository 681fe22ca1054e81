/**
 * Names of files that somebody else chose, as names that are safe here (SR-64): one component after the other, on every
 * system alike, since a folder may be carried from one to the other. Pure.
 */

/** UTF-8 bytes of a component: file systems hold 255, and ` (999)` and `.part` are added to it. */
const MAX_NAME_BYTES = 200;
/** Folders in folders of one path. */
const MAX_DEPTH = 32;
/** Device names of Windows, whatever follows a dot. */
const WINDOWS_DEVICE =
  /^(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(\.|$)/i;
/** Parts of a path, and what Windows or a shell takes for more than a letter. */
const SPECIAL = /[/\\:*?"<>|]/gu;
/**
 * Controls, line ends, and whatever is not seen or turns the rest around (SR-68): format characters, default ignorables,
 * lone surrogates, what has no meaning yet.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const encoder = new TextEncoder();

/** A name that stands for `name`: never empty, hidden, reserved, or with anything in it that is more than a letter. */
export function safeName(name: string): string {
  const plain = name.normalize("NFC").replace(UNSEEN, "_").replace(SPECIAL, "_").trim();
  // A dot in front hides a file, at the end Windows drops it. Both give `..` away.
  const visible = plain.replace(/^\.+/, (dots) => "_".repeat(dots.length)).replace(/[. ]+$/, "_");
  const named = visible === "" ? "_" : visible;
  return cut(WINDOWS_DEVICE.test(named) ? `_${named}` : named);
}

/** The components of a foreign path, each made safe. At least one; empty ones are left out. Undefined when it is too deep. */
export function safePath(path: string): readonly string[] | undefined {
  const components = path.split("/").filter((component) => component !== "").map(safeName);
  if (components.length > MAX_DEPTH) return undefined;
  return components.length === 0 ? ["_"] : components;
}

/**
 * Whether paths can all exist together on any system: no two are the same but for case or composition, and none is a folder
 * of another.
 */
export function areDistinct(paths: readonly (readonly string[])[]): boolean {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const path of paths) {
    const keys = path.map((_, i) => foldCase(path.slice(0, i + 1).join("/")));
    const file = keys[keys.length - 1];
    if (files.has(file)) return false;
    files.add(file);
    for (const folder of keys.slice(0, -1)) folders.add(folder);
  }
  return [...folders].every((folder) => !files.has(folder));
}

/**
 * The same paths so that all of them can exist together on any system: one that meets another gets a number, as a name that is
 * taken does. The same list always gives the same answer.
 */
export function setApart(paths: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const keyOf = (path: readonly string[]) => foldCase(path.join("/"));
  const folders = new Set(
    paths.flatMap((path) => path.slice(1).map((_, i) => keyOf(path.slice(0, i + 1)))),
  );
  // A number must not take the name that another one has from the beginning.
  const wanted = new Set(paths.map(keyOf));
  const taken = new Set<string>();
  return paths.map((path) => {
    const folder = path.slice(0, -1);
    const name = path[path.length - 1];
    const isTaken = (key: string, isNumbered: boolean) =>
      taken.has(key) || folders.has(key) || isNumbered && wanted.has(key);
    let free = path;
    for (let n = 1; isTaken(keyOf(free), n > 1); n++) free = [...folder, numberedName(name, n)];
    taken.add(keyOf(free));
    return free;
  });
}

/** `name` with ` (n)` before its ending: `a (1).txt`. */
export function numberedName(name: string, n: number): string {
  const { stem, ending } = split(name);
  return `${stem} (${n})${ending}`;
}

function foldCase(text: string): string {
  return text.normalize("NFKC").toUpperCase().toLowerCase();
}

function cut(name: string): string {
  if (encoder.encode(name).length <= MAX_NAME_BYTES) return name;
  const { stem, ending } = split(name);
  let kept = "";
  let bytes = encoder.encode(ending).length;
  for (const character of stem) {
    bytes += encoder.encode(character).length;
    if (bytes > MAX_NAME_BYTES) break;
    kept += character;
  }
  return kept.trimEnd() + ending;
}

/** What is longer than an ending ever is belongs to the name. */
function split(name: string): { stem: string; ending: string } {
  const found = /^(.+?)((?:\.tar)?\.[^. ]{1,16})$/u.exec(name);
  return found === null ? { stem: name, ending: "" } : { stem: found[1], ending: found[2] };
}
