/** The settings that every ts-mls call gets from us; its defaults accept every credential and keys that never expire. */

import {
  type AuthenticationService,
  type ClientConfig,
  defaultKeyPackageEqualityConfig,
  defaultPaddingConfig,
  type Lifetime,
} from "ts-mls";

/** Messages that overtake others stay readable this far (measured with the defaults 10 / 4 / 200: too little). */
export const RETAIN_GENERATIONS = 64;
/** Epochs whose messages may still arrive late (SR-29). */
export const RETAIN_EPOCHS = 4;
/**
 * A member's messages that may be missing before one that opens, and what all of a member's together may cost in a minute
 * (`OpenGate`): 0.3 s of a processor. Members change the epoch after 1,000 messages of their own (SR-29), so this is what somebody
 * sent who was blocked until now, and more.
 */
export const MAX_FORWARD_STEPS = 16_000;
/** The same before a commit, of which an epoch has one: a member who lost some races has thrown a few away. */
export const MAX_COMMIT_STEPS = 64;

const DAY_SECONDS = 86_400;
const LIFETIME_SECONDS = 28 * DAY_SECONDS;
/** KeyPackages start an hour early, since other clocks may be behind. */
const BACKDATE_SECONDS = 3600;
/** SR-13: the longest lifetime that is accepted in a foreign KeyPackage. */
export const MAX_LIFETIME_SECONDS: number = LIFETIME_SECONDS + BACKDATE_SECONDS;

/** `authService` answers for the credentials of one operation. */
export function clientConfig(authService: AuthenticationService): ClientConfig {
  return {
    keyRetentionConfig: {
      retainKeysForGenerations: RETAIN_GENERATIONS,
      retainKeysForEpochs: RETAIN_EPOCHS,
      // `forward.ts` has taken them already.
      maximumForwardRatchetSteps: 0,
    },
    lifetimeConfig: {
      maximumTotalLifetime: BigInt(MAX_LIFETIME_SECONDS),
      // Never true: one expired leaf would refuse every later joiner (SR-09, measured).
      validateLifetimeOnReceive: false,
    },
    keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
    // To 256 bytes: a word and a sentence look alike.
    paddingConfig: defaultPaddingConfig,
    authService,
  };
}

/** 28 days from now, begun an hour ago. */
export function lifetimeFrom(nowMs: number): Lifetime {
  const nowSeconds = Math.floor(nowMs / 1000);
  return {
    notBefore: BigInt(Math.max(0, nowSeconds - BACKDATE_SECONDS)),
    notAfter: BigInt(nowSeconds + LIFETIME_SECONDS),
  };
}
