/** Limits of pictures and videos, each with its unit and its reason. */

/** Greatest JPEG that is sent or decoded (SR-67): 1080p at quality 5 is about 130 KB, twice that in rain and confetti. */
export const JPEG_MAX_BYTES = 1024 * 1024;
/** Greatest picture that is decoded (SR-67): a little over 4K, 28 MB as RGB. */
export const JPEG_MAX_WIDTH_PX = 4096;
/** The height that belongs to `JPEG_MAX_WIDTH_PX`. */
export const JPEG_MAX_HEIGHT_PX = 2304;

/** Greatest picture that ffmpeg may decode (SR-71): 8K. */
export const VIDEO_MAX_PIXELS = 33_177_600;
/** Frames of one video: over 23 hours at 24 a second. Their times are held in memory, four bytes each. */
export const VIDEO_MAX_FRAMES = 2_000_000;

/** What is kept of ffmpeg's words (SR-71). The rest is read and dropped, so that it never blocks. */
export const STDERR_KEPT_BYTES = 64 * 1024;
/** A line of ffmpeg's words. Side data of a hostile file is printed in one line of any length. */
export const STDERR_LINE_BYTES = 1024;
/** ffmpeg processes at once (SR-71). */
export const FFMPEG_AT_ONCE = 2;

/** Frames of one segment of the frame store: the unit of renaming, reuse and eviction. 2.7 s at 24 a second. */
export const SEGMENT_FRAMES = 64;

/** Videos of one library: what the list of the protocol holds. */
export const VIDEOS_MAX = 2000;
