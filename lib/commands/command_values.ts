/** What was given to a command, checked against its row. */

import { Bug } from "../base/errors.ts";
import type { Whole } from "./command_table.ts";

/** What was given, by name of the argument or by flag. */
export interface GivenValues {
  readonly arguments: Readonly<Record<string, readonly string[]>>;
  readonly options: Readonly<Record<string, string | true>>;
}

/** Asking for what the row does not declare is a `Bug`: a spelling mistake must not look like an absent option. */
export class CommandValues {
  readonly #row: Whole;
  readonly #arguments: ReadonlyMap<string, readonly string[]>;
  readonly #options: ReadonlyMap<string, string | true>;

  /** Made by the readers of this room only, which check counts and choices. */
  constructor(
    row: Whole,
    given: {
      readonly arguments: ReadonlyMap<string, readonly string[]>;
      readonly options: ReadonlyMap<string, string | true>;
    },
  ) {
    this.#row = row;
    this.#arguments = given.arguments;
    this.#options = given.options;
  }

  /** Plain data, from which another process of the same program makes the same values of the same row. */
  toJSON(): GivenValues {
    return {
      arguments: Object.fromEntries(this.#arguments),
      options: Object.fromEntries(this.#options),
    };
  }

  /** From what `toJSON` gave elsewhere, where it was checked. */
  static from(row: Whole, given: GivenValues): CommandValues {
    return new CommandValues(row, {
      arguments: new Map(Object.entries(given.arguments)),
      options: new Map(Object.entries(given.options)),
    });
  }

  /** An argument that the row requires. */
  required(name: string): string {
    const value = this.argument(name);
    if (value === undefined) {
      throw new Bug(`Cannot read ${name} of '${this.#row.name}': it is missing`);
    }
    return value;
  }

  /** An argument that may be left out. */
  argument(name: string): string | undefined {
    return this.words(name)[0];
  }

  /** An argument that takes the rest as words. */
  words(name: string): readonly string[] {
    if (!this.#row.arguments.some((argument) => argument.name === name)) {
      throw new Bug(`Cannot read ${name} of '${this.#row.name}': it has no such argument`);
    }
    return this.#arguments.get(name) ?? [];
  }

  /** Whether this front end has that option. */
  takes(flag: string): boolean {
    return this.#row.options.some((option) => option.flag === flag);
  }

  /** What was given as an argument or an option that not every front end has. */
  maybe(name: string): string | undefined {
    const option = this.#options.get(name);
    return option === true ? "" : option ?? this.#arguments.get(name)?.[0];
  }

  /** The value of an option, undefined when it was not given. */
  option(flag: string): string | undefined {
    const value = this.#read(flag);
    return value === true ? undefined : value;
  }

  /** True when an option was given. */
  has(flag: string): boolean {
    return this.#read(flag) !== undefined;
  }

  #read(flag: string): string | true | undefined {
    if (!this.takes(flag)) {
      throw new Bug(`Cannot read ${flag} of '${this.#row.name}': it has no such option`);
    }
    return this.#options.get(flag);
  }
}
