/** In the place of `node:assert/strict` where assertions are counted (`tools/assertions.ts`). */

import real from "node:assert/strict";
import { counted } from "./count.ts";

export { AssertionError } from "node:assert/strict";

export const deepEqual = counted(real.deepEqual);
export const deepStrictEqual = counted(real.deepStrictEqual);
export const doesNotMatch = counted(real.doesNotMatch);
export const doesNotReject = counted(real.doesNotReject);
export const doesNotThrow = counted(real.doesNotThrow);
export const equal = counted(real.equal);
export const fail = counted(real.fail);
export const ifError = counted(real.ifError);
export const match = counted(real.match);
export const notDeepEqual = counted(real.notDeepEqual);
export const notDeepStrictEqual = counted(real.notDeepStrictEqual);
export const notEqual = counted(real.notEqual);
export const notStrictEqual = counted(real.notStrictEqual);
export const ok = counted(real.ok);
export const rejects = counted(real.rejects);
export const strictEqual = counted(real.strictEqual);
export const throws = counted(real.throws);

export default Object.assign(counted(real.ok), real, {
  deepEqual,
  deepStrictEqual,
  doesNotMatch,
  doesNotReject,
  doesNotThrow,
  equal,
  fail,
  ifError,
  match,
  notDeepEqual,
  notDeepStrictEqual,
  notEqual,
  notStrictEqual,
  ok,
  rejects,
  strictEqual,
  throws,
});
