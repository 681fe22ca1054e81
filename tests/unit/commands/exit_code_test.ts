import { equal } from "node:assert/strict";
import {
  CryptoError,
  MediaError,
  Refusal,
  StorageError,
  TransferError,
  TransportError,
  TrustError,
  UsageError,
} from "../../../lib/base/errors.ts";
import { type ExitCode, exitCodeOf } from "../../../lib/commands/exit_code.ts";

const ofRefusal = (code: string): ExitCode | undefined => code === "rate-limited" ? 9 : undefined;

const CASES: readonly (readonly [unknown, ExitCode])[] = [
  [new Refusal("rate-limited", ""), 9],
  [new Refusal("never-heard-of", ""), 6],
  [new UsageError("x", ""), 2],
  [new TransportError("x", ""), 5],
  [new TrustError("x", ""), 7],
  [new CryptoError("x", ""), 7],
  [new TransferError("x", ""), 8],
  [new MediaError("ffmpeg-missing", ""), 11],
  [new MediaError("ffmpeg-killed", ""), 11],
  [new MediaError("x", ""), 1],
  [new StorageError("x", ""), 1],
  [new StorageError("in-use", ""), 5],
  [new StorageError("newer-format", ""), 10],
  [new StorageError("unknown-format", ""), 10],
  [new Error("x"), 1],
  ["x", 1],
];

for (const [thrown, code] of CASES) {
  Deno.test(`exit code of ${thrown} (${(thrown as { code?: string }).code}) is ${code}`, () => {
    equal(exitCodeOf(thrown, ofRefusal), code);
  });
}
