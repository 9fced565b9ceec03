/**
 * What waits for a time in the world, as actions that happen sooner or later:
 * no reading of a clock is in a state, and none of them leaves one there.
 */
import type { Action, Outcome, Read } from "../../domain/check/System.ts"
import { viewOf } from "../kube/controllers/BuiltIn.ts"
import type { Action as ContainerAction } from "../kube/controllers/Containers.ts"
import * as Kubelet from "../kube/controllers/Kubelet.ts"
import { nameOf, type Pod } from "../kube/controllers/Shapes.ts"
import type { Names } from "../Names.ts"
import * as Faults from "../valkey/Faults.ts"
import type { Node, State as Nodes } from "../valkey/Node.ts"
import type { World } from "../World.ts"
import * as Cells from "../world/Cells.ts"
import { addressOf, nowMillis } from "./OpaqueNames.ts"
import { type Parts, worldOf } from "./Parts.ts"
import { changed } from "./Step.ts"

type Change = (world: World, names: Names) => World

const outcome = (read: Read<Parts>, key: string, says: string, change: Change): Outcome<Parts> => ({
  key,
  says,
  set: changed(read, change)
})

/** What kubelets want once every wait is over. */
const wanted = (world: World): ReadonlyArray<ContainerAction> =>
  Kubelet.actions(
    viewOf(world.api),
    { containers: Cells.containersOf(world, nowMillis), backoffMillis: () => 0 },
    nowMillis
  )

const hostOf = (pod: Pod): string => pod.status?.podIP ?? addressOf(pod.metadata.uid ?? "") ?? "10.244.0.1"

/** The start before this one ended at no time that anybody could tell. */
const restart: Action<Parts> = {
  name: "kubelet: starts a container again",
  fairness: "weak",
  *outcomes(read) {
    for (const action of wanted(worldOf(read))) {
      if (action._tag !== "Start" || action.restarts === 0) continue
      const pod = nameOf(action.pod)
      const again = outcome(read, pod, `the server of ${pod} is started again`, (world, names) => ({
        ...world,
        ...Cells.start(world, viewOf(world.api), action, hostOf(action.pod), names)
      }))
      if (Object.keys(again.set).length > 0) yield again
    }
  }
}

/** A frozen server does not see SIGTERM; SIGKILL comes when the grace period is over. */
const graceEnds: Action<Parts> = {
  name: "kubelet: ends a pod whose grace is over",
  fairness: "weak",
  *outcomes(read) {
    for (const action of wanted(worldOf(read))) {
      if (action._tag !== "Stop") continue
      const pod = nameOf(action.pod)
      yield outcome(read, pod, `${pod} is killed: its grace period is over`, (world) => ({
        ...world,
        ...Cells.stop(world, { ...action, sinceMillis: Number.NEGATIVE_INFINITY }, nowMillis)
      }))
    }
  }
}

/** By how much a silence is older once a probe has noticed it; what no probe notices is as if it had just begun. */
const probes: ReadonlyArray<readonly [from: number, to: number, says: string]> = [
  [nowMillis, nowMillis - Cells.unreadyAfterMillis, "is not ready: it does not answer probes"],
  [nowMillis - Cells.unreadyAfterMillis, nowMillis - Cells.killedAfterMillis, "is killed: it does not answer probes"]
]

const probeFails: Action<Parts> = {
  name: "kubelet: a probe fails",
  fairness: "weak",
  *outcomes(read) {
    for (const [key, cell] of Object.entries(read("cells"))) {
      const stage = probes.find(([from]) => cell.silentSince === from)
      if (stage === undefined) continue
      const [, silentSince, says] = stage
      yield {
        key: cell.pod.name,
        says: `${cell.pod.name} ${says}`,
        set: { cells: { ...read("cells"), [key]: { ...cell, silentSince } } }
      }
    }
  }
}

/** Past `min-replicas-max-lag`, and past `repl-timeout`: the two ages of a silent link that anybody reads. */
const ages = [11, 60]

const ageless = (node: Node): Node => {
  const { following } = node
  const isOld = following !== undefined && following.link.state === "connect" && following.downSeconds > 0
  return isOld ? { ...node, following: { ...following, downSeconds: 0 } } : node
}

/** How long a link is down is read by nobody. */
const withoutAges = (nodes: Nodes): Nodes => ({
  ...nodes,
  nodes: Object.fromEntries(Object.entries(nodes.nodes).map(([id, node]) => [id, ageless(node)]))
})

const oldest = ({ attached, following, phase }: Node): ReadonlyArray<number> =>
  phase === "running" ? [...attached.map(({ ageSeconds }) => ageSeconds), following?.silentSeconds ?? 0] : []

const aged = (nodes: Nodes, seconds: number): Nodes => {
  let now = nodes
  for (let second = 0; second < seconds; second++) now = Faults.tick(now)
  return withoutAges(now)
}

const isSame = (before: Nodes, after: Nodes): boolean =>
  Object.entries(after.nodes).every(([id, node]) => {
    const was = before.nodes[id]!
    return (
      node === was ||
      (node.attached === was.attached &&
        node.following?.link === was.following?.link &&
        node.following?.silentSeconds === was.following?.silentSeconds)
    )
  })

/** Links on which nothing is heard count as lagging, and then as broken. */
const linksAge: Action<Parts> = {
  name: "network: silent links grow old",
  fairness: "weak",
  *outcomes(read) {
    const nodes = read("valkey")
    const now = Math.max(0, ...Object.values(nodes.nodes).flatMap(oldest))
    const age = ages.find((one) => one > now)
    if (age === undefined) return
    const after = aged(nodes, age - now)
    if (!isSame(nodes, after)) yield { key: "", says: `links have been silent for ${age} s`, set: { valkey: after } }
  }
}

export const times: ReadonlyArray<Action<Parts>> = [restart, graceEnds, probeFails, linksAge]
