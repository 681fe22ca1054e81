/** Who is let in without a server, and who is not (SR-78). */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { Refusal, TrustError } from "../../../lib/base/errors.ts";
import { safetyNumberWith, verifyContact } from "../../../lib/client/contacts/people.ts";
import type { NodeEvent } from "../../../lib/client/p2p/node_parts.ts";
import { PersonWithout } from "../../kit/p2p.ts";

const NEVER = new AbortController().signal;

function warnings(events: readonly NodeEvent[]): readonly string[] {
  return events.flatMap((event) => event.type === "impostor" ? [event.warning] : []);
}

Deno.test("SR-78: an invite pins: whoever else answers there is told nothing", async () => {
  await using oscar = await PersonWithout.open("Oscar", { which: 0 });
  await using julia = await PersonWithout.open("julia", { which: 1 });
  await using mallory = await PersonWithout.open("mallory", { which: 2 });
  const expected = julia.node.me.tlsFingerprint;
  const there = { expected, signal: NEVER };
  await rejects(
    oscar.node.connect(mallory.listen(), there),
    (error) => error instanceof TrustError && error.code === "server-certificate",
  );
  deepEqual(mallory.node.book.list(), []);
  deepEqual(oscar.node.book.list(), []);
  equal((await oscar.node.connect(julia.listen(), there)).name, "julia");
});

Deno.test("SR-78: who was met by their invite stays known so; they themselves know nothing of who used it", async () => {
  const oscar = await PersonWithout.open("Oscar", { which: 0 });
  await using julia = await PersonWithout.open("julia", { which: 1 });
  try {
    await oscar.meet(julia);
    const known = () => oscar.node.book.find(julia.node.me.own.account)?.isByInvite;
    equal(known(), false);
    const expected = julia.node.me.tlsFingerprint;
    await oscar.node.connect(julia.listen(), { expected, signal: NEVER });
    equal(known(), true);
    // An address typed by hand proves nothing, and takes nothing away.
    await oscar.meet(julia);
    equal(known(), true);
    await julia.until(() => julia.node.book.list().length === 1);
    equal(julia.node.book.list()[0].isByInvite, false);
  } finally {
    await oscar.close();
  }
  await using again = await PersonWithout.open("Oscar", { which: 0, folder: oscar.folder });
  equal(again.node.book.list()[0].isByInvite, true);
});

Deno.test("SR-78: a known name with another key is refused from both sides, with a warning, and takes nothing over", async () => {
  await using oscar = await PersonWithout.open("Oscar", { which: 0 });
  await using julia = await PersonWithout.open("julia", { which: 1 });
  await oscar.meet(julia);
  await using false_ = await PersonWithout.open("julia", { which: 2 });
  const known = oscar.node.book.find(julia.node.me.own.account);
  oscar.listen();
  await rejects(oscar.meet(false_), (error) => error instanceof Refusal);
  await rejects(false_.meet(oscar), (error) => error instanceof Refusal);
  await oscar.until(() => warnings(oscar.events).length === 2);
  ok(warnings(oscar.events)[0].includes("with another key than the julia you know"));
  deepEqual(oscar.node.book.find(julia.node.me.own.account), known);
  // The right one still comes in.
  await julia.meet(oscar);
});

Deno.test("SR-78: a known key under another name is refused", async () => {
  await using oscar = await PersonWithout.open("Oscar", { which: 0 });
  await using julia = await PersonWithout.open("julia", { which: 1 });
  await oscar.meet(julia);
  await using renamed = await PersonWithout.open("juliana", { which: 1 });
  await rejects(oscar.meet(renamed), (error) => error instanceof Refusal);
  await oscar.until(() => warnings(oscar.events).length === 1);
  equal(oscar.node.book.list().length, 1);
});

Deno.test("SR-08: both see the same safety number, and its comparison is kept", async () => {
  await using oscar = await PersonWithout.open("Oscar", { which: 0 });
  await using julia = await PersonWithout.open("julia", { which: 1 });
  await oscar.meet(julia);
  await julia.until(() => julia.node.book.list().length === 1);
  const numbers = await Promise.all(
    ([[oscar, "julia"], [julia, "Oscar"]] as const).map(async ([person, name]) => {
      const { messenger, peer } = await person.pair(name);
      const contact = await messenger.contacts.find(peer.account);
      ok(contact !== undefined);
      return { messenger, contact, number: safetyNumberWith(messenger, contact) };
    }),
  );
  equal(numbers[0].number, numbers[1].number);
  equal(numbers[0].number.length, 60);
  const [{ messenger, contact, number }] = numbers;
  equal(await verifyContact(messenger, contact, number.replaceAll(/\d/g, "0")), false);
  equal(await verifyContact(messenger, contact, number), true);
  equal((await messenger.contacts.find(contact.account))?.trust, "verified");
});

Deno.test("S1.26: who was forgotten is a stranger again, and nothing of them is left", async () => {
  await using oscar = await PersonWithout.open("Oscar", { which: 0 });
  await using julia = await PersonWithout.open("julia", { which: 1 });
  await oscar.meet(julia);
  await oscar.say("julia", "Hola");
  await julia.until(async () => (await julia.heard("Oscar")).length === 1);
  const [peer] = oscar.node.book.list();
  await oscar.node.forget(peer);
  deepEqual(oscar.node.book.list(), []);
  deepEqual([...peer.key], new Array(32).fill(0));
  await rejects(Deno.stat(`${oscar.folder}/peers/${peer.folder}`), Deno.errors.NotFound);
  await using again = await PersonWithout.open("julia", { which: 2 });
  await oscar.meet(again);
  equal(oscar.node.book.list()[0].name, "julia");
});
