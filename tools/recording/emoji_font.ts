/**
 * Coloured emoji out of a font that holds them as PNG (OpenType `CBLC` and `CBDT`, as in Noto Color Emoji), since ffmpeg draws
 * outlines only. Of a sequence the first sign is drawn.
 */

/** One font. Reads nothing but what was handed over. */
export class EmojiFont {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #tables = new Map<string, number>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let i = 0; i < this.#view.getUint16(4); i++) {
      const at = 12 + 16 * i;
      const tag = String.fromCharCode(...bytes.subarray(at, at + 4));
      this.#tables.set(tag, this.#view.getUint32(at + 8));
    }
  }

  /** The PNG of a sign; undefined when the font has none. */
  png(sign: string): Uint8Array | undefined {
    const glyph = this.#glyph(sign.codePointAt(0) ?? 0);
    return glyph === undefined ? undefined : this.#picture(glyph);
  }

  /** By the segments of a `cmap` of format 12. */
  #glyph(codePoint: number): number | undefined {
    const cmap = this.#table("cmap");
    for (let i = 0; i < this.#view.getUint16(cmap + 2); i++) {
      const sub = cmap + this.#view.getUint32(cmap + 8 + 8 * i);
      if (this.#view.getUint16(sub) !== 12) continue;
      for (let group = 0; group < this.#view.getUint32(sub + 12); group++) {
        const at = sub + 16 + 12 * group;
        const [first, last, glyph] = [0, 4, 8].map((offset) => this.#view.getUint32(at + offset));
        if (codePoint >= first && codePoint <= last) return glyph + codePoint - first;
      }
    }
    return undefined;
  }

  /** From the first strike: index subtables of format 1, pictures of format 17 (small metrics, length, PNG). */
  #picture(glyph: number): Uint8Array | undefined {
    const strike = this.#table("CBLC") + 8;
    const list = this.#table("CBLC") + this.#view.getUint32(strike);
    for (let i = 0; i < this.#view.getUint32(strike + 8); i++) {
      const at = list + 8 * i;
      const first = this.#view.getUint16(at);
      if (glyph < first || glyph > this.#view.getUint16(at + 2)) continue;
      const sub = list + this.#view.getUint32(at + 4);
      if (this.#view.getUint16(sub) !== 1 || this.#view.getUint16(sub + 2) !== 17) return undefined;
      const offset = this.#view.getUint32(sub + 8 + 4 * (glyph - first));
      const data = this.#table("CBDT") + this.#view.getUint32(sub + 4) + offset;
      return this.#bytes.slice(data + 9, data + 9 + this.#view.getUint32(data + 5));
    }
    return undefined;
  }

  #table(tag: string): number {
    const at = this.#tables.get(tag);
    if (at === undefined) throw new Error(`The emoji font has no table ${tag}`);
    return at;
  }
}
