/**
 * Answers requests by HTTP/1.1, one a connection, behind the limits of every door of ours: so many connections, so many of one
 * source, each with a deadline, the oldest gives way (decision 0048). Strangers may come where it is not on loopback.
 */

import { type Bytes, utf8, writeAll } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { TlsIdentity } from "../../net/listening/acceptor.ts";
import type { HostPort } from "../../net/addresses/address.ts";
import type { Accepted } from "../../net/listening/arrivals.ts";
import type { ByteStream } from "../../net/streams/byte_stream.ts";
import { Listener } from "../../net/listening/listener.ts";

const log = logger("server", "health");

/** Each takes three descriptors in TLS, of those that the server does not count for its clients. */
const LIMITS = { connections: 24, unauthenticated: 24, unauthenticatedPerAddress: 8 } as const;
/** From accepted to the answer read: a collector waits ten seconds, as a rule. */
const REQUEST_DEADLINE_MS = 15_000;
/** What is read and thrown away behind a head: a body that nobody asked for. */
const BODY_MAX_BYTES = 64 * 1024;

const REASONS = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

/** What is answered. */
export interface HttpAnswer {
  readonly status: keyof typeof REASONS;
  readonly body: string;
  /** Left out: `text/plain; charset=utf-8`. */
  readonly type?: string;
  /** Further fields. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Owns its listener and the requests under way. */
export class HttpDoor implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #listener: Listener;
  readonly #answer: (head: HttpHead) => Promise<HttpAnswer> | HttpAnswer;
  readonly #requests = new Map<Promise<void>, () => void>();

  private constructor(
    listener: Listener,
    clock: Clock,
    answer: (head: HttpHead) => Promise<HttpAnswer> | HttpAnswer,
  ) {
    this.#clock = clock;
    this.#listener = listener;
    this.#answer = answer;
    listener.run((accepted) => this.#receive(accepted)).catch((error) =>
      // Only a renewal that finds its port taken ends it.
      log.error("no longer heard", { reason: describeError(error) })
    );
  }

  /** Throws what `Listener.open` throws. `answer` may throw: then the answer is 500. */
  static open(
    address: HostPort,
    { clock, tls, answer }: {
      clock: Clock;
      tls: TlsIdentity | undefined;
      answer: (head: HttpHead) => Promise<HttpAnswer> | HttpAnswer;
    },
  ): HttpDoor {
    const listener = Listener.open(address, { clock, limits: LIMITS, ...(tls && { tls }) });
    return new HttpDoor(listener, clock, answer);
  }

  /** With the port that was really taken. */
  get address(): HostPort {
    return this.#listener.address;
  }

  /** As `Listener.renew`. */
  renew(tls: TlsIdentity): Promise<void> {
    return this.#listener.renew(tls, () => {});
  }

  /** Requests under way are cut. Closing twice is fine. */
  async close(): Promise<void> {
    const closed = this.#listener.close();
    for (const cut of this.#requests.values()) cut();
    await Promise.all(this.#requests.keys());
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #receive(accepted: Accepted): void {
    const { stream, admission, acceptedAtMs } = accepted;
    const cut = () => {
      accepted.cut();
      close(stream);
    };
    const leftMs = acceptedAtMs + REQUEST_DEADLINE_MS - this.#clock.monotonicMs();
    const cancel = this.#clock.after(Math.max(0, leftMs), cut);
    const request = this.#serve(stream)
      .catch((error) => log.debug("request broke off", { reason: describeError(error) }))
      .finally(() => {
        cancel();
        close(stream);
        admission.release();
        this.#requests.delete(request);
      });
    this.#requests.set(request, cut);
  }

  async #serve(stream: ByteStream): Promise<void> {
    const head = await readHead(stream);
    if (head === undefined) return;
    const isHead = head !== "bad" && head.method === "HEAD";
    const answer = head === "bad"
      ? { status: 400, body: "This is no request\n" } as const
      : await this.#answered(head);
    await writeAll(stream, encode(answer, isHead));
    await stream.closeWrite();
    // Closed with something unread, the system would take back what was written.
    const rest = new Uint8Array(4096);
    for (let read = 0; read < BODY_MAX_BYTES;) {
      const count = await stream.read(rest);
      if (count === null) return;
      read += count;
    }
  }

  async #answered(head: HttpHead): Promise<HttpAnswer> {
    try {
      return await this.#answer(head);
    } catch (error) {
      log.error("no answer", { reason: describeError(error) });
      return { status: 500, body: "Something went wrong: see the log\n" };
    }
  }
}

/** Undefined for a connection that ends before its head does. */
async function readHead(stream: ByteStream): Promise<HttpHead | "bad" | undefined> {
  const bytes = new Uint8Array(HEAD_MAX_BYTES);
  for (let filled = 0;;) {
    const count = await stream.read(bytes.subarray(filled));
    if (count === null) return undefined;
    filled += count;
    const head = parseHttpHead(bytes.subarray(0, filled));
    if (head !== "more") return head;
  }
}

function encode({ status, body, type, fields = {} }: HttpAnswer, isHead: boolean): Bytes {
  const text = utf8(body);
  const all = {
    "content-type": type ?? "text/plain; charset=utf-8",
    "content-length": String(text.length),
    "cache-control": "no-store",
    "connection": "close",
    ...fields,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = `HTTP/1.1 ${status} ${REASONS[status]}\r\n${lines}\r\n`;
  return utf8(isHead ? head : head + body);
}

function close(stream: ByteStream): void {
  try {
    stream.close();
  } catch {
    // It was cut before.
  }
}

// The head of a request by HTTP/1.1 (RFC 9112), as far as health and metrics need one. Pure.

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
