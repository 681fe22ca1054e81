/** What happens while a full screen is open. */

import type { Peer } from "../../base/ids.ts";
import type { PlacedEntry } from "../../client/messaging/history.ts";

/** Fits what the full screen listens to (`tui/talk.ts`). */
export type ScreenNews =
  | { readonly type: "entry"; readonly entry: PlacedEntry }
  /** `place`: where it was asked for; `open`: nobody asked; undefined: beside the conversations. */
  | { readonly type: "line"; readonly text: string; readonly place: Peer | "open" | undefined }
  | { readonly type: "list" }
  | { readonly type: "connection"; readonly state: "starting" | "online" | "offline" }
  | { readonly type: "partner"; readonly peer: Peer }
  | { readonly type: "delivery"; readonly id: string }
  | { readonly type: "quiet"; readonly waiting: number | undefined };
