/** The video library: list, open and control streams. Frames leave by `VideoSession`. */

import { refuse } from "../refusal.ts";
import type { Routes } from "../router.ts";
import { VideoSession } from "../video_session.ts";

/** Streams that one connection may have open. */
const MAX_STREAMS = 4;

/** Rows of family `video`. */
export const videoRoutes = {
  "video.list": {
    needs: "ready",
    async handle({ parts, fields }) {
      return { fields: await parts.library.list(fields.after ?? 0) };
    },
  },
  "video.open": {
    needs: "ready",
    async handle({ parts, session, fields }) {
      if (session.streams.size >= MAX_STREAMS) {
        throw refuse("too-many", `Cannot open stream: ${MAX_STREAMS} are open on this connection`);
      }
      const found = await parts.library.open(fields.video, fields.mode);
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
