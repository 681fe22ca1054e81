/** Writing a text in the person's own editor. */

/** What was written, or why nothing was. */
export type Edited =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string };

/** What an editor is started with. */
export interface EditorOptions {
  env(name: string): string | undefined;
  /** Where the text lies while it is written; its owner's only, and in memory where there is such a place. */
  readonly folder: string;
}

/** Starts `$VISUAL` or `$EDITOR` on a file with the text, which is removed afterwards. The terminal must be free. */
export async function editElsewhere(text: string, options: EditorOptions): Promise<Edited> {
  const command = options.env("VISUAL") || options.env("EDITOR");
  if (command === undefined || command.trim() === "") {
    return { ok: false, problem: "No editor: set EDITOR, e.g. EDITOR=nano" };
  }
  await Deno.mkdir(options.folder, { recursive: true, mode: 0o700 });
  // Readable by its owner only.
  const file = await Deno.makeTempFile({ dir: options.folder, suffix: ".txt" });
  try {
    await Deno.writeTextFile(file, text);
    const [program, ...words] = command.trim().split(/\s+/);
    const { code } = await new Deno.Command(program, {
      args: [...words, file],
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).output();
    if (code !== 0) return { ok: false, problem: `${program} ended with ${code}: nothing changed` };
    return { ok: true, text: (await Deno.readTextFile(file)).replace(/\n$/, "") };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { ok: false, problem: `No program ${command}: set EDITOR` };
  } finally {
    await Deno.remove(file);
  }
}
