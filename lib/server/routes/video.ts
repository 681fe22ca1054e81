/** The video library: list, open and control streams. Frames leave by `VideoSession`. */

import type { AccountId } from "../../base/ids.ts";
import type { NoticeFields } from "../../protocol/hop/mod.ts";
import { VIDEOS_MAX, VIDEOS_PER_ACCOUNT_MAX } from "../../protocol/limits.ts";
import { refuse } from "../../protocol/failure.ts";
import type { Routes } from "../serving/router.ts";
import type { Session } from "../sessions/session.ts";
import { OpenVideos, watchedKey } from "../media/video_session.ts";
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
      const { mode, speed } = fields;
      const admit = (name: string) =>
        requirePlace(services, { session, account, watched: watchedKey(name, mode) });
      const found = await services.library.open(fields.video, mode, admit);
      try {
        // Others of the same account may have been opened meanwhile, over other connections.
        admit(found.name);
      } catch (error) {
        found.close();
        throw error;
      }
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
      if (video === undefined) throw refuse("unknown-stream", "No such stream");
      await video.control(fields);
      return { fields: { stream: fields.stream, epoch: fields.epoch } };
    },
  },
} satisfies Partial<Routes<VideoServices>>;

/** More may be sent of a video that this session watches. */
export function takeVideoCredit(session: Session, fields: NoticeFields<"video.credit">): void {
  session.attached(OpenVideos)?.find(fields.stream)?.credit(fields);
}

/** Throws Refusal `too-many`. Who watches what the account watches already costs no extraction. */
function requirePlace(
  { sessions }: VideoServices,
  { session, account, watched }: {
    readonly session: Session;
    readonly account: AccountId;
    readonly watched: string;
  },
): void {
  const here = session.attached(OpenVideos)?.count ?? 0;
  if (here >= VIDEOS_MAX) {
    throw refuse("too-many", `Cannot open stream: ${VIDEOS_MAX} are open on this connection`);
  }
  const open = new Set(
    sessions.of(account).flatMap((one) => one.attached(OpenVideos)?.watched ?? []),
  );
  if (!open.has(watched) && open.size >= VIDEOS_PER_ACCOUNT_MAX) {
    throw refuse(
      "too-many",
      `Cannot open stream: your account already watches ${VIDEOS_PER_ACCOUNT_MAX} different videos`,
    );
  }
}
