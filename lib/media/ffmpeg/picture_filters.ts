/**
 * From the pictures of a file to those of a JPEG, by filters that ffmpeg has in every build since 4.1: `zscale` and `tonemap` are
 * missing in many (docs/decisions/0121-pictures-of-every-kind.md).
 */

import type { VideoFacts } from "./probe.ts";

/** What is made of a picture. */
export interface WantedPicture {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Of the file, as far as ffmpeg has to be told of them. */
  readonly colours: Pick<VideoFacts, "matrix" | "transfer">;
}

/** A JPEG has the colour matrix of BT.601 at full range (JFIF 1.02), whatever the video has; without being told, ffmpeg keeps the video's. */
const JPEG_COLOURS = "out_color_matrix=bt601:out_range=full";
/** Without `accurate_rnd`, 4.1 converts colours only half (measured: 41,182,70 for 32,192,64). */
const SCALER = "flags=bicubic+accurate_rnd";

/**
 * The picture comes rotated as the file says. `between`: a filter that wants RGB, of pictures that are small already. HD films come
 * out with wrong greens where their matrix is not said.
 */
export function pictureFilters(
  { widthPx, heightPx, colours: { matrix, transfer } }: WantedPicture,
  between?: string,
): string {
  const guessed = matrix === undefined ? "" : `:in_color_matrix=${matrix}`;
  const scale = `scale=${widthPx}:${heightPx}:${SCALER}${guessed}`;
  const steps = transfer === undefined ? [] : ["format=rgb48le", ...TONE_MAPPING[transfer]];
  if (between !== undefined) steps.push(...steps.length === 0 ? ["format=rgb24"] : [], between);
  const colourSteps = steps.length === 0
    ? [`${scale}:${JPEG_COLOURS}`]
    : [scale, ...steps, `scale=${SCALER}:${JPEG_COLOURS}`];
  return [...colourSteps, "setsar=1", "format=yuvj420p"].join(",");
}

/** Light of a white sheet in an HDR film, in cd/m² (ITU-R BT.2408), and the greatest that is told apart. */
const WHITE = 203;
const PEAK = 1000;
/** Up to this share of white, light stays as it is; what is above is pressed together (Möbius transform, meeting the line smoothly). */
const KNEE = 0.3;

/** Light (1 is white) of a sample of SMPTE ST 2084, and of ARIB STD-B67 on a display of `PEAK` (ITU-R BT.2100), as ffmpeg's expressions. */
const LIGHT: Readonly<Record<NonNullable<VideoFacts["transfer"]>, string>> = {
  pq: "st(0,pow(val/65535,1/78.84375));" +
    `st(1,pow(max(ld(0)-0.8359375,0)/(18.8515625-18.6875*ld(0)),1/0.1593017578125)*${
      10_000 / WHITE
    })`,
  hlg: "st(0,val/65535);st(1,pow(if(lte(ld(0),0.5),ld(0)*ld(0)/3," +
    `(exp((ld(0)-0.55991073)/0.17883277)+0.28466892)/12),1.2)*${PEAK / WHITE})`,
};

/** BT.2020 to BT.709, in light. */
const PRIMARIES = "colorchannelmixer=rr=1.6605:rg=-0.5876:rb=-0.0728:gr=-0.1246:gg=1.1329:" +
  "gb=-0.0083:br=-0.0182:bg=-0.1006:bb=1.1187";
/** As an SDR display shows light (BT.1886). */
const DISPLAY = lookUp("65535*pow(val/65535,1/2.4)");

const TONE_MAPPING = {
  pq: [lookUp(pressed(LIGHT.pq)), PRIMARIES, DISPLAY],
  hlg: [lookUp(pressed(LIGHT.hlg)), PRIMARIES, DISPLAY],
} as const;

/** From light that an expression leaves in variable 1. */
function pressed(light: string): string {
  const peak = PEAK / WHITE;
  const square = KNEE * KNEE;
  const a = -square * (peak - 1) / (square - 2 * KNEE + peak);
  const b = (square - 2 * KNEE * peak + peak) / (peak - 1);
  const scale = (b * b + 2 * b * KNEE + square) / (b - a);
  const above = `${scale}*(ld(1)+${a})/(ld(1)+${b})`;
  return `${light};65535*min(1,if(lte(ld(1),${KNEE}),ld(1),${above}))`;
}

/** A table of 65,536 values, made once by an expression: the picture costs a look-up a sample. */
function lookUp(expression: string): string {
  const escaped = expression.replace(/[,;]/g, "\\$&");
  return `lutrgb=${escaped}:${escaped}:${escaped}`;
}
