/** What holds between nodes beyond the contract of every bus: who is believed, and what is said of a loss. */

import assert from "node:assert/strict";
import { encodeHex, utf8 } from "../../../lib/base/bytes.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import type { AccountId, UploadId } from "../../../lib/base/ids.ts";
import type { Topics } from "../../../lib/server/bus/bus.ts";
import { ClusterBus } from "../../../lib/server/bus/cluster_bus.ts";
import { Answered } from "../../../lib/server/bus/calls.ts";
import { decodeWord, encodeWord, type NodeWord } from "../../../lib/server/bus/node_words.ts";
import { BusOpener, BusSealer, INSTANCE_BYTES } from "../../../lib/crypto/sealing/bus_seal.ts";
import { Sessions } from "../../../lib/server/sessions/sessions.ts";
import { LineHub, type MemoryLine } from "../../kit/bad_line.ts";
import { joinNodes, namesOf, NODE, until } from "../../kit/cluster.ts";

const sessions = () => new Sessions(systemClock, systemRandom);
/** What all nodes of `NODE` hear. */
const ALL = `heliograph.${NODE.server}.all`;
const upload = (name: string) => ({ upload: name as UploadId });

/** Two nodes, the lines of each, and what the second one heard. */
async function openTwo(owner: AsyncDisposableStack, maxBytes?: number) {
  const hub = new LineHub();
  owner.defer(() => hub.close());
  const lines: MemoryLine[] = [];
  const line = () => {
    const made = hub.line(maxBytes);
    lines.push(made);
    return made;
  };
  const [one, two] = await joinNodes([sessions(), sessions()], { line, owner });
  const heard: string[] = [];
  two.subscribe("upload.removed", (news) => void heard.push(news.upload));
  let losses = 0;
  two.onLoss(() => void losses++);
  return { hub, lines, one, two, heard, losses: () => losses };
}

Deno.test("a second node of one name is refused, and the first stays", async () => {
  await using owner = new AsyncDisposableStack();
  const { hub, one, two } = await openTwo(owner);
  await assert.rejects(
    ClusterBus.join({ ...NODE, line: hub.line(), sessions: sessions(), node: "n0" }),
    {
      code: "node-name-taken",
      message: "Cannot join the other nodes: one named n0 runs already",
    },
  );
  await until(() => one.others.length === 1 && two.others.length === 1);
  assert.deepEqual([namesOf(one), namesOf(two)], [["n1"], ["n0"]]);
});

Deno.test("nodes of another server on the same bus are nobody, even under the same subjects", async () => {
  await using owner = new AsyncDisposableStack();
  const { hub, one, heard } = await openTwo(owner);
  const secret = utf8("another secret, of a server that is not ours");
  const stranger = owner.use(
    await ClusterBus.join({ ...NODE, secret, line: hub.line(), sessions: sessions(), node: "x" }),
  );
  stranger.publish("upload.removed", upload("a stranger's"));
  one.publish("upload.removed", upload("ours"));
  await until(() => heard.length > 0);
  assert.deepEqual([heard, namesOf(stranger), namesOf(one)], [["ours"], [], ["n1"]]);
});

Deno.test("what is said again on the bus is heard once, and by a node that came later not at all", async () => {
  await using owner = new AsyncDisposableStack();
  const { hub, one, two, heard } = await openTwo(owner);
  one.publish("upload.removed", upload("once"));
  await until(() => heard.length > 0);
  const said = [...hub.said];
  await one[Symbol.asyncDispose]();
  await two[Symbol.asyncDispose]();
  const line = hub.line();
  const late = owner.use(
    await ClusterBus.join({ ...NODE, line, sessions: sessions(), node: "late" }),
  );
  late.subscribe("upload.removed", (news) => void heard.push(`late ${news.upload}`));
  for (const { subject, bytes } of said) hub.carry(undefined, subject, bytes);
  const fresh = owner.use(
    await ClusterBus.join({ ...NODE, line: hub.line(), sessions: sessions(), node: "fresh" }),
  );
  await until(() => late.others.length > 0);
  fresh.publish("upload.removed", upload("fresh"));
  await until(() => heard.includes("late fresh"));
  assert.deepEqual([heard, namesOf(late)], [["once", "late fresh"], ["fresh"]]);
});

