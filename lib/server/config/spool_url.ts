/**
 * Where files on their way lie when several nodes share them: a folder that all of them have, or a bucket of an S3-compatible
 * store, `s3://HOST:PORT/BUCKET/PREFIX?region=REGION`. Pure.
 */

import { isLoopback } from "../../net/addresses/address.ts";

/** Without what lets anybody in. */
export type SpoolPlace =
  | { readonly kind: "folder"; readonly path: string }
  | {
    readonly kind: "s3";
    /** As people read it. */
    readonly name: string;
    /** Of the bucket, without a slash at its end. */
    readonly url: string;
    /** Of all names: empty, or with a slash at its end. */
    readonly prefix: string;
    readonly region: string;
    /** PEM of whom to trust besides those that the system does. */
    readonly caFile: string | undefined;
  };

/** A place, and where what opens it is. */
export interface SpoolChoice {
  readonly place: SpoolPlace;
  readonly credentialsFile: string | undefined;
}

/** `message` never repeats the text: somebody may have put a key into it. */
export type ParsedSpool =
  | { readonly ok: true; readonly place: SpoolPlace }
  | { readonly ok: false; readonly message: string };

const FORM = "is a folder or s3://HOST/BUCKET";
const KNOWN_PARAMETERS: readonly string[] = ["region", "ca", "tls"];
/** As the stores allow them; nothing of it needs escaping in an address. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^(?:[A-Za-z0-9_][A-Za-z0-9._-]*\/)*$/;
const REGION = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Reads one. Whatever has no scheme is a folder. */
export function parseSpoolPlace(text: string): ParsedSpool {
  if (text === "") return wrong("is empty");
  if (!/^[a-z0-9+]+:\/\//i.test(text)) return { ok: true, place: { kind: "folder", path: text } };
  const url = text.startsWith("s3://") ? URL.parse(`https://${text.slice(5)}`) : null;
  if (url === null || url.hostname === "") return wrong(FORM);
  if (url.username !== "" || url.password !== "") {
    return wrong("must not hold keys: use spool-credentials-file");
  }
  const unknown = [...url.searchParams.keys()].find((name) => !KNOWN_PARAMETERS.includes(name));
  if (unknown !== undefined) return wrong(`has an unknown parameter ${unknown}`);
  const [bucket = "", ...rest] = url.pathname.slice(1).replace(/\/$/, "").split("/");
  const prefix = rest.map((part) => `${part}/`).join("");
  if (!BUCKET.test(bucket)) return wrong("names no bucket: s3://HOST/BUCKET");
  if (!PREFIX.test(prefix) || url.hash !== "") return wrong("has a prefix with other letters");
  const region = url.searchParams.get("region") ?? "us-east-1";
  if (!REGION.test(region)) return wrong("has a region that is none");
  const tls = url.searchParams.get("tls") ?? "on";
  const isHere = isLoopback(url.hostname.replace(/^\[(.*)\]$/, "$1"));
  if (tls !== "on" && (tls !== "off" || !isHere)) {
    return wrong("can only have tls=off on 127.0.0.1 and [::1]");
  }
  const caFile = url.searchParams.get("ca") ?? undefined;
  if (caFile !== undefined && (!caFile.startsWith("/") || tls === "off")) {
    return wrong("has a ca that is no absolute path, or nothing to use it for");
  }
  const base = `${tls === "off" ? "http" : "https"}://${url.host}/${bucket}`;
  const name = `s3://${url.host}/${bucket}`;
  return { ok: true, place: { kind: "s3", name, url: base, prefix, region, caFile } };
}

function wrong(message: string): ParsedSpool {
  return { ok: false, message };
}
