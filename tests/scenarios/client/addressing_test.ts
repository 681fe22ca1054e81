/** Row S0.21: words that name somebody else never go to whom one talks with, but after a question. */

import { deepEqual, equal, match } from "node:assert/strict";
import { parseAccountName } from "../../../lib/base/account_name.ts";
import { Dialogue } from "../../../lib/cli/dialogue/dialogue.ts";
import { typedLine } from "../../../lib/cli/dialogue/lines_in.ts";
import { appOf } from "../../kit/app_clients.ts";
import { openTalk, type Pair, type TestClient } from "../../kit/test_client.ts";

interface Typist extends AsyncDisposable {
  readonly said: string[];
  readonly desk: Dialogue;
  /** Runs a line at once, and returns what was said to it. */
  enter(line: string): Promise<readonly string[]>;
}

/** Alice at a dialogue, who knows bob and talks with him. */
async function sitDown({ alice, bob }: Pair, { isAttended = true } = {}): Promise<Typist> {
  const said: string[] = [];
  const none = () => Promise.reject(new Error("nobody asks for this"));
  const desk: Dialogue = new Dialogue({
    app: appOf(alice.client),
    dialogue: { print: (text) => Promise.resolve(void said.push(text)) },
    stage: { open: undefined, resolve: (path) => path, downloads: "." },
    isAttended,
    secrets: { keeper: none, greet: none, readFile: none },
    onPartner: () => {},
  });
  desk.people.meet(await alice.client.findContact("bob"));
  desk.talkTo({ peer: bob.account, name: "bob" });
  return {
    said,
    desk,
    async enter(line) {
      const before = said.length;
      await typedLine(desk, line)();
      return said.slice(before);
    },
    [Symbol.asyncDispose]: () => desk.close(),
  };
}

/** What alice has said to bob, but for the greeting. */
async function sentBy(alice: TestClient): Promise<readonly string[]> {
  return (await alice.entries()).filter(({ own }) => own).map(({ text }) => text).slice(1);
}

Deno.test("U1: @bob: and a text is for bob, whoever is talked to, and for nobody else where nobody is", async () => {
  await using pair = await openTalk();
  await using typist = await sitDown(pair);
  const { enter, desk } = typist;
  desk.talkToNobody();
  deepEqual(await enter("@bob: hello"), []);
  equal(desk.partner?.name, "bob");
  deepEqual(await sentBy(pair.alice), ["hello"]);
  desk.talkToNobody();
  deepEqual(await enter("@bob hello"), ["* This message is for nobody. Did you mean bob:?"]);
  deepEqual(await sentBy(pair.alice), ["hello"]);
});

Deno.test("S0.21: a name that nobody has is asked about: y sends the line as it is, n and anything else drop it", async () => {
  await using pair = await openTalk();
  await using typist = await sitDown(pair);
  const { enter } = typist;
  const question = '* No account "zz" on this server. Send it to bob as text? /y or /n';
  deepEqual(await enter("zz:hi there"), [question]);
  deepEqual(await enter("/n"), ["* nothing was sent"]);
  deepEqual(await enter("zz:/send 0"), [question]);
  deepEqual(await sentBy(pair.alice), []);
  await enter("/y");
  deepEqual(await sentBy(pair.alice), ["zz:/send 0"]);
  deepEqual(await enter("bbo:hi"), [
    '* No account "bbo" on this server. Did you mean bob:? Send it to bob as text? /y or /n',
  ]);
  await enter("never mind");
  deepEqual(await enter("/y"), ["* There was nothing to answer when you typed this"]);
  deepEqual(await enter("#nowhere:hi"), [
    "* No room #nowhere here. Send it to bob as text? /y or /n",
  ]);
  deepEqual(await sentBy(pair.alice), ["zz:/send 0", "never mind"]);
});

Deno.test("S0.21: what is nearly a name, or one in another case, is asked about whatever follows", async () => {
  await using pair = await openTalk();
  await using typist = await sitDown(pair);
  const { enter } = typist;
  for (const rest of ["password: hunter2", "3 o'clock", "/home/me/secret.txt", ":secret"]) {
    deepEqual(await enter(`bbo:${rest}`), [
      '* No account "bbo" on this server. Did you mean bob:? Send it to bob as text? /y or /n',
    ]);
    match((await enter(`alice:${rest}`))[0], /^\* alice is you\. /);
  }
  typist.desk.talkToNobody();
  for (const rest of ["pin: 1234", "3 beers", "/tmp/secret/file"]) {
    match((await enter(`Bob:${rest}`))[0], /^\* (Not sent: )?Bob is spelled bob here\. /);
  }
  deepEqual(await sentBy(pair.alice), []);
});

