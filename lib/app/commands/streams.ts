/** The command that shows somebody a video, a camera or a screen live, and its words. */

import { Bug } from "../../base/errors.ts";
import type { LiveStep } from "../../media/live/live_steps.ts";
import type { Sent } from "../../client/streams/sending.ts";
import { result, type Running } from "../../commands/command_row.ts";
import type { ArgumentSpec, OptionSpec } from "../../commands/command_table.ts";
import { EXIT } from "../../commands/exit_code.ts";
import type { Report, Wording } from "../../commands/wording.ts";
import { type ConversationCommands, conversationOf, type ConversationRow } from "../person_row.ts";
import { isWatched, LOST_STREAM, requireWatched, sentStreamLine } from "../stream_lines.ts";
import type { ShownSource } from "../video_surface.ts";
import { whileTelling } from "../while_telling.ts";
import { P2P_OPTION, readWay } from "./direct.ts";

/** Every kind of report of this command. */
export interface StreamKinds {
  "stream-offered": Offered & { readonly shown: string };
  "watchers": { readonly count: number };
  "stream-rate": LiveStep & { readonly isBetter: boolean };
  "stream-silent": { readonly reason: string };
  "streamed": Sent;
}

/** What is shown, and how it is heard. */
interface Offered extends Pick<ShownSource, "kind" | "title" | "silence"> {
  /** It has sound. */
  readonly sounds?: boolean;
}

/** What is shown, in words. */
export function shownWords({ kind, title, sounds, silence }: Offered): string {
  const what = title === "" ? `your ${kind}` : title;
  if (silence !== undefined) return `${what}, without sound: ${silence}`;
  return sounds === true && kind !== "file" ? `${what} and ${HEARD[kind]}` : what;
}

/** What is heard beside a device: nobody is to be heard unawares. */
const HEARD = { camera: "your microphone", screen: "what plays here" } as const;

/** Size and rate of the pictures that leave. */
function rateWords({ isBetter, widthPx, heightPx, framesPerSecond }: StreamKinds["stream-rate"]) {
  const now = `up to ${widthPx}×${heightPx}, ${framesPerSecond} frames a second`;
  return isBetter
    ? `Larger pictures, the line is better: ${now}`
    : `Smaller pictures, the line is slow: ${now}`;
}

const WORDING: Wording<StreamKinds> = {
  "stream-offered": {
    isNote: true,
    line: (facts, { isDialogue }) =>
      isDialogue
        ? `sent a request to ${facts.shown}: ${shownWords(facts)}`
        : facts.kind === "file" && facts.silence === undefined
        ? `Waiting for ${facts.shown}. Ctrl-C ends it`
        : `Waiting for ${facts.shown} with ${shownWords(facts)}. Ctrl-C ends it`,
  },
  "watchers": {
    isNote: true,
    line: ({ count }, { isDialogue }) =>
      isDialogue ? [] : count === 1 ? "1 device watches" : `${count} devices watch`,
  },
  "stream-rate": { isNote: true, line: rateWords },
  "stream-silent": { isNote: true, line: ({ reason }) => `No more sound: ${reason}` },
  "streamed": {
    fields: (sent) => ({ ...sent }),
    line: (sent) => isWatched(sent) ? sentStreamLine(sent) : [],
  },
};

/** Instead of a file. */
export const SOURCE_OPTIONS: readonly OptionSpec[] = [
  {
    flag: "--camera",
    valueName: "NAME",
    takes: "free",
    summary: "a camera: default, its name, or test for a test picture",
  },
  {
    flag: "--screen",
    valueName: "NAME",
    takes: "free",
    summary: "a screen: default, or its name",
  },
  {
    flag: "--window",
    valueName: "ID",
    takes: "free",
    summary: "one window: its id or title",
  },
  {
    flag: "--sound",
    valueName: "NAME",
    takes: "free",
    summary: "off, auto, or a sound device (default: auto)",
  },
];

const FILE: ArgumentSpec = { name: "FILE", summary: "the video file", required: false };

