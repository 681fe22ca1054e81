import { deepEqual, equal, rejects } from "node:assert/strict";
import type { SlashRow } from "../../../lib/cli/dialogue/slash_row.ts";
import { SLASH_TABLE } from "../../../lib/cli/dialogue/slash_table.ts";
import { parseShellLine } from "../../../lib/commands/chat_line.ts";

const NOTHING_ASKED = { offered: undefined };

type Chat = Parameters<SlashRow["run"]>[0];

/** What a line says where bob may not see this person's address, and how the offer is to travel. */
async function type(line: string, isOnline = true, voice?: Chat["voice"]) {
  const said: string[] = [];
  const modes: string[] = [];
  const chat = {
    client: {
      isOnline,
      transfers: {
        beginOrGoOn: () => Promise.resolve(["1"]),
        active: () => Promise.resolve([{ items: [{ path: "a.bin", sizeBytes: 5 }], number: 1 }]),
        direct: {
          contacts: { of: () => undefined },
          modes: { set: (_: string, mode: string) => modes.push(mode) },
        },
      },
    },
    ...{ isAttended: true, voice },
    requests: { doubt: () => {} },
    people: { own: { account: "alice" } },
    stage: { resolve: (path: string) => path },
    findPartner: () => Promise.resolve({ peer: "bob", name: "bob" }),
    send: () => {},
    print: (text: string) => {
      said.push(text);
      return Promise.resolve();
    },
    printAll: (lines: readonly string[]) => {
      said.push(...lines);
      return Promise.resolve();
    },
  } as unknown as Chat;
  const parsed = parseShellLine(line, SLASH_TABLE, "/");
  if (parsed.kind !== "command") return { said: [parsed.kind], modes };
  await parsed.row.run(chat, { values: parsed.values, to: undefined, ...NOTHING_ASKED });
  return { said, modes };
}

const OFFERED = "* sent a request to bob: a.bin (5 B), transfer 1";

Deno.test("/upd takes --p2p, and says that it goes over the server only where it was to go straight", async () => {
  deepEqual(await type("upd bob deno.json --p2p never"), { said: [OFFERED], modes: ["never"] });
  deepEqual(await type("upd bob deno.json"), {
    said: [
      OFFERED,
      "* it goes through the server: bob may not see your address yet",
      "* to send files directly from now on: /direct allow bob",
    ],
    modes: ["prefer"],
  });
});

Deno.test("/upd of what is no file asks, and says nothing of a way", async () => {
  deepEqual((await type("upd bob no-such-file")).said, [
    "* no file 'no-such-file'. Send it as a message instead? /y or /n",
  ]);
});

Deno.test("UPD of what is no file says so in a classic shell, and offers no message", async () => {
  const voice = {} as NonNullable<Chat["voice"]>;
  await rejects(type("upd bob no-such.mp4", true, voice), {
    name: "UsageError",
    code: "no-such-file",
    message: "No file 'no-such.mp4'. Nothing was sent",
  });
});

Deno.test("an offer that may only go straight says what it waits for; one without a connection too", async () => {
  deepEqual((await type("file @bob deno.json --p2p only")).said, [
    OFFERED,
    "* it waits until you allow a direct connection: /direct allow bob",
  ]);
  deepEqual((await type("send @bob deno.json", false)).said, [
    OFFERED,
    "* not connected: nothing has been sent yet, it goes out when the server is back",
  ]);
});

Deno.test("the command line's names of two words are typed behind a slash too", async () => {
  deepEqual(await type("file send bob deno.json --p2p never"), {
    said: [OFFERED],
    modes: ["never"],
  });
  for (
    const [typed, name] of [["file list", "transfers"], ["file pause 3", "pause"], [
      "file receive",
      "y",
    ], ["stream accept", "y"]] as const
  ) {
    equal(SLASH_TABLE.find(typed.split(" "))?.row.name, name);
  }
});
