/** The video library: list, open and control streams. Frames leave by `VideoSession`. */

import type { AccountId } from "../../base/ids.ts";
import { VIDEOS_MAX, VIDEOS_PER_ACCOUNT_MAX } from "../../protocol/limits.ts";
import type { Parts } from "../parts.ts";
import { refuse } from "../refusal.ts";
import type { Routes } from "../router.ts";
import type { Session } from "../session.ts";
import { VideoSession } from "../video_session.ts";
import { requireRate } from "./submitting.ts";

/** Rows of family `video`. */
export const videoRoutes = {
  "video.list": {
    needs: "ready",
    async handle({ parts, state, fields }) {
      requireLook(parts, state.account);
      return { fields: await parts.library.list(fields.after ?? 0) };
    },
  },
  "video.open": {
    needs: "ready",
    async handle({ parts, session, state: { account }, fields }) {
      requireLook(parts, account);
      requirePlace(parts, session, account);
      const found = await parts.library.open(fields.video, fields.mode);
      try {
        // Others of the same account may have been opened meanwhile, over other connections.
        requirePlace(parts, session, account);
      } catch (error) {
        found.close();
        throw error;
      }
      const stream = session.nextStream();
      const video = new VideoSession({
        stream,
        source: found,
        mode: fields.mode,
        speed: fields.speed,
        clock: parts.clock,
        session,
        onClosed: () => session.streams.delete(stream),
      });
      session.streams.set(stream, video);
      return {
        fields: {
          stream,
          name: found.name,
          mode: fields.mode,
          total: found.total,
          durationMs: found.durationMs,
        },
      };
    },
  },
  "video.control": {
    needs: "ready",
    async handle({ session, fields }) {
      const video = session.streams.get(fields.stream);
      if (video === undefined) throw refuse("unknown-stream", "There is no such stream");
      await video.control(fields);
      return { fields: { stream: fields.stream, epoch: fields.epoch } };
    },
  },
} satisfies Partial<Routes>;

function requireLook({ libraryLooks }: Parts, account: AccountId): void {
  requireRate(libraryLooks.take(account), "You looked at the library too often");
}

/** Throws Refusal `too-many`. */
function requirePlace({ sessions }: Parts, session: Session, account: AccountId): void {
  if (session.videoCount >= VIDEOS_MAX) {
    throw refuse("too-many", `Cannot open stream: ${VIDEOS_MAX} are open on this connection`);
  }
  const ofAccount = sessions.of(account).reduce((sum, { videoCount }) => sum + videoCount, 0);
  if (ofAccount >= VIDEOS_PER_ACCOUNT_MAX) {
    throw refuse("too-many", `Cannot open stream: your account has ${VIDEOS_PER_ACCOUNT_MAX} open`);
  }
}