Deno.test("what is said again on the bus is not heard after the words of hundreds of runs of long ago", async () => {
  await using owner = new AsyncDisposableStack();
  const { hub, one, heard } = await openTwo(owner);
  one.publish("upload.removed", upload("once"));
  await until(() => heard.length > 0);
  const said = [...hub.said];
  for (let run = 0; run < 300; run++) {
    const sealer = new BusSealer(NODE.secret, systemRandom.bytes(INSTANCE_BYTES));
    const beat = { is: "beat", node: `old${run}`, news: 0, sees: [] } satisfies NodeWord;
    hub.carry(undefined, ALL, sealer.seal(ALL, encodeWord(beat)));
  }
  for (const { subject, bytes } of said) hub.carry(undefined, subject, bytes);
  one.publish("upload.removed", upload("next"));
  await until(() => heard.includes("next"));
  assert.deepEqual(heard, ["once", "next"]);
});

Deno.test("what a node said before another one came is not heard by that one, though both run", async () => {
  await using owner = new AsyncDisposableStack();
  const { hub, one, heard } = await openTwo(owner);
  one.publish("upload.removed", upload("early"));
  await until(() => heard.length > 0);
  const said = [...hub.said];
  const late = owner.use(
    await ClusterBus.join({ ...NODE, line: hub.line(), sessions: sessions(), node: "late" }),
  );
  const heardLate: string[] = [];
  late.subscribe("upload.removed", (news) => void heardLate.push(news.upload));
  await until(() => late.others.length === 2 && one.others.length === 2);
  for (const { subject, bytes } of said) hub.carry(undefined, subject, bytes);
  one.publish("upload.removed", upload("next"));
  await until(() => heardLate.length > 0);
  assert.deepEqual(heardLate, ["next"]);
});

Deno.test("a call that comes again after thousands of others is not done once more", async () => {
  const answered = new Answered();
  const done: number[] = [];
  const call = (number: number) =>
    answered.of("a node", number, () => Promise.resolve(done.push(number)));
  for (let number = 1; number <= 2_001; number++) await call(number);
  assert.equal(await call(2), 2);
  assert.equal(await call(1), undefined);
  assert.equal(done.length, 2_001);
});

Deno.test("nobody on the bus reads what nodes say", async () => {
  await using owner = new AsyncDisposableStack();
  const { hub, one, heard } = await openTwo(owner);
  one.publish("upload.removed", upload("words of nobody else"));
  await until(() => heard.length > 0);
  const all = hub.said.map(({ bytes }) => new TextDecoder().decode(bytes)).join("");
  assert.equal(/words of nobody else|upload|beat|n0/.test(all), false);
});

Deno.test("news that are lost are told as a loss, though nothing comes after them", async () => {
  await using owner = new AsyncDisposableStack();
  const { lines, one, heard, losses } = await openTwo(owner);
  const before = losses();
  // The line of the second one takes nothing, and does not know.
  lines[1].isUp = false;
  one.publish("upload.removed", upload("lost"));
  await new Promise<void>((resolve) => queueMicrotask(resolve));
  lines[1].isUp = true;
  await until(() => losses() > before);
  one.publish("upload.removed", upload("next"));
  await until(() => heard.length > 0);
  assert.deepEqual(heard, ["next"]);
});

