import { equal } from "node:assert/strict";
import { attendanceLine } from "../../../lib/app/attendance.ts";
import { formatTime } from "../../../lib/app/when.ts";

const statement = new Uint8Array(0);
const bob = { account: "bob", name: "bob", identity: "", online: true, sinceMs: 0, session: 2 };

Deno.test("row S3.21: an owner reads address and port of who is here, others neither", () => {
  const since = `session 2, online since ${formatTime(0)}`;
  const entry = { ...bob, address: "192.0.2.1", port: 55_810 };
  equal(attendanceLine("bob", { entry, statement }, undefined), `bob, 192.0.2.1, 55810, ${since}`);
  equal(attendanceLine("bob", { entry: bob, statement }, undefined), `bob, ${since}`);
});
