/** What a terminal sends back when asked: everything from the input that is not a key. */

/** One answer, taken apart as far as ECMA-48 §5.4 and §5.6 go. What it means is the asker's business. */
export type Reply =
  | {
    readonly kind: "csi";
    /** `?`, `>`, `<`, `=` or empty. */
    readonly prefix: string;
    readonly parameters: readonly number[];
    /** Intermediate bytes and the final byte, e.g. `c`, `$y`, `t`. */
    readonly final: string;
  }
  | {
    readonly kind: "dcs" | "apc" | "osc";
    /** Between introducer and terminator. From outside: make it `SafeText` before showing it. */
    readonly text: string;
  };

/** Hands out replies. Those that nobody asked for are dropped: they are never typed. */
export interface ReplySource {
  /** Calls `listener` for each reply until the returned function is called. */
  onReply(listener: (reply: Reply) => void): () => void;
}

/** True for a primary device attributes answer (DA1), which every terminal gives, in order. */
export function isDeviceAttributes(reply: Reply): boolean {
  return reply.kind === "csi" && reply.prefix === "?" && reply.final === "c";
}

/** True for the answer to a status question, `CSI 0 n` (ECMA-48 §8.3.35, DSR). */
export function isStatusReport(reply: Reply): boolean {
  return reply.kind === "csi" && reply.prefix === "" && reply.final === "n" &&
    reply.parameters[0] === 0;
}
