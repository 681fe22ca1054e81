/** The video library: list, open and control streams. Frames leave by `VideoSession`. */

import type { Bytes } from "../../base/bytes.ts";
import { MediaError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import type { NoticeFields } from "../../protocol/hop/mod.ts";
import { VIDEOS_MAX, VIDEOS_PER_ACCOUNT_MAX } from "../../protocol/limits.ts";
import { refuse } from "../../protocol/failure.ts";
import { ready, type Routes } from "../serving/router.ts";
import type { Session } from "../sessions/session.ts";
import { type Film, soundProblem } from "../media/film.ts";
import { VideoAdding } from "../media/video_adding.ts";
import { OpenVideos, watchedKey } from "../media/video_session.ts";
import type { Clock } from "../../base/clock.ts";
import { type Counters, requireRate } from "../counters/counters.ts";
import type { Library } from "../media/library.ts";
import type { Moderation } from "../moderation/moderation.ts";
import type { Sessions } from "../sessions/sessions.ts";

/** What these handlers touch. */
export interface VideoServices {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly library: Library;
  readonly moderation: Pick<Moderation, "requirePermitted">;
  readonly sessions: Sessions;
}

/** Rows of family `video`. */
export const videoRoutes = {
  "video.list": ready("videos", async ({ services, fields }) => {
    return { fields: await services.library.list(fields.after ?? 0) };
  }, { rate: "libraryLooks" }),
  "video.open": ready("videos", async ({ services, session, state: { account }, fields }) => {
    const { mode, speed } = fields;
    let isReady = false;
    const admit = (name: string) => {
      const watched = isReady ? undefined : watchedKey(name, mode);
      requirePlace(services, { session, account, watched });
    };
    const found = await services.library.open(fields.video, mode, (video) => {
      isReady = video.isReady;
      admit(video.name);
    });
    try {
      // Others of the same account may have been opened meanwhile, over other connections.
      admit(found.name);
    } catch (error) {
      found.close();
      throw error;
    }
    const videos = session.attached(OpenVideos) ?? session.attach(new OpenVideos());
    const { clock } = services;
    const stream = videos.open({ source: found, mode, isReady, speed, clock, session });
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
  }, { rate: "libraryLooks" }),
  // One that was never made takes a moment: nothing else waits for that.
  "video.poster": ready("videos", async ({ services, fields: { video, tenth } }) => {
    const { widthPx, heightPx, jpeg } = await services.library.poster(video, tenth);
    return { fields: { widthPx, heightPx }, payload: jpeg };
  }, { rate: "posterLooks", pipelined: true }),
  "video.add": ready("never", async ({ services, session, state: { account }, fields }) => {
    await services.moderation.requirePermitted(account, "add-video");
    const adding = session.attached(VideoAdding) ?? session.attach(new VideoAdding(session));
    return { fields: { storedBytes: await adding.begin(services.library, account, fields) } };
  }, { rate: "libraryLooks" }),
  // Looking at it takes a moment.
  "video.finish": ready("never", async ({ services, session, state: { account }, fields }) => {
    const { upload } = fields;
    const adding = session.attached(VideoAdding);
    if (adding === undefined) throw refuse("unknown-upload", "This video has not come whole");
    // The role may have been taken back while it came.
    try {
      await services.moderation.requirePermitted(account, "add-video");
    } catch (error) {
      await adding.discard();
      throw error;
    }
    return { fields: await adding.finish(services.library, upload) };
  }, { pipelined: true }),
  "video.control": ready("videos", async ({ session, fields }) => {
    const video = session.attached(OpenVideos)?.find(fields.stream);
    if (video === undefined) throw refuse("unknown-stream", "No such stream");
    await video.control(fields);
    return { fields: { stream: fields.stream, epoch: fields.epoch } };
  }),
  // A film that was never looked at takes a moment: its pictures do not wait for that.
  "video.tracks": ready("videos", async ({ services, session, fields }) => {
    return { fields: await filmed(services, session, fields, (film) => film.tracks()) };
  }, { rate: "libraryLooks", pipelined: true }),
  "video.cues": ready("videos", async ({ services, session, state: { account }, fields }) => {
    const { track, after = 0 } = fields;
    const page = await filmed(services, session, fields, async (film) => {
      // A page of what was read costs nothing; reading a long track holds everybody up for a quarter of a second.
      if (!film.holdsCues(track)) {
        await requireRate(services.counters, "libraryLooks", { key: account });
      }
      return await film.cues(track, after);
    });
    return { fields: page };
  }, { pipelined: true }),
} satisfies Partial<Routes<VideoServices>>;

/** A piece of a video that this session adds. */
export function takeVideoPiece(
  session: Session,
  fields: NoticeFields<"video.piece">,
  payload: Bytes,
): Promise<void> | void {
  return session.attached(VideoAdding)?.piece(fields, payload);
}

/** Throws Refusal `unknown-stream`, `media-refused`. */
async function filmed<T>(
  { library }: VideoServices,
  session: Session,
  { stream }: { readonly stream: number },
  ask: (film: Film) => Promise<T>,
): Promise<T> {
  const video = session.attached(OpenVideos)?.find(stream);
  if (video === undefined) throw refuse("unknown-stream", "No such stream");
  try {
    return await ask(await video.film((source) => library.film(source)));
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    throw refuse("media-refused", soundProblem(error));
  }
}

/** Sound of a video that this session watches. */
export function takeVideoListen(session: Session, fields: NoticeFields<"video.listen">): void {
  session.attached(OpenVideos)?.find(fields.stream)?.listen(fields);
}

/** More may be sent of a video that this session watches. */
export function takeVideoCredit(session: Session, fields: NoticeFields<"video.credit">): void {
  session.attached(OpenVideos)?.find(fields.stream)?.credit(fields);
}

/** Throws Refusal `too-many`. Who watches what is ready (`watched` is undefined), or what the account watches already, costs no extraction. */
function requirePlace(
  { sessions }: VideoServices,
  { session, account, watched }: {
    readonly session: Session;
    readonly account: AccountId;
    readonly watched: string | undefined;
  },
): void {
  const here = session.attached(OpenVideos)?.count ?? 0;
  if (here >= VIDEOS_MAX) {
    throw refuse("too-many", `Cannot open stream: ${VIDEOS_MAX} are open on this connection`);
  }
  if (watched === undefined) return;
  const open = new Set(
    sessions.of(account).flatMap((one) => one.attached(OpenVideos)?.watched ?? []),
  );
  if (!open.has(watched) && open.size >= VIDEOS_PER_ACCOUNT_MAX) {
    throw refuse(
      "too-many",
      `Cannot open stream: your account watches ${VIDEOS_PER_ACCOUNT_MAX} videos that are not ready yet. Watch one of these, or one that is ready`,
    );
  }
}
