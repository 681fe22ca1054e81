/** The MLS cipher suites of v1 (SR-13): nothing outside this list is created, joined or added. */

import { type CiphersuiteImpl, getCiphersuiteFromName, getCiphersuiteImpl } from "ts-mls";
import { makeXWingHpke } from "./x_wing.ts";

/**
 * X-Wing (X25519 and ML-KEM-768 together) keeps what is recorded today unreadable to a quantum computer; the classical
 * suite 1 is for groups above about 50 devices, where X-Wing's Welcomes pass 100 KiB (measured).
 */
export const SUITES = [
  "MLS_256_XWING_AES256GCM_SHA512_Ed25519",
  "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
] as const;

/** The name of a suite on the list. */
export type SuiteName = typeof SUITES[number];

/** For direct conversations and rooms of up to about 50 devices. */
export const DEFAULT_SUITE: SuiteName = SUITES[0];

const implementations = new Map<SuiteName, Promise<CiphersuiteImpl>>();

/** The implementation of a suite; made once per process, since it loads its algorithms. */
export function suiteOf(name: SuiteName): Promise<CiphersuiteImpl> {
  let implementation = implementations.get(name);
  if (implementation === undefined) {
    implementation = makeSuite(name);
    implementations.set(name, implementation);
  }
  return implementation;
}

async function makeSuite(name: SuiteName): Promise<CiphersuiteImpl> {
  const suite = getCiphersuiteFromName(name);
  const implementation = await getCiphersuiteImpl(suite);
  if (suite.hpke.kem !== "X-Wing") return implementation;
  return { ...implementation, hpke: await makeXWingHpke(suite.hpke) };
}

/** Undefined when a foreign message names a suite that is not on our list. */
export function readSuiteName(name: string): SuiteName | undefined {
  return SUITES.find((suite) => suite === name);
}