Deno.test("envelopes of one turn go over the bus together, with one list of their receivers", async () => {
  await using owner = new AsyncDisposableStack();
  const { hub, one, two } = await openTwo(owner);
  const recipients = [{ account: "alice", device: "d1" }] as unknown as Topics[
    "envelope.waits"
  ]["recipients"];
  const heard: Topics["envelope.stored"][] = [];
  two.subscribe("envelope.stored", (news) => void heard.push(news));
  const envelopes = [1, 2, 3].map((seq) => ({
    ...{ conversation: "c", seq, envelope: `e${seq}`, type: "message", epoch: 1 },
    ...{ account: "bob", device: "d2", atMs: 1, place: undefined, body: new Uint8Array(seq) },
  })) as unknown as Topics["envelope.stored"]["envelopes"];
  const before = hub.said.length;
  for (const envelope of envelopes) {
    one.publish("envelope.stored", { envelopes: [envelope], recipients });
  }
  await until(() => heard.length > 0);
  assert.deepEqual(heard, [{ envelopes, recipients }]);
  assert.equal(hub.said.length, before + 1);
});

Deno.test("an envelope that is too large for the bus sends its receivers to the store", async () => {
  await using owner = new AsyncDisposableStack();
  const { one, two } = await openTwo(owner, 4096);
  const recipients = [{ account: "alice" as AccountId, device: "d1" }] as unknown as Topics[
    "envelope.waits"
  ]["recipients"];
  const stored: number[] = [];
  const waits: Topics["envelope.waits"][] = [];
  two.subscribe("envelope.stored", ({ envelopes }) => {
    stored.push(...envelopes.map(({ body }) => body.length));
  });
  two.subscribe("envelope.waits", (news) => void waits.push(news));
  for (const bodyBytes of [100, 4096]) {
    const envelope = { conversation: "c", seq: 1, envelope: "e", type: "message", epoch: 1 };
    const more = { account: "bob", device: "d2", atMs: 1, place: undefined };
    const body = new Uint8Array(bodyBytes);
    one.publish(
      "envelope.stored",
      {
        envelopes: [{ ...envelope, ...more, body }],
        recipients,
      } as unknown as Topics["envelope.stored"],
    );
  }
  await until(() => waits.length > 0 && stored.length > 0);
  assert.deepEqual([stored, waits], [[100], [{ recipients }]]);
});

Deno.test("what a node of the next version says and this one does not know is passed over, and answered by nothing", async () => {
  await using owner = new AsyncDisposableStack();
  const { hub, one, two, heard, losses } = await openTwo(owner);
  const instance = systemRandom.bytes(INSTANCE_BYTES);
  const sealer = new BusSealer(NODE.secret, instance);
  const line = owner.use(hub.line());
  const opener = new BusOpener(NODE.secret);
  const own = encodeHex(instance);
  const mailbox = `heliograph.${NODE.server}.node.${own}`;
  const answers: unknown[] = [];
  line.subscribe(mailbox, (bytes) => {
    const opened = opener.open(mailbox, bytes);
    const said = opened && decodeWord(opened.plain);
    if (said?.word.is === "answer") answers.push(said.word.answer);
  });
  const all = `heliograph.${NODE.server}.all`;
  const say = (word: Record<string, unknown>) =>
    line.publish(all, sealer.seal(all, encodeWord(word as NodeWord)));
  const sees = [one.own.instance, two.own.instance];
  say({ is: "beat", node: "newer", news: 0, sees, later: "field" });
  await until(() => namesOf(two).includes("newer") && namesOf(one).includes("newer"));
  const before = losses();
  say({ is: "later word", number: 1 });
  say({ is: "told", topic: "later.topic", about: {} });
  say({ is: "news", number: 1, topic: "later.topic", about: { some: "thing" } });
  say({ is: "call", number: 1, what: "ask", about: { question: "later.question", about: {} } });
  say({ is: "call", number: 2, what: "later call", about: {} });
  say({ is: "news", number: 2, topic: "upload.removed", about: { upload: "known", later: 1 } });
  await until(() => heard.includes("known") && answers.length === 4);
  assert.deepEqual([answers, losses() - before], [[null, null, null, null], 0]);
});