const stream: ConversationRow<StreamKinds> = {
  name: "stream",
  group: "Videos",
  summary: "stream a video, camera or screen to a person or a room, end-to-end encrypted",
  details:
    "It first tries one picture from the source, and stops if there is none. Then it waits two minutes for somebody to accept, and reads the source only while somebody watches. Size and rate adapt to the line. The sound of a file goes with it, the microphone with a camera, and what plays here with a screen or a window; --sound off sends none. Ctrl-C ends it; a connection lost for less than 15 s does not. --camera test streams a test picture with a beep, for machines without a camera.",
  arguments: [FILE],
  options: [...SOURCE_OPTIONS, P2P_OPTION],
  examples: [
    { line: "stream bob film.mp4", summary: "ends with the video" },
    { line: "stream '#3' --camera default", summary: "a room sees this camera" },
    { line: "stream bob --screen default --sound off", summary: "this screen, in silence" },
    { line: "stream bob --camera test", summary: "tries it out" },
  ],
  exitCodes: [3, 4, 5, 6, 7, 11],
  needs: ["connection", "conversation", "source"],
  verb: { named: { name: "TO", summary: "the person, or a #room", required: true } },
  slash: {
    details:
      "A number is one of /ls; anything else is a path. bob:/stream 0 is the same. You can keep chatting: /stream stop ends it.",
    named: {
      name: "WHAT",
      summary: "@name or #room, unless the open conversation is meant, then a file; or stop",
      required: false,
      rest: "words",
    },
    arguments: [],
    examples: [
      { line: "stream @bob film.mp4", summary: "bob is asked, and watches" },
      { line: "stream stop", summary: "ends the stream" },
      { line: "stream @bob --camera test", summary: "a test picture" },
    ],
  },
  p2p: {
    group: "Files",
    title: "Stream a video, a camera or a screen",
    summary: "stream a video, camera or screen to somebody, end-to-end encrypted",
    details:
      "You can keep chatting, and size and rate adapt to the line: stream stop ends it. It needs ffmpeg on this machine. --camera test streams a test picture.",
    named: { name: "USERNAME", summary: "the person, or stop", required: true },
    whom: "connected",
    options: SOURCE_OPTIONS,
    examples: [
      { line: "stream julia film.mp4", summary: "julia is asked, and watches" },
      { line: "stream julia --camera test", summary: "a test picture" },
      { line: "stream stop", summary: "ends the stream" },
    ],
  },
  lasting: () => LOST_STREAM,
  async *run(context, values, { signal }): Running<StreamKinds> {
    const { source, isDialogue } = context;
    if (source === undefined) throw new Bug("Cannot show a stream: nothing is to be shown");
    const { kind, title, capture, isDevice, sound, silence } = source;
    const sounds = sound !== undefined;
    const { peer, shown } = conversationOf(context);
    const mode = readWay(context.client.transfers.direct.contacts, { peer, shown }, values);
    const sent = yield* whileTelling((tell: (report: Report<StreamKinds>) => Promise<void>) =>
      context.streams().send(peer, { source: kind, title, mode }, {
        ...{ capture, isDevice, sound, signal },
        onOffered: () =>
          tell({ kind: "stream-offered", facts: { kind, title, sounds, silence, shown } }),
        onWatchers: (count) => void tell({ kind: "watchers", facts: { count } }),
        onStep: (step, isBetter) =>
          void tell({ kind: "stream-rate", facts: { ...step, isBetter } }),
        onSilence: ({ message }) =>
          void tell({ kind: "stream-silent", facts: { reason: message } }),
      })
    );
    // Over before that is said: who reads it may show something else.
    await source.close();
    if (!isDialogue) yield result("streamed", sent).reports;
    requireWatched(sent, shown);
    return {
      reports: isDialogue ? result("streamed", sent).reports : [],
      exit: sent.end === "stopped" ? EXIT.interrupted : EXIT.done,
    };
  },
};

/** `stream`. */
export const STREAMING: ConversationCommands<StreamKinds> = { rows: [stream], wording: WORDING };
