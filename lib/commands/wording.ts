/** What a command reports, by kinds with typed facts, and the tables that put kinds into lines and into `--json`. Pure. */

/** One thing that a command says. `Kinds` maps each stable kind to the type of its facts. */
export type Report<Kinds extends object> = {
  readonly [Kind in keyof Kinds]: { readonly kind: Kind; readonly facts: Kinds[Kind] };
}[keyof Kinds];

/** What only the front end knows. */
export interface Voice {
  /** A time for the eye, local. */
  time(atMs: number): string;
  /** A row as it is typed here: `/unkick anakin`, `heliograph user unkick anakin`. */
  command(row: string, rest: string): string;
  /** Lines follow each other in a conversation, where names are quoted and a command begins with a slash. */
  readonly isDialogue: boolean;
  /** The conversation that a command opens is seen, with what was noted there. */
  readonly seesOpened?: boolean;
}

/** How reports of one kind are shown. */
export interface Phrase<Facts> {
  /** Of the object for programs; without it the kind. */
  readonly type?: string | ((facts: Facts) => string);
  /** Its fields; without it all facts. */
  fields?(facts: Facts): Readonly<Record<string, unknown>>;
  /** For people. A list: lines that stand for themselves; none where there is nothing to say. */
  line(facts: Facts, voice: Voice): string | readonly string[];
  /** Something that a person should know beside the result: no data, so programs do not get it. */
  readonly isNote?: true;
  /** Programs get it, and people a note beside the data: it is not what was asked for. "for-people": no note where programs get it. */
  readonly aside?: "always" | "for-people";
  /** Its lines are a list, and stand in a dialogue without the mark of what the program says. */
  readonly isList?: true;
  /** Reports of this kind are the rows of a table with these headings, and `line` gives the cells of one. */
  readonly headings?: readonly string[];
}

/** One table for the kinds of a group of commands; another front end may speak by another one. */
export type Wording<Kinds extends object> = {
  readonly [Kind in keyof Kinds]: Phrase<Kinds[Kind]>;
};

/** A report as it is shown. */
export interface Presented {
  readonly aside: Phrase<never>["aside"];
  readonly isList: boolean;
  readonly headings: readonly string[] | undefined;
  readonly lines: readonly string[];
  /** Undefined for a note. */
  readonly object:
    | { readonly type: string; readonly fields: Readonly<Record<string, unknown>> }
    | undefined;
}

/** A report in lines for people, and as the object for programs. */
export function present<Kinds extends object>(
  { kind, facts }: Report<Kinds>,
  wording: Wording<Kinds>,
  voice: Voice,
): Presented {
  const phrase = wording[kind];
  const line = phrase.line(facts, voice);
  const lines = typeof line === "string" ? [line] : line;
  const isList = phrase.isList === true;
  const { aside, headings } = phrase;
  const shape = { aside, isList, headings, lines };
  if (phrase.isNote === true) return { ...shape, object: undefined };
  // Facts are objects, which the type of a table's keys cannot say.
  const fields = phrase.fields?.(facts) ?? ({ ...facts } as Readonly<Record<string, unknown>>);
  const type = typeof phrase.type === "function" ? phrase.type(facts) : phrase.type;
  return { ...shape, object: { type: type ?? String(kind), fields } };
}
