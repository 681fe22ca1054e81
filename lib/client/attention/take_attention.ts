/** What others tell of what they have seen and that they type. It is no line of a conversation, and nobody is notified of it. */

import { ATTENTION_MESSAGES, TYPING_SECONDS } from "../../protocol/peer/attention.ts";
import type { Attention } from "../store/attention.ts";
import { type PeerNews, type SealedFamily, sealedFamily } from "../store/families.ts";

const NOTHING: PeerNews = { lines: [] };
/** By so much the server's clock and the own one may differ; what is older had waited for this device. */
const LATE_MS = 30_000;

/** Attention. Nothing is kept of a stranger's, or of whoever's while the person does not tell theirs. */
export const ATTENTION: SealedFamily = sealedFamily({
  kinds: ATTENTION_MESSAGES,
  take({ profile: { clock }, history, attention }, message, { from, own, peer, atMs }) {
    // At another device of the person's.
    if (own) return Promise.resolve(NOTHING);
    if (message.kind === "attention.seen") {
      const { target } = message.fields;
      const text = history.index.text(target);
      if (text?.peer !== peer || text.state === "erased") return Promise.resolve(NOTHING);
      return when(
        attention,
        "seen",
        () => attention.saw({ peer, account: from, id: target, atMs }),
      );
    }
    const nowMs = clock.nowMs();
    if (Math.abs(nowMs - atMs) > LATE_MS) return Promise.resolve(NOTHING);
    const seconds = Math.min(message.fields.seconds, TYPING_SECONDS);
    return when(attention, "typing", () => attention.types(peer, from, nowMs + seconds * 1000));
  },
});

function when(
  attention: Attention,
  kind: Parameters<Attention["isOn"]>[0],
  write: () => void,
): Promise<PeerNews> {
  // Asked in the transaction: the person may have changed it meanwhile.
  return Promise.resolve({ lines: [], write: () => attention.isOn(kind) && write() });
}
