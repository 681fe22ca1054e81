/** SR-31: which ts-mls this is, and the removal program that a weaker one fails. */

import assert from "node:assert/strict";
import {
  acceptAll,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroup,
  decodeMlsMessage,
  defaultCapabilities,
  defaultLifetime,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackage,
  joinGroup,
  processMessage,
} from "ts-mls";

import { asBytes, encodeHex, utf8 } from "../../../../lib/base/bytes.ts";
import { type SuiteName, suiteOf } from "../../../../lib/crypto/mls/suite.ts";
import { FAST } from "../../../kit/groups.ts";

Deno.test("SR-31: ts-mls is exactly 1.6.4, as pinned and as installed", async () => {
  const project = JSON.parse(
    await Deno.readTextFile(new URL("../../../../deno.json", import.meta.url)),
  );
  assert.equal(project.imports["ts-mls"], "npm:ts-mls@1.6.4");
  const installed = new URL("../../../../node_modules/ts-mls/package.json", import.meta.url);
  const text = await Deno.readTextFile(installed);
  assert.equal(JSON.parse(text).version, "1.6.4");
});

/** What 2.0.0-rc.10 changed and could have been a fix; 1.6.4 does each of it (decision 0071). */
Deno.test("SR-29: the key of a message that was overtaken is handed over to be wiped, and is used once", async () => {
  const { a, b, cipherSuite } = await pair();
  const sealed: Parameters<typeof processMessage>[0][] = [];
  let sender = a;
  for (const text of ["first", "second"]) {
    const made = await createApplicationMessage(sender, utf8(text), cipherSuite);
    sender = made.newState;
    sealed.push(
      { wireformat: "mls_private_message", privateMessage: made.privateMessage } as const,
    );
  }
  const open = (state: ClientState, which: number) =>
    processMessage(sealed[which], state, emptyPskIndex, acceptAll, cipherSuite);
  const later = await open(b, 1);
  const kept = later.newState.secretTree[0]?.application.unusedGenerations[0];
  assert.ok(kept !== undefined);
  const late = await open(later.newState, 0);
  assert.ok(late.consumed.includes(kept), "the very bytes, so that wiping them wipes the state");
  assert.equal(late.newState.secretTree[0]?.application.unusedGenerations[0], undefined);
  await assert.rejects(open(late.newState, 0));
});

Deno.test("SR-31: numbers of suites, versions and extensions that come later do not keep a KeyPackage from being read", async () => {
  const cipherSuite = await suiteOf(FAST);
  const capabilities = defaultCapabilities();
  const grease = 0x0a0a;
  const { publicPackage: keyPackage } = await generateKeyPackage(
    { credentialType: "basic", identity: utf8("a") },
    {
      ...capabilities,
      extensions: [...capabilities.extensions, grease],
      proposals: [...capabilities.proposals, grease],
      // Names of numbers that the library does not know are their digits.
      ciphersuites: [...capabilities.ciphersuites, `${grease}` as SuiteName],
    },
    defaultLifetime,
    [],
    cipherSuite,
  );
  const bytes = encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage });
  const read = decodeMlsMessage(bytes, 0)?.[0];
  assert.ok(read?.wireformat === "mls_key_package");
  assert.ok(read.keyPackage.leafNode.capabilities.extensions.includes(grease));
});

/**
 * 2.0.0-rc.10 made a commit of one Remove without an UpdatePath, and the removed member read on. Here it is tried with what
 * the removed member has, its "removed" flag taken off.
 */
Deno.test("SR-31: a member removed by a commit of one Remove cannot follow into the next epoch", async () => {
  const cipherSuite = await suiteOf(FAST);
  const member = (name: string) =>
    generateKeyPackage(
      { credentialType: "basic", identity: utf8(name) },
      defaultCapabilities(),
      defaultLifetime,
      [],
      cipherSuite,
    );
  const [a, b, c] = await Promise.all([member("a"), member("b"), member("c")]);
  let stateA: ClientState = await createGroup(
    utf8("g"),
    a.publicPackage,
    a.privatePackage,
    [],
    cipherSuite,
  );
  const added = await createCommit({ state: stateA, cipherSuite }, {
    ratchetTreeExtension: true,
    extraProposals: [b, c].map(({ publicPackage }) => ({
      proposalType: "add",
      add: { keyPackage: publicPackage },
    })),
  });
  stateA = added.newState;
  const { welcome } = added;
  assert.ok(welcome);
  const join = ({ publicPackage, privatePackage }: typeof b) =>
    joinGroup(welcome, publicPackage, privatePackage, emptyPskIndex, cipherSuite);
  const stateB = await join(b);
  const stateC = await join(c);

  const removal = await createCommit({ state: stateA, cipherSuite }, {
    wireAsPublicMessage: true,
    extraProposals: [{ proposalType: "remove", remove: { removed: 2 } }],
  });
  stateA = removal.newState;
  assert.ok(removal.commit.wireformat === "mls_public_message");
  const { content } = removal.commit.publicMessage;
  assert.ok(content.contentType === "commit");
  assert.notEqual(content.commit.path, undefined, "one Remove must come with new keys");

  const seenByB = await processMessage(
    removal.commit,
    stateB,
    emptyPskIndex,
    acceptAll,
    cipherSuite,
  );
  const seenByC = await processMessage(
    removal.commit,
    stateC,
    emptyPskIndex,
    acceptAll,
    cipherSuite,
  );
  const exporter = (state: ClientState) => encodeHex(asBytes(state.keySchedule.exporterSecret));
  assert.equal(exporter(seenByB.newState), exporter(stateA));
  assert.notEqual(exporter(seenByC.newState), exporter(stateA));

  const { privateMessage } = await createApplicationMessage(stateA, utf8("not for c"), cipherSuite);
  const wire = { wireformat: "mls_private_message", privateMessage } as const;
  for (const state of [stateC, seenByC.newState]) {
    const stubborn: ClientState = { ...state, groupActiveState: { kind: "active" } };
    await assert.rejects(() =>
      processMessage(wire, stubborn, emptyPskIndex, acceptAll, cipherSuite)
    );
  }
  const read = await processMessage(wire, seenByB.newState, emptyPskIndex, acceptAll, cipherSuite);
  assert.equal(read.kind, "applicationMessage");
});

/** Two in a group. */
async function pair() {
  const cipherSuite = await suiteOf(FAST);
  const member = (name: string) =>
    generateKeyPackage(
      { credentialType: "basic", identity: utf8(name) },
      defaultCapabilities(),
      defaultLifetime,
      [],
      cipherSuite,
    );
  const [first, second] = [await member("a"), await member("b")];
  const { publicPackage, privatePackage } = first;
  const alone = await createGroup(utf8("g"), publicPackage, privatePackage, [], cipherSuite);
  const added = await createCommit({ state: alone, cipherSuite }, {
    ratchetTreeExtension: true,
    extraProposals: [{ proposalType: "add", add: { keyPackage: second.publicPackage } }],
  });
  assert.ok(added.welcome);
  const b = await joinGroup(
    added.welcome,
    second.publicPackage,
    second.privatePackage,
    emptyPskIndex,
    cipherSuite,
  );
  return { a: added.newState, b, cipherSuite };
}
