/**
 * What a person sees of a local cluster, as lines of text: a function of what
 * is known.
 */
import type { Cluster } from "../domain/valkey/Cluster.ts"
import type { Facts } from "../domain/valkey/Facts.ts"
import type { Measured } from "./Failovers.ts"
import type { Address } from "./ServiceProxy.ts"
import type { Gap } from "./Writer.ts"

export interface Row {
  readonly pod: string
  readonly address: string | undefined
  readonly isReady: boolean
  readonly restarts: number
  readonly facts: Facts | undefined
}

export interface Happening {
  /** `11:30:53`. */
  readonly time: string
  readonly text: string
}

export interface Shown {
  readonly cluster: Cluster | undefined
  readonly rows: ReadonlyArray<Row>
  readonly service: Address | undefined
  /** Addresses that new connections go to. */
  readonly targets: ReadonlyArray<string>
  /** The newest last. */
  readonly events: ReadonlyArray<Happening>
  readonly failovers: ReadonlyArray<Measured>
  readonly log: ReadonlyArray<string>
  readonly writes: number
  readonly lastGap: Gap | undefined
  readonly longestGap: Gap | undefined
  readonly nowMillis: number
  readonly nodes: "valkey-server" | "embedded"
  readonly kubeconfig: string
  /** Undefined until the cluster is Ready. */
  readonly readyMs: number | undefined
}

export const seconds = (millis: number): string => `${(millis / 1000).toFixed(millis < 10_000 ? 1 : 0)} s`

const amount = (bytes: number): string => {
  if (bytes < 1024) return `${bytes} bytes`
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}

/** What stands for the servers, and how to get real ones. */
export const nodesText = (nodes: Shown["nodes"]): string =>
  nodes === "embedded"
    ? "embedded (the node model in this process; for real valkey-server processes run: npm run servers)"
    : "valkey-server processes"

const table = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = rows.reduce<ReadonlyArray<number>>(
    (known, row) => row.map((cell, index) => Math.max(known[index] ?? 0, cell.length)),
    []
  )
  return rows.map((row) => `  ${row.map((cell, index) => cell.padEnd(widths[index]!)).join("   ")}`.trimEnd())
}

const linkText = ({ facts }: Row, rows: ReadonlyArray<Row>): string => {
  if (facts === undefined) return "-"
  if (facts.following === undefined) return `${facts.replicas.length} attached`
  const { host, linkUp, syncing } = facts.following
  if (host === "127.0.0.1") return "follows nobody yet"
  const followed = rows.find(({ address }) => address === host)
  const state = linkUp ? `${Math.max(0, (followed?.facts?.offset ?? 0) - facts.offset)} bytes behind` : "link down"
  return `${syncing ? "copies all of" : "follows"} ${followed?.pod ?? host}, ${state}`
}

const podLines = (rows: ReadonlyArray<Row>): ReadonlyArray<string> =>
  table([
    ["POD", "ADDRESS", "ROLE", "READY", "RESTARTS", "OFFSET", "REPLICATION"],
    ...rows.map((row) => [
      row.pod,
      row.address ?? "-",
      row.facts?.role ?? "no answer",
      row.isReady ? "yes" : "no",
      String(row.restarts),
      row.facts === undefined ? "-" : String(row.facts.offset),
      linkText(row, rows)
    ])
  ])

const bound = ({ lossBytes, lossMillis }: Measured): string =>
  lossBytes < 0 || lossMillis < 0
    ? "any number"
    : lossBytes === 0
      ? "none"
      : `at most ${amount(lossBytes)} of the last ${seconds(lossMillis)}`

/** One failover in one line. */
export const failoverText = (one: Measured): string =>
  `epoch ${one.epoch}: ${one.from ?? "nobody"} -> ${one.to}, no write for ${one.gapMs} ms, ` +
  `${one.lostWrites} acknowledged writes lost (declared: ${bound(one)}${one.withinBound ? "" : "; NOT KEPT"})`

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : ["", title, ...lines]

const headLines = ({ kubeconfig, nodes, readyMs }: Shown): ReadonlyArray<string> => [
  `gungnir local   ${readyMs === undefined ? "starting" : `ready after ${seconds(readyMs)}`}   Ctrl-C ends it`,
  `nodes    ${nodesText(nodes)}`,
  `kubectl  export KUBECONFIG=${kubeconfig}`
]

const gapText = ({ lastGap, longestGap, nowMillis }: Shown): string =>
  lastGap === undefined || longestGap === undefined
    ? "no gap so far"
    : `last gap ${lastGap.millis} ms (${seconds(nowMillis - lastGap.endedMillis)} ago), longest ${longestGap.millis} ms`

const clusterLines = (shown: Shown): ReadonlyArray<string> => {
  const { cluster, rows, service, targets, writes } = shown
  const status = cluster?.status
  const pods = targets.map((host) => rows.find(({ address }) => address === host)?.pod ?? host)
  return [
    `cluster  ${cluster?.metadata.name ?? "-"}: ${status?.phase ?? "Creating"}, epoch ${status?.epoch ?? 0}`,
    `service  ${service === undefined ? "-" : `${service.host}:${service.port}`} -> ${pods.join(", ") || "nobody"}`,
    `writes   ${writes} acknowledged, ${gapText(shown)}`
  ]
}

export const render = (shown: Shown): ReadonlyArray<string> => [
  ...headLines(shown),
  "",
  ...clusterLines(shown),
  "",
  ...podLines(shown.rows),
  ...section(
    "Failovers",
    shown.failovers.slice(-5).map((one) => `  ${failoverText(one)}`)
  ),
  ...section(
    "Events",
    shown.events.slice(-6).map(({ text, time }) => `  ${time}  ${text}`)
  ),
  ...section(
    "Log",
    shown.log.slice(-4).map((line) => `  ${line}`)
  )
]