Deno.test("S0.21: an answer that was typed before the question is not for it", async () => {
  await using pair = await openTalk();
  await using typist = await sitDown(pair);
  const early = typedLine(typist.desk, "/y");
  await typist.enter("zz:hi");
  await early();
  deepEqual(typist.said.slice(1), ["* There was nothing to answer when you typed this"]);
  // The one that was typed after it is, but only once.
  const [first, second] = [typedLine(typist.desk, "/y"), typedLine(typist.desk, "/y")];
  await first();
  await second();
  deepEqual(typist.said.slice(2), ["* nothing was sent"]);
  deepEqual(await sentBy(pair.alice), ["zz:hi"]);
});

Deno.test("S0.21: a name that is spelled otherwise is asked about, unless one talks with them", async () => {
  await using pair = await openTalk();
  await using typist = await sitDown(pair);
  await typist.enter("Bob: this is for you");
  deepEqual(await sentBy(pair.alice), ["Bob: this is for you"]);
  typist.desk.talkToNobody();
  deepEqual(await typist.enter("BOB:hello"), [
    "* BOB is spelled bob here. Send it to bob? /y or /n",
  ]);
  await typist.enter("/y");
  deepEqual(await sentBy(pair.alice), ["Bob: this is for you", "hello"]);
  typist.desk.talkToNobody();
  deepEqual(await typist.enter("BOB:/watch film"), [
    "* Not sent: BOB is spelled bob here. Type bob:/watch film",
  ]);
});

Deno.test("S0.21: oneself, and the words of the Toom client, are asked about", async () => {
  await using pair = await openTalk();
  await using typist = await sitDown(pair);
  deepEqual(await typist.enter("alice:self"), [
    "* alice is you. Send it to bob as text? /y or /n",
  ]);
  const [hint] = await typist.enter("SRM 338 x");
  match(hint, /SRM without a slash is sent as text\. Type \/srm for the command\. Send it to bob /);
  deepEqual(await sentBy(pair.alice), []);
  await typist.enter("/y");
  deepEqual(await sentBy(pair.alice), ["SRM 338 x"]);
});

Deno.test("S0.21: where nobody can be asked such a line is not sent, and the dialogue ends with 4", async () => {
  await using pair = await openTalk();
  for (const line of ["zz:hi", "zz:/send 0", "alice:hi", "OUT", "#nowhere:hi"]) {
    await using typist = await sitDown(pair, { isAttended: false });
    const [words] = await typist.enter(line);
    match(words, /^\* Not sent: /);
    equal(typist.desk.unsaid, 4, line);
  }
  // What a pipe says next was meant for the same: whoever was addressed before does not get it.
  const refused = ["zz:first", "bbo: /send 0", "alice:hi", "OUT", "#nowhere:hi", "#9:hi"];
  for (const line of [...refused, "/to zz", "/msg zz first", "/room say 9 first", "/room join 9"]) {
    await using typist = await sitDown(pair, { isAttended: false });
    await typist.enter(line);
    match((await typist.enter("second line for zz"))[0], /^\* This message is for nobody/);
    equal(typist.desk.unsaid, 4, line);
  }
  await using typist = await sitDown(pair, { isAttended: false });
  typist.desk.talkToNobody();
  for (const line of ["hello everybody", "zz:hi", "BOB:hi"]) {
    await typist.enter(line);
    equal(typist.desk.unsaid, 4, line);
  }
  deepEqual(await sentBy(pair.alice), []);
});

Deno.test("S0.21: in a pipe a file that is not there is no question that a later line answers", async () => {
  await using pair = await openTalk();
  await using typist = await sitDown(pair, { isAttended: false });
  deepEqual(await typist.enter("/send nosuch.txt"), ['* No account "nosuch.txt" on this server']);
  const [words] = await typist.enter("/send @bob nosuch.txt");
  match(words, /^\* Not sent: no file 'nosuch\.txt'\./);
  equal(typist.desk.unsaid, 4);
  deepEqual(await typist.enter("/y"), ["* There was nothing to answer when you typed this"]);
  deepEqual(await sentBy(pair.alice), []);
});

Deno.test("S0.21: a search that is addressed looks in that conversation alone", async () => {
  await using pair = await openTalk();
  await using typist = await sitDown(pair);
  const { enter, desk } = typist;
  await enter("bob:find me");
  const zoe = parseAccountName("zoe");
  if (!zoe.ok) throw new Error("it is a name");
  const bob = await pair.alice.client.findContact("bob");
  desk.people.meet({ ...bob, account: zoe.id, name: zoe.name });
  equal((await enter("/search find me")).length, 1);
  equal((await enter("bob:/search find me")).length, 1);
  deepEqual(await enter("zoe:/search find me"), ["* no message contains that"]);
});
