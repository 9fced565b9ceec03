/**
 * What a person sees of a local cluster, as text: drawn anew each time, by a
 * function of what is known.
 */
import type { Cluster } from "../domain/valkey/Cluster.ts"
import type { Facts } from "../domain/valkey/Facts.ts"
import type { Measured } from "./Failovers.ts"
import type { Address } from "./ServiceProxy.ts"

export interface Row {
  readonly pod: string
  readonly isReady: boolean
  readonly facts: Facts | undefined
}

export interface Shown {
  readonly cluster: Cluster | undefined
  readonly rows: ReadonlyArray<Row>
  readonly service: Address | undefined
  readonly target: string | undefined
  readonly events: ReadonlyArray<string>
  readonly writes: number
  readonly lastGapMs: number
  readonly failovers: ReadonlyArray<Measured>
  readonly nodes: string
  readonly kubeconfig: string
}

const cell = (text: string, width: number): string => text.padEnd(width).slice(0, width)

const row = ({ facts, isReady, pod }: Row): string =>
  `  ${cell(pod, 16)}${cell(facts === undefined ? "-" : facts.role, 10)}${cell(isReady ? "ready" : "not ready", 11)}` +
  cell(facts === undefined ? "-" : String(facts.offset), 12) +
  (facts?.following === undefined ? "" : `follows ${facts.following.host} (${facts.following.linkUp ? "up" : "down"})`)

const failover = ({ epoch, from, gapMs, lostWrites, to, withinBound }: Measured): string =>
  `  epoch ${epoch}: ${from} -> ${to}, gap ${gapMs} ms, ${lostWrites} acknowledged writes lost` +
  (withinBound ? " (within the declared bound)" : " (OUTSIDE the declared bound)")

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : ["", title, ...lines]

export const render = (shown: Shown): string => {
  const { cluster, service } = shown
  const status = cluster?.status
  return [
    `${cluster?.metadata.name ?? "-"}  ${status?.phase ?? "Creating"}  epoch ${status?.epoch ?? 0}` +
      `  nodes: ${shown.nodes}  KUBECONFIG=${shown.kubeconfig}`,
    `Service ${service === undefined ? "-" : `${service.host}:${service.port}`} -> ${shown.target ?? "nobody"}` +
      `  writes ${shown.writes}  last gap ${shown.lastGapMs} ms`,
    "",
    `  ${cell("POD", 16)}${cell("ROLE", 10)}${cell("READY", 11)}${cell("OFFSET", 12)}`,
    ...shown.rows.map(row),
    ...section("Failovers", shown.failovers.slice(-5).map(failover)),
    ...section(
      "Events",
      shown.events.slice(-5).map((event) => `  ${event}`)
    )
  ].join("\n")
}
