/** The person's settings where there is no screen. Faces do not import one another: the program's entry passes them in. */

/** One as a line says it. */
export interface LineSetting {
  readonly name: string;
  /** As it is typed. */
  readonly value: string;
  /** What it is for. */
  readonly about: string;
}

/** What a key of the full screen does. */
export interface LineKeys {
  /** Its name in the table `[keys]`. */
  readonly action: string;
  /** A star behind one: only on an empty line. */
  readonly keys: readonly string[];
  readonly summary: string;
}

/** What lines can do with settings. */
export interface LineSettings {
  /** All of them. Rejects with StorageError. */
  list(): Promise<readonly LineSetting[]>;
  /** What in the file cannot be meant, each a sentence with its line. Rejects with StorageError. */
  problems(): Promise<readonly string[]>;
  /** The keys of the full screen, as they are bound now. Rejects with StorageError. */
  keys(): Promise<readonly LineKeys[]>;
  /** Keeps one; what came of it, in a sentence. */
  keep(name: string, typed: string): Promise<string>;
  /** How the person is told that something came; undefined where they did not choose a bell. */
  bell(nowMs: number): Promise<{ readonly highlights: readonly string[] } | undefined>;
}

/** The file that they are kept in. */
export interface SettingsFile {
  /** The text of it; empty where there is none. Rejects with StorageError. */
  read(): Promise<string>;
  /** Replaces it. Rejects with StorageError. */
  write(text: string): Promise<void>;
  /** What in the whole text cannot be meant, beside the screen's own tables; each a sentence. */
  problemsIn(text: string): readonly string[];
}

/** Opens them. */
export type OpenLineSettings = (file: SettingsFile) => Promise<LineSettings>;
