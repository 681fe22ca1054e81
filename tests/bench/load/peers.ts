/** The servers that ours is measured beside: how each is started, plain and with TLS. */

/** Where a peer listens, and its certificate when it is to speak TLS. */
export interface PeerSite {
  readonly folder: string;
  readonly port: number;
  readonly tls: { readonly certificate: string; readonly key: string } | undefined;
}

/** One kind of server. */
export interface Peer {
  readonly name: string;
  readonly protocol: "irc" | "mqtt" | "nats";
  readonly program: string;
  readonly version: { readonly args: readonly string[]; readonly pattern: RegExp };
  /** Its configuration file, if it takes one. */
  configure(site: PeerSite): string;
  args(configFile: string): readonly string[];
}

/** ngIRCd delays clients that say much, unless told otherwise. */
const ngircd: Peer = {
  name: "ngircd",
  protocol: "irc",
  program: "/usr/sbin/ngircd",
  version: { args: ["--version"], pattern: /ngIRCd (\S+?)-/ },
  configure: ({ port, tls, folder }) =>
    [
      "[Global]",
      "Name = bench.example.org",
      "Info = bench",
      "Listen = 127.0.0.1",
      ...(tls === undefined ? [`Ports = ${port}`] : []),
      `PidFile = ${folder}/ngircd.pid`,
      "ServerUID = root",
      "ServerGID = root",
      "[Limits]",
      "MaxConnections = 0",
      "MaxConnectionsIP = 0",
      "MaxJoins = 10",
      "MaxPenaltyTime = 0",
      "[Options]",
      "PAM = no",
      "Ident = no",
      "DNS = no",
      ...(tls === undefined ? [] : [
        "[SSL]",
        `CertFile = ${tls.certificate}`,
        `KeyFile = ${tls.key}`,
        `Ports = ${port}`,
      ]),
      "",
    ].join("\n"),
  args: (configFile) => ["--nodaemon", "--config", configFile],
};

const mosquitto: Peer = {
  name: "mosquitto",
  protocol: "mqtt",
  program: "/usr/sbin/mosquitto",
  version: { args: ["-h"], pattern: /mosquitto version (\S+)/ },
  configure: ({ port, tls }) =>
    [
      `listener ${port} 127.0.0.1`,
      "allow_anonymous true",
      "user root",
      "set_tcp_nodelay true",
      "max_queued_messages 0",
      "log_type error",
      ...(tls === undefined ? [] : [`certfile ${tls.certificate}`, `keyfile ${tls.key}`]),
      "",
    ].join("\n"),
  args: (configFile) => ["-c", configFile],
};

/** Keeps nothing. */
export const NATS: Peer = {
  name: "nats-server",
  protocol: "nats",
  program: "/usr/sbin/nats-server",
  version: { args: ["--version"], pattern: /v(\d\S*)/ },
  configure: ({ port, tls }) =>
    [
      `listen: "127.0.0.1:${port}"`,
      ...(tls === undefined
        ? []
        : [`tls { cert_file: "${tls.certificate}", key_file: "${tls.key}" }`]),
      "",
    ].join("\n"),
  args: (configFile) => ["-c", configFile],
};

/** Keeps what it was given before it says that it has it; 2.10 was the first to sync always. */
export const JETSTREAM: Peer = {
  ...NATS,
  name: "JetStream, sync always",
  program: Deno.env.get("NATS_SERVER") ?? NATS.program,
  configure: (site) =>
    `${NATS.configure(site)}jetstream { store_dir: "${site.folder}", sync_interval: always }\n`,
};

/** Says that it has a message, and writes all that it keeps every half hour. */
export const SURE_MOSQUITTO: Peer = {
  ...mosquitto,
  name: "mosquitto, QoS 1 (not durable)",
  configure: (site) =>
    `${
      mosquitto.configure(site)
    }persistence true\npersistence_location ${site.folder}/\nmax_inflight_messages 0\n`,
};

export const PEERS: readonly Peer[] = [ngircd, mosquitto, NATS];
