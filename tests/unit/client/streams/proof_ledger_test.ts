import { equal } from "node:assert/strict";
import { PROOF_MAX_AGE_MS, ProofLedger } from "../../../../lib/client/streams/proof_ledger.ts";

const hash = (number: number) => new Uint8Array(32).fill(number);

Deno.test("SR-66: a sender is proven by the proofs that come in time", () => {
  const ledger = new ProofLedger();
  ledger.note(0, hash(0), 0);
  ledger.note(1, hash(1), 70);
  equal(ledger.state(100), "waiting");
  ledger.prove({ first: 0, hashes: [hash(0), hash(1)] }, 700);
  equal(ledger.state(700), "proven");
  ledger.note(2, hash(2), 750);
  equal(ledger.state(750 + PROOF_MAX_AGE_MS), "proven");
  equal(ledger.state(751 + PROOF_MAX_AGE_MS), "not-proven");
  // It comes late, and it is the right one.
  ledger.prove({ first: 2, hashes: [hash(2)] }, 5000);
  equal(ledger.state(5000), "proven");
});

Deno.test("SR-66: a stream without any proof is not proven after a while", () => {
  const ledger = new ProofLedger();
  ledger.note(0, hash(0), 0);
  equal(ledger.state(PROOF_MAX_AGE_MS), "waiting");
  equal(ledger.state(PROOF_MAX_AGE_MS + 1), "not-proven");
});

Deno.test("SR-66: a unit that was not signed shows at once, and is counted", () => {
  const ledger = new ProofLedger();
  ledger.note(0, hash(0), 0);
  ledger.note(1, hash(9), 10);
  ledger.prove({ first: 0, hashes: [hash(0), hash(1)] }, 700);
  equal(ledger.state(700), "not-proven");
  equal(ledger.forged, 1);
  ledger.note(2, hash(2), 800);
  ledger.prove({ first: 2, hashes: [hash(2)] }, 1400);
  equal(ledger.state(1400), "not-proven");
  // Long after, when all was signed since.
  equal(ledger.state(10_700), "not-proven");
  equal(ledger.state(10_701), "proven");
});

Deno.test("units that are missing between those that came are no harm", () => {
  const ledger = new ProofLedger();
  ledger.note(5, hash(5), 0);
  ledger.prove({ first: 0, hashes: [0, 1, 2, 3, 4, 5].map(hash) }, 500);
  equal(ledger.state(500), "proven");
  equal(ledger.forged, 0);
});

Deno.test("a proof that nobody signed counts as forged", () => {
  const ledger = new ProofLedger();
  ledger.note(0, hash(0), 0);
  ledger.disprove(100);
  equal(ledger.state(100), "not-proven");
  equal(ledger.forged, 1);
});

Deno.test("SR-66: a unit that no proof covers is the sender's no more", () => {
  const ledger = new ProofLedger();
  ledger.note(0, hash(0), 0);
  ledger.note(1, hash(1), 10);
  ledger.prove({ first: 1, hashes: [hash(1)] }, 100);
  equal(ledger.state(100), "not-proven");
});
