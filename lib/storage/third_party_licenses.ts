/** The notices of what the programs are made of. A file of its own, so that only who asks for it waits for it. */

/** The whole text, as `tools/licenses.ts` wrote it when the program was made. */
export async function readThirdPartyLicenses(): Promise<string> {
  return await Deno.readTextFile(new URL("./third_party_licenses.txt", import.meta.url));
}
