import { deepEqual, rejects } from "node:assert/strict";
import { REQUESTS } from "../../../lib/app/commands/requests.ts";
import type { PersonContext } from "../../../lib/app/person_row.ts";
import { finish } from "../../../lib/commands/command_row.ts";
import type { CommandValues } from "../../../lib/commands/command_values.ts";
import { present } from "../../../lib/commands/wording.ts";

const VOICE = {
  time: () => "",
  command: (row: string, rest: string) => `${row} ${rest}`,
  isDialogue: true,
};

/** What a row reports, as it is shown. */
async function run(name: string, context: PersonContext, values: unknown) {
  const row = REQUESTS.rows.find((one) => one.name === name);
  if (row === undefined) throw new Error(`no row ${name}`);
  const { signal } = new AbortController();
  // Of the values each row here asks for one alone.
  const { reports } = await finish(
    row.run(context, values as CommandValues, { signal }),
    () => Promise.resolve(),
  );
  return reports.map((report) => present(report, REQUESTS.wording, VOICE));
}

Deno.test("what waits for a word is invitations to rooms as well, while the server can be asked", async () => {
  const context = (isOnline: boolean) =>
    ({
      client: {
        isOnline,
        profile: { own: { account: "alice" } },
        messenger: {
          profile: { database: { query: () => ({ all: () => [] }) } },
          history: { changes: {} },
          contacts: {
            contactStatuses: { policy: "contacts" },
            find: () => Promise.resolve(undefined),
          },
        },
        rooms: {
          invited: {
            list: () => Promise.resolve([{ room: "#196", invitedBy: "luke", expiresMs: 0 }]),
          },
        },
      },
    }) as unknown as PersonContext;
  const values = { option: () => undefined };
  const online = await run("requests", context(true), values);
  deepEqual(online.map(({ object }) => [object?.type, object?.fields.room, object?.fields.by]), [
    ["room-invitation", 196, "luke"],
  ]);
  const offline = await run("requests", context(false), values);
  deepEqual(offline.map(({ object }) => object), [undefined], "a note is no data");
});

Deno.test("nobody blocks themselves", async () => {
  const context = {
    client: {
      profile: { own: { account: "alice" } },
      refuse: () => {
        throw new Error("blocked");
      },
    },
    findContact: () => Promise.resolve({ account: "alice", name: "Alice" }),
  } as unknown as PersonContext;
  await rejects(async () => await run("block", context, { required: () => "Alice" }), {
    code: "to-yourself",
    message: "This is you: choose another name",
  });
});
