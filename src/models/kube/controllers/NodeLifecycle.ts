/**
 * The taints that follow a node's Ready condition. Eviction from lost nodes is
 * not modelled: failover never waits for it.
 */
import { seconds } from "../../../domain/kube/Body.ts"
import * as Kinds from "../../../domain/kube/Object.ts"
import { type Move, overItems, update } from "./BuiltIn.ts"
import { conditionOf, type Node, type Taint } from "./Shapes.ts"

const notReady = "node.kubernetes.io/not-ready"
const unreachable = "node.kubernetes.io/unreachable"
const isOurs = ({ key }: Taint): boolean => key === notReady || key === unreachable

const wantedKey = ({ status }: Node): string | undefined => {
  const ready = conditionOf(status?.conditions, "Ready")?.status
  return ready === "True" ? undefined : ready === "Unknown" ? unreachable : notReady
}

const movesOf = (node: Node, nowMillis: number): ReadonlyArray<Move> => {
  const taints = node.spec?.taints ?? []
  const key = wantedKey(node)
  const isReported = conditionOf(node.status?.conditions, "Ready") !== undefined
  const isRight =
    key === undefined
      ? !taints.some(isOurs)
      : taints.some((taint) => taint.key === key) && taints.every((taint) => !isOurs(taint) || taint.key === key)
  if (isRight) return []
  // A node that never reported has the taint that admission gave it.
  const timeAdded = seconds(nowMillis)
  const effects = isReported ? ["NoSchedule", "NoExecute"] : ["NoSchedule"]
  const own = key === undefined ? [] : effects.map((effect) => ({ key, effect, timeAdded }))
  const next = [...taints.filter((taint) => !isOurs(taint)), ...own]
  return [update(Kinds.Node, { ...node, spec: { ...node.spec, taints: next } })]
}

export const nodeLifecycle = overItems<Node>("node-lifecycle", {
  items: (view) => view.list(Kinds.Node),
  moves: (_view, node, nowMillis) => movesOf(node, nowMillis)
})
