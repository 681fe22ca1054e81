/** Durations for the eye. Pure. */

/** `0:02.3`, `1:14`: of a video; what is shorter than ten seconds to a tenth. */
export function lengthWords(durationMs: number): string {
  const tenths = Math.round(durationMs / 100);
  if (tenths < 100) return `0:0${(tenths / 10).toFixed(1)}`;
  const seconds = Math.round(durationMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** `42 s`, `5 min`, `3 h 20 min`, `12 d 4 h`. Never less than nothing, should a clock have been set back. */
export function durationWords(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
