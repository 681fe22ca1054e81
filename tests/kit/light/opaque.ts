/**
 * In the place of `@serenity-kit/opaque` where the gate says so (tools/light.ts): the library itself, with the least
 * stretching. What is sent, stored and compared is the same; only guessing would be cheap. `tests/unit/crypto` and the real
 * programs have the real one.
 */

import { client as real } from "@serenity-kit/opaque";

export { ready, server } from "@serenity-kit/opaque";

const keyStretching = { "argon2id-custom": { memory: 8, iterations: 1, parallelism: 1 } } as const;

export const client: typeof real = {
  ...real,
  finishRegistration: (given) => real.finishRegistration({ ...given, keyStretching }),
  finishLogin: (given) => real.finishLogin({ ...given, keyStretching }),
};
