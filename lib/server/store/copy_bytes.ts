/** What a call is given, as its own: the caller may use its buffers again at once. */

/** Deep, for plain data. Structured clone alone would send the whole buffer behind a small view. */
export function copyBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(copyBytes);
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) copy[key] = copyBytes(field);
  return copy;
}
