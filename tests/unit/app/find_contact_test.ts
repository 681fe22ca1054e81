import { rejects } from "node:assert/strict";
import { Refusal } from "../../../lib/base/errors.ts";
import { orNobody } from "../../../lib/app/find_contact.ts";

const client = {
  messenger: { contacts: { list: () => Promise.resolve([{ name: "bob" }]) } },
} as unknown as Parameters<typeof orNobody>[0];

const nobody = () => Promise.reject(new Refusal("unknown-account", "nobody"));

Deno.test("a name that nobody has is said with whom one knows, and a room is not called an account", async () => {
  await rejects(orNobody(client, "bbo", nobody), {
    message: 'No account "bbo" on this server',
    details: { suggestion: "bob" },
  });
  await rejects(orNobody(client, "#ops", nobody), {
    code: "unknown-account",
    message: "#ops is a room: this command takes a person",
  });
});
