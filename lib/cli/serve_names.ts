/** Gives the names that a dialogue knows to the shells of its person. */

import { basename } from "node:path";
import type { Context } from "./context.ts";
import type { Dialogue } from "./dialogue/dialogue.ts";
import { videoNamesOf } from "./dialogue/video_names.ts";
import { answerNames } from "./known_names.ts";
import { NameSocket } from "./name_socket.ts";

/** Until it is closed. Undefined where there can be none. */
export function serveNames(
  { options: { clock, random, folders, profileFolder } }: Pick<Context, "options">,
  { people, rooms, client }: Pick<Dialogue, "people" | "rooms" | "client">,
): Promise<NameSocket | undefined> {
  return NameSocket.open({
    ...{ clock, random, runtimeFolder: folders.runtime, profile: basename(profileFolder) },
    answer: async (request) => {
      const names = videoNamesOf(client);
      if (request.startsWith("video ")) await names.fetch();
      const profiles = await profilesIn(folders.data);
      return answerNames(request, { people, rooms, profiles, videos: names.known });
    },
  });
}

/** A profile is a folder with a database in it. */
async function profilesIn(dataFolder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(dataFolder)) {
    if (isDirectory && await isFile(`${dataFolder}/${name}/profile.db`)) found.push(name);
  }
  return found.sort();
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
