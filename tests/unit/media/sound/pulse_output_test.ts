import { equal, rejects } from "node:assert/strict";
import type { Bytes } from "../../../../lib/base/bytes.ts";
import { Channel } from "../../../../lib/base/channel.ts";
import { PulseOutput } from "../../../../lib/media/sound/pulse_output.ts";
import {
  PULSE,
  PulseCutter,
  pulsePacket,
  PulseReader,
  PulseWriter,
} from "../../../../lib/media/sound/pulse_protocol.ts";
import type { LocalSocket } from "../../../../lib/media/sound/sound_output.ts";
import { FakeClock } from "../../../kit/clock.ts";

/** A sound server that answers everything, until it hangs: then it takes nothing either. */
class HangingServer implements LocalSocket {
  readonly #answers = new Channel<Bytes>();
  readonly #cutter = new PulseCutter();
  hangs = false;
  isClosed = false;

  async read(): Promise<Bytes | undefined> {
    for await (const answer of this.#answers) return answer;
    return undefined;
  }

  write(bytes: Bytes): Promise<void> {
    if (this.hangs) return new Promise(() => {});
    for (const body of this.#cutter.push(bytes)) {
      const reader = new PulseReader(body);
      reader.u32();
      this.#answers.push(
        pulsePacket(new PulseWriter().u32(PULSE.reply).u32(reader.u32()).u32(9).finish()),
      );
    }
    return Promise.resolve();
  }

  close(): void {
    this.isClosed = true;
    this.#answers.close();
  }
}

Deno.test("a sound server that hangs has ended for whoever writes, and closing what played waits for nothing", async () => {
  const server = new HangingServer();
  const clock = new FakeClock();
  const at = { path: "/pulse", cookie: undefined, clock };
  await using output = await PulseOutput.open(() => Promise.resolve(server), at);
  await using piece = await output.begin(() => {});
  await piece.write(new Uint8Array(4));
  server.hangs = true;
  const refused = rejects(piece.write(new Uint8Array(4)), { code: "sound-server" });
  // The clock is asked for by then.
  await clock.advance(3_100);
  await refused;
  equal(server.isClosed, true);
});
