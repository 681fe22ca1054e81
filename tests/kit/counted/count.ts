/** Counts the assertions that a test file executes, and notes the sum when the file has ended (`tools/assertions.ts`). */

let executed = 0;

/** The same function, counted. */
export function counted<Called extends (...given: never[]) => unknown>(called: Called): Called {
  const counting = (...given: Parameters<Called>) => {
    executed++;
    return called(...given);
  };
  return counting as Called;
}

const folder = Deno.env.get("HELIOGRAPH_ASSERTIONS");
if (folder !== undefined) {
  globalThis.addEventListener("unload", () => {
    Deno.writeTextFileSync(`${folder}/${crypto.randomUUID()}`, `${executed}`);
  });
}
