/** The head of a request by HTTP/1.1 (RFC 9112), as far as health and metrics need one. Pure. */

/** What somebody asks for. */
export interface HttpHead {
  readonly method: string;
  /** Without what stands behind a question mark. */
  readonly path: string;
  /** As it was said, with a port; undefined when it was not. */
  readonly host: string | undefined;
  /** Of `Authorization: Bearer`. */
  readonly token: string | undefined;
}

/** More than any collector, probe or browser says. */
export const HEAD_MAX_BYTES: number = 8 * 1024;
const MAX_FIELDS = 64;

/** RFC 9112 §3: only what asks for a path of this server. */
const REQUEST_LINE = /^([A-Z]{1,16}) (\/[\x21-\x7e]{0,1023}) HTTP\/1\.[01]$/;
/** RFC 9110 §5: no blank before the colon, and no line that goes on in the next. */
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e]*?)[ \t]*$/;

/** A whole head, `more` while its end is not there, `bad` for what never becomes one. Never throws. */
export function parseHttpHead(bytes: Uint8Array): HttpHead | "more" | "bad" {
  const text = Array.from(bytes.subarray(0, HEAD_MAX_BYTES), (byte) => String.fromCharCode(byte))
    .join("");
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return bytes.length < HEAD_MAX_BYTES ? "more" : "bad";
  const [first, ...lines] = text.slice(0, end).split("\r\n");
  const [, method, target] = REQUEST_LINE.exec(first) ?? [];
  if (method === undefined || lines.length > MAX_FIELDS) return "bad";
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined) return "bad";
    const key = name.toLowerCase();
    // Said twice, it would be read in two ways.
    if (fields.has(key) && (key === "host" || key === "authorization")) return "bad";
    fields.set(key, value);
  }
  const [, token] = /^bearer +([\x21-\x7e]+)$/i.exec(fields.get("authorization") ?? "") ?? [];
  return { method, path: target.split("?", 1)[0], host: fields.get("host"), token };
}
