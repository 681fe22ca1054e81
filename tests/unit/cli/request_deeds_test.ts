import { rejects } from "node:assert/strict";
import { REQUEST_DEEDS } from "../../../lib/cli/requests/request_deeds.ts";

type Bench = Parameters<typeof REQUEST_DEEDS[number]["run"]>[0];

Deno.test("nobody blocks themselves", async () => {
  const block = REQUEST_DEEDS.find(({ name }) => name === "block");
  const bench = {
    client: {
      profile: { own: { account: "alice" } },
      refuse: () => {
        throw new Error("blocked");
      },
    },
    values: { required: () => "Alice" },
    find: () => Promise.resolve({ account: "alice", name: "Alice" }),
  } as unknown as Bench;
  await rejects(async () => await block?.run(bench), {
    code: "to-yourself",
    message: "This is you: choose another name",
  });
});
