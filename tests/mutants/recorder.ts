/**
 * Loaded before each test file of a run with mutants: says which one is switched on, and notes at the end which checks the file
 * came by.
 */

const active = Number(Deno.env.get("HELIOGRAPH_MUTANT") ?? -1);
const folder = Deno.env.get("HELIOGRAPH_MUTANT_HITS");
const hits = new Set<number>();

Object.assign(globalThis, {
  $mutant(id: number): boolean {
    hits.add(id);
    return id === active;
  },
});

if (folder !== undefined) {
  globalThis.addEventListener("unload", () => {
    const note = { file: Deno.mainModule, hits: [...hits], ms: Math.round(performance.now()) };
    Deno.writeTextFileSync(`${folder}/${crypto.randomUUID()}.json`, JSON.stringify(note));
  });
}
