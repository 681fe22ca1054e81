/** A server of videos for the watching half: it opens what it is asked for, or refuses, and sends what the test says. */

import { watch } from "../../lib/cli/video/watch.ts";
import type { Viewer } from "../../lib/cli/video/viewer.ts";
import type { Link } from "../../lib/client/link/link.ts";
import type { Connection } from "../../lib/net/connections/connection.ts";
import { encodePacket, type Packet } from "../../lib/protocol/packet.ts";
import { FakeClock } from "./clock.ts";
import { scriptedLink } from "./scripted_link.ts";

const STREAM = 3;

/** Opens or refuses any video. */
export class VideoServer {
  readonly clock = new FakeClock();
  readonly link: Link;
  /** Words of `video.control`. */
  readonly controls: unknown[] = [];
  /** Where it was sought to. */
  readonly positions: unknown[] = [];
  /** Modes of `video.open`. */
  readonly modes: unknown[] = [];
  /** Videos of `video.open`. */
  readonly videos: unknown[] = [];
  durationMs = 500;
  /** So many videos are opened; of the others it says nothing. */
  opens = Infinity;
  readonly #connection: Connection;
  readonly #refusal: { code: string; problem?: string } | undefined;

  constructor(refusal?: { code: string; problem?: string }) {
    this.#refusal = refusal;
    const { connection, link } = scriptedLink(this.clock, (packet) => this.#receive(packet));
    this.#connection = connection;
    this.link = link;
  }

  watch(
    open: () => Promise<{ viewer: Viewer }>,
    more: Partial<Parameters<typeof watch>[1]> = {},
  ) {
    return watch<{ viewer: Viewer }>(this.link, {
      video: "Film",
      mode: "thirds",
      speed: 1,
      clock: this.clock,
      signal: new AbortController().signal,
      ...more,
      open,
    });
  }

  /** Sends a frame of 100 ms. */
  frame(index: number, epoch: number): void {
    const jpeg = new Uint8Array([0xff, 0xd8, index, 0xd9]);
    const about = { mode: "thirds", rendition: "240p", index, total: 5, source: index };
    const place = { width: 426, height: 240, pts: index * 100, size: jpeg.length, offset: 0 };
    const packet = { kind: "video.frame", stream: STREAM, epoch, ...about, ...place };
    this.#connection.send(encodePacket(packet, jpeg), "control");
  }

  /** The frame that is waited for is being made. */
  makes(epoch: number): void {
    this.#answer("video.waiting", { stream: STREAM, epoch, index: 0 });
  }

  end(epoch: number): void {
    const end = { stream: STREAM, epoch, sent: 3, dropped: 0, complete: true };
    this.#answer("video.end", end);
  }

  /** The connection ends. */
  async close(): Promise<void> {
    await this.#connection.close("test", 0);
    await this.link.closed;
  }

  #receive({ header }: Packet): void {
    const { kind, request, epoch, action } = header;
    if (kind === "video.open" && this.#refusal !== undefined) {
      const { code } = this.#refusal;
      this.#answer("failure", { request, code, message: "In general words" });
    } else if (kind === "video.open") {
      this.modes.push(header.mode);
      this.videos.push(header.video);
      if (this.videos.length > this.opens) return;
      const { mode } = header;
      const { durationMs } = this;
      const name = `${header.video}`.toLowerCase();
      const opened = { stream: STREAM, name, mode, total: 5, durationMs };
      this.#answer("video.opened", { request, ...opened });
    } else if (kind === "video.list") {
      const { problem } = this.#refusal ?? {};
      const film = { number: 1, name: "film", ready: [], sizeBytes: 9 };
      const videos = [{ ...film, ...(problem === undefined ? {} : { problem }) }];
      this.#answer("video.library", { request, videos, more: false });
    } else if (kind === "video.control") {
      this.controls.push(action);
      if (action === "seek") this.positions.push(header.positionMs);
      this.#answer("video.controlled", { request, stream: STREAM, epoch });
    }
  }

  #answer(kind: string, fields: object): void {
    this.#connection.send(encodePacket({ kind, ...fields }), "control");
  }
}
