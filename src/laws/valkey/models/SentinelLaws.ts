/**
 * What `Sentinel` is for, of one cluster, as properties of a closed model: safe
 * in every state and step, and in the end one primary that everybody follows.
 */
import { leadsTo, stabilizes, step } from "../../../domain/check/Properties.ts"
import type { Property, Read } from "../../../domain/check/System.ts"
import type { Key } from "../../../domain/Controller.ts"
import * as Kinds from "../../../domain/kube/Object.ts"
import * as Cluster from "../../../domain/valkey/Cluster.ts"
import { sentinelManager } from "../../../domain/valkey/Settings.ts"
import type { RequestLaw } from "../../../models/closed/Carried.ts"
import { missingIn } from "../../../models/closed/Clients.ts"
import type { Parts } from "../../../models/closed/Parts.ts"
import { answerLaws } from "../../kube/Answers.ts"
import * as Requests from "../../kube/Requests.ts"
import { storeLaws } from "../../kube/Store.ts"
import type { Disk } from "../../../models/valkey/Node.ts"
import { type ClusterView, isRecorded, isRunning, leads } from "../ClusterView.ts"
import { isWhole } from "../Invariants.ts"
import { pairs } from "../Steps.ts"
import { passesEnd } from "../../kube/Passes.ts"
import * as Scene from "./Scene.ts"
import * as Ten from "./Ten.ts"

/** The process on record is gone, whoever knows. */
const isLeaderless = ({ cluster, servers }: ClusterView): boolean => {
  const { primary } = cluster.status
  return primary !== undefined && !servers.some((server) => isRecorded(primary)(server) && isRunning(server))
}

export const whole = (read: Read<Parts>, at: Key = Scene.key): boolean => {
  const view = Scene.viewIn(read, at)
  return view !== undefined && isWhole(view)
}

/** Of what was acknowledged nothing is missing where the cluster is whole, unless a failover has declared a loss. */
const lossIsDeclared: Property<Parts> = {
  _tag: "Always",
  name: "what was acknowledged is there, or its loss was declared",
  holds: (read) => {
    if (read("clients").acknowledged.length === 0) return true
    const view = Scene.viewIn(read)
    const { lastFailover, primary } = view?.cluster.status ?? {}
    const leader = view?.servers.find(isRecorded(primary))?.node
    if (leader === undefined || !whole(read) || leader.loading) return true
    return missingIn(read, leader).length === 0 || (lastFailover !== undefined && lastFailover.lossBytes !== 0)
  }
}

const holdsData = ({ aof, rdb }: Disk): boolean => (aof?.count ?? 0) > 0 || (rdb?.data.count ?? 0) > 0

/** inv-I3 of volumes: nobody who is empty, and does not continue the history on record, leads while one of no process has data. */
const volumesAreHeard: Property<Parts> = step("no volume with data is passed over", (before, after) => {
  const [was, is] = [Scene.viewIn(before), Scene.viewIn(after)]
  if (was === undefined || is === undefined || was.servers === is.servers) return true
  const promoted = pairs(was, is).find(([one, now]) => !leads(one) && leads(now))?.[0].node
  if (promoted === undefined || promoted.data.count > 0) return true
  const { parent, replid } = was.cluster.status.primary ?? {}
  return [replid, parent?.replid].includes(promoted.replid) || !Object.values(before("disks")).some(holdsData)
})

/** A pod that nobody would call alive. */
const hasFailed = ({ servers }: ClusterView, pod: string): boolean =>
  servers.some((server) => server.pod === pod && server.node?.phase !== "running")

const isDetected = ({ cluster: { status } }: ClusterView, pod: string): boolean => {
  const { failover, nodeStatuses } = status
  return failover?.from?.pod === pod || nodeStatuses.every(({ healthy, podName }) => podName !== pod || !healthy)
}

