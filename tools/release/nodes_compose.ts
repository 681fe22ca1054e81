/** Three nodes of one server with their PostgreSQL and NATS, as `docker compose` starts them. Pure: a text out of the table of facts. */

import { FACTS, type Facts } from "./facts.ts";

const NODES: readonly string[] = ["one", "two", "three"];
/** Where the nodes find what `docs/nodes.md` has one make beside this file. */
const SECRETS = "/run/heliograph";
const SPOOL = "/var/spool/heliograph";

/** `packaging/compose-nodes.yaml`. */
export function nodesComposeFile(facts: Facts = FACTS): string {
  return [
    '# Made by `deno task generate` out of tools/release. How it is started is in docs/nodes.md, "Three nodes".',
    "services:",
    ...NODES.flatMap((name, index) => node(name, facts.port + index, facts)),
    "  db:",
    "    image: docker.io/library/postgres:17",
    "    restart: unless-stopped",
    "    volumes:",
    "      - db:/var/lib/postgresql/data",
    `      - ./secrets/store.password:${SECRETS}/store.password:ro`,
    "    environment:",
    "      POSTGRES_USER: heliograph",
    "      POSTGRES_DB: heliograph",
    `      POSTGRES_PASSWORD_FILE: ${SECRETS}/store.password`,
    "    stop_grace_period: 60s",
    "    healthcheck:",
    '      test: ["CMD", "pg_isready", "--username=heliograph"]',
    "      interval: 5s",
    "      timeout: 5s",
    "      retries: 12",
    "  nats:",
    "    image: docker.io/library/nats:2",
    "    restart: unless-stopped",
    '    command: ["--config", "/etc/nats/nats.conf"]',
    "    volumes:",
    "      - ./nats.conf:/etc/nats/nats.conf:ro",
    "volumes:",
    "  db:",
    ...NODES.map((name) => `  ${name}:`),
    "",
  ].join("\n");
}

function node(name: string, port: number, facts: Facts): string[] {
  return [
    `  ${name}:`,
    `    image: ${facts.image}:${facts.version}`,
    "    restart: unless-stopped",
    "    depends_on:",
    "      db: { condition: service_healthy }",
    "      nats: { condition: service_started }",
    "    ports:",
    `      - "${port}:${facts.port}/tcp"`,
    `      - "${port}:${facts.port}/udp"`,
    "    volumes:",
    `      - ${name}:/var/lib/heliograph`,
    `      - ./spool:${SPOOL}`,
    `      - ./secrets:${SECRETS}:ro`,
    "      - ./videos:/srv/videos:ro",
    "    environment:",
    `      HELIOGRAPH_PUBLIC_ADDRESS: "chat.example.org:${port}"`,
    "      # Unencrypted, as this network is the compose file's own: across machines without sslmode=disable, and tls:// for nats://.",
    "      HELIOGRAPH_STORE: postgres://heliograph@db/heliograph?sslmode=disable",
    `      HELIOGRAPH_STORE_PASSWORD_FILE: ${SECRETS}/store.password`,
    "      HELIOGRAPH_BUS: nats://heliograph@nats",
    `      HELIOGRAPH_BUS_PASSWORD_FILE: ${SECRETS}/bus.password`,
    `      HELIOGRAPH_SPOOL: ${SPOOL}`,
    `      HELIOGRAPH_NODE: ${name}`,
    "    read_only: true",
    "    tmpfs: [/tmp]",
    "    cap_drop: [ALL]",
    "    stop_grace_period: 20s",
    "    healthcheck:",
    '      test: ["CMD", "heliograph-server", "status"]',
    "      interval: 30s",
    "      timeout: 10s",
    "      start_period: 20s",
  ];
}
