/**
 * Units of two ways in one order: while a direct connection begins, units of it wait for those before them, which are still on
 * their way over the server. Nothing comes twice, and what one way repeats is counted. What the server says of numbers never
 * keeps out what comes directly. Pure.
 */

import type { Bytes } from "../../base/bytes.ts";

/** Units that wait at most, and by which the server may be ahead: about four seconds of pictures. */
const MAX_HELD = 64;

/** Of one watcher. */
export class UnitOrder {
  /** Behind what each way has brought. */
  #nextOfServer = 0;
  #nextOfPeer = 0;
  #held: { readonly unit: number; readonly bytes: Bytes }[] = [];
  #state: "server" | "both" | "direct" = "server";

  constructor(
    private readonly give: (unit: Bytes) => void,
    private readonly refused: { repeated: number },
  ) {}

  /** Nothing that the server still brings is needed: everything comes directly. */
  get isHandedOver(): boolean {
    return this.#state === "direct";
  }

  /** A direct connection has begun. `overlaps`: the server brings units too. */
  beginDirect(overlaps: boolean): void {
    this.#state = overlaps ? "both" : "direct";
  }

  /** It has ended: what it brought is given, and the server's count again. */
  endDirect(): void {
    this.handOver();
    this.#state = "server";
  }

  fromServer(unit: number, bytes: Bytes): void {
    // On each way numbers only rise; that both ways bring one is as it should be.
    if (unit < this.#nextOfServer) this.refused.repeated++;
    const first = this.#held[0]?.unit ?? Infinity;
    const isNext = unit >= this.#nextOfServer && unit >= this.#nextOfPeer && unit < first;
    if (this.#state !== "direct" && isNext) {
      this.#nextOfServer = unit + 1;
      this.give(bytes);
    }
    if (this.#state === "both" && unit >= first - 1) this.handOver();
  }

  fromPeer(unit: number, bytes: Bytes): void {
    if (this.#state === "direct") return this.#pass(unit, bytes);
    this.#held.push({ unit, bytes });
    const isGapless = this.#held[0].unit <= this.#nextOfServer;
    if (isGapless || this.#held.length >= MAX_HELD) this.handOver();
  }

  /** Gives what waits: what was to come before it does not come any more. */
  handOver(): void {
    this.#state = "direct";
    for (const { unit, bytes } of this.#held.splice(0)) this.#pass(unit, bytes);
  }

  #pass(unit: number, bytes: Bytes): void {
    if (unit < this.#nextOfPeer) this.refused.repeated++;
    const lead = this.#nextOfServer - unit;
    if (unit < this.#nextOfPeer || lead > 0 && lead <= MAX_HELD) return;
    this.#nextOfPeer = unit + 1;
    this.give(bytes);
  }
}
