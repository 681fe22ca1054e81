/** The video library: list, open and control streams. Frames leave by `VideoSession`. */

import type { AccountId } from "../../base/ids.ts";
import type { NoticeFields } from "../../protocol/hop/mod.ts";
import { VIDEOS_MAX, VIDEOS_PER_ACCOUNT_MAX } from "../../protocol/limits.ts";
import { refuse } from "../../protocol/failure.ts";
import type { Routes } from "../serving/router.ts";
import type { Session } from "../sessions/session.ts";
import { OpenVideos } from "../media/video_session.ts";
import type { Clock } from "../../base/clock.ts";
import type { Counters } from "../counters/counters.ts";
import type { Library } from "../media/library.ts";
import type { Sessions } from "../sessions/sessions.ts";

/** What these handlers touch. */
export interface VideoServices {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly library: Library;
  readonly sessions: Sessions;
}

/** Rows of family `video`. */
export const videoRoutes = {
  "video.list": {
    needs: "ready",
    scope: "videos",
    rate: "libraryLooks",
    async handle({ services, fields }) {
      return { fields: await services.library.list(fields.after ?? 0) };
    },
  },
  "video.open": {
    needs: "ready",
    scope: "videos",
    rate: "libraryLooks",
    async handle({ services, session, state: { account }, fields }) {
      requirePlace(services, session, account);
      const found = await services.library.open(fields.video, fields.mode);
      try {
        // Others of the same account may have been opened meanwhile, over other connections.
        requirePlace(services, session, account);
      } catch (error) {
        found.close();
        throw error;
      }
      const { mode, speed } = fields;
      const videos = session.attached(OpenVideos) ?? session.attach(new OpenVideos());
      const stream = videos.open({ source: found, mode, speed, clock: services.clock, session });
      return {
        fields: {
          stream,
          name: found.name,
          mode,
          total: found.total,
          durationMs: found.durationMs,
          format: found.format,
        },
      };
    },
  },
  "video.control": {
    needs: "ready",
    scope: "videos",
    async handle({ session, fields }) {
      const video = session.attached(OpenVideos)?.find(fields.stream);
      if (video === undefined) throw refuse("unknown-stream", "There is no such stream");
      await video.control(fields);
      return { fields: { stream: fields.stream, epoch: fields.epoch } };
    },
  },
} satisfies Partial<Routes<VideoServices>>;

/** More may be sent of a video that this session watches. */
export function takeVideoCredit(session: Session, fields: NoticeFields<"video.credit">): void {
  session.attached(OpenVideos)?.find(fields.stream)?.credit(fields);
}

/** Throws Refusal `too-many`. */
function requirePlace({ sessions }: VideoServices, session: Session, account: AccountId): void {
  const countOf = (one: Session) => one.attached(OpenVideos)?.count ?? 0;
  if (countOf(session) >= VIDEOS_MAX) {
    throw refuse("too-many", `Cannot open stream: ${VIDEOS_MAX} are open on this connection`);
  }
  const ofAccount = sessions.of(account).reduce((sum, one) => sum + countOf(one), 0);
  if (ofAccount >= VIDEOS_PER_ACCOUNT_MAX) {
    throw refuse("too-many", `Cannot open stream: your account has ${VIDEOS_PER_ACCOUNT_MAX} open`);
  }
}