/** `gungnir:8.5`: of every pod; one that has come back before anybody looked needs no detection. */
const failedNodeDetected = (at: Key, pods: number): ReadonlyArray<Property<Parts>> =>
  Array.from({ length: pods }, (_, ordinal) => `${at.name}-${ordinal}`).map((pod) =>
    leadsTo(
      `failedNodeDetected ${pod}${Scene.whereOf(at)}`,
      (read) => {
        const view = Scene.viewIn(read, at)
        return view !== undefined && hasFailed(view, pod)
      },
      (read) => {
        const view = Scene.viewIn(read, at)
        return view === undefined || !hasFailed(view, pod) || isDetected(view, pod)
      }
    )
  )

/** Classes after which a pod is there whose server answers nobody: a deleted one is at once another one that does. */
const mute: ReadonlyArray<string> = ["kill", "freeze", "empty", "outage", "wipe", "stranger", "strand"]

const strikes = (budgets: Of["budgets"], classes: ReadonlyArray<string>): boolean =>
  classes.some((name) => (budgets[name] ?? 0) > 0)

/** `gungnir:8.5`: a primary that is gone is replaced. */
const failedMasterReplaced = (at: Key): Property<Parts> =>
  leadsTo(
    `failedMasterReplaced${Scene.whereOf(at)}`,
    (read) => {
      const view = Scene.viewIn(read, at)
      return view !== undefined && isLeaderless(view)
    },
    (read) => {
      const view = Scene.viewIn(read, at)
      return view === undefined || !isLeaderless(view)
    }
  )

/** Of failures, where there are any: what is said of none would say nothing. */
const failures = (at: Key, { budgets, pods }: Of): ReadonlyArray<Property<Parts>> => [
  ...(strikes(budgets, [...mute, "deletePod"]) ? [failedMasterReplaced(at)] : []),
  ...(strikes(budgets, mute) ? failedNodeDetected(at, pods) : [])
]

/** inv-I12 and `gungnir:8.5`: strong ESR. */
const live = (at: Key): ReadonlyArray<Property<Parts>> => [
  stabilizes(
    `a cluster that is desired becomes whole, and stays so${Scene.whereOf(at)}`,
    (read) => Scene.viewIn(read, at) !== undefined,
    (read) => whole(read, at)
  ),
  // Re-reconciliation: what is said is said of the spec as it is now.
  leadsTo(
    `every spec is looked at${Scene.whereOf(at)}`,
    (read) => {
      const metadata = Scene.viewIn(read, at)?.cluster
      return metadata !== undefined && metadata.metadata.generation !== metadata.status.observedGeneration
    },
    (read) => {
      const cluster = Scene.viewIn(read, at)?.cluster
      return cluster === undefined || cluster.metadata.generation === cluster.status.observedGeneration
    }
  )
]

export interface Of {
  readonly keys?: ReadonlyArray<Key>
  readonly pods: number
  /** What may go wrong, and how often. */
  readonly budgets: Readonly<Record<string, number>>
  readonly processes?: ReadonlyArray<string>
}

export const properties = (of: Of): ReadonlyArray<Property<Parts>> => {
  const { keys = [Scene.key], processes = ["operator"] } = of
  return [
    ...keys.flatMap((at) => [...Scene.invariantsAt(at), ...Scene.stepLawsAt(at), ...live(at), ...failures(at, of)]),
    ...(keys.length === 1 ? [lossIsDeclared, volumesAreHeard, ...Ten.upstream] : []),
    ...storeLaws,
    ...processes.flatMap((process) => keys.map((at) => passesEnd(process, sentinelManager, at)))
  ]
}

/** The record, where clients are led, and what is told: whoever comes after an operator writes these as well. */
const shared = [Cluster.resource, Kinds.Service, Kinds.ConfigMap]

/** Objects of people are nobody's to write. */
const own = [...shared, Kinds.CoreEvent]

export const requests: ReadonlyArray<RequestLaw<Parts>> = [
  ...answerLaws,
  Requests.writesOnly(sentinelManager, own),
  Requests.namesItsTargets(sentinelManager),
  Requests.namesItsVersions(sentinelManager, shared)
]
