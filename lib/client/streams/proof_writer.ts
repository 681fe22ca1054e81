/** Seals units one after the other, and signs what was sealed about once a second (SR-66). */

import type { Bytes } from "../../base/bytes.ts";
import type { StreamId } from "../../base/ids.ts";
import type { StatementSigner } from "../../crypto/statements/device_statement.ts";
import { makeStreamProof, unitHash } from "../../crypto/statements/stream_proof.ts";
import type { StreamUnitFields, StreamUnitKind } from "../../protocol/peer/stream.ts";
import { STREAM_PROOF_UNITS } from "../../protocol/peer/stream.ts";
import type { UnitSealer } from "./stream_keys.ts";

/** With the slowest rate of pictures a proof leaves within a second. */
const PROOF_MS = 700;

/** Units that a proof covers once more: a slow watcher may not get the proof before. */
const REPEATED = 48;

/** One for each stream. Its methods MUST be called one after the other. */
export class ProofWriter {
  readonly #sealer: UnitSealer;
  readonly #signer: StatementSigner;
  readonly #stream: StreamId;
  /** Of `#hashes`: the first ones are proven already. */
  #first = 0;
  #hashes: Bytes[] = [];
  #unproven = 0;
  #provedMs: number | undefined;

  constructor(sealer: UnitSealer, signer: StatementSigner, stream: StreamId) {
    this.#sealer = sealer;
    this.#signer = signer;
    this.#stream = stream;
  }

  get hasUnproven(): boolean {
    return this.#unproven > 0;
  }

  /** Throws what `UnitSealer.seal` throws. */
  async seal<Kind extends StreamUnitKind>(
    kind: Kind,
    fields: StreamUnitFields<Kind>,
    payload?: Bytes,
  ): Promise<Bytes> {
    const { unit } = await this.#sealer.seal(kind, fields, payload);
    this.#hashes.push(await unitHash(unit));
    this.#unproven++;
    return unit;
  }

  /** Whether a proof is to follow now. */
  isDue(nowMs: number): boolean {
    this.#provedMs ??= nowMs;
    return nowMs - this.#provedMs >= PROOF_MS || this.#hashes.length >= STREAM_PROOF_UNITS - 1;
  }

  /** The unit that proves all since the one before, and some before that. */
  async prove(nowMs: number): Promise<Bytes> {
    const [stream, first, hashes] = [this.#stream, this.#first, this.#hashes];
    const statement = await makeStreamProof(this.#signer, { stream, first, hashes });
    const kept = hashes.slice(-REPEATED);
    this.#first = first + hashes.length - kept.length;
    this.#hashes = kept;
    this.#unproven = 0;
    this.#provedMs = nowMs;
    return await this.seal("stream.proof", {}, statement);
  }
}
