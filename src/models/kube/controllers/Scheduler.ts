/**
 * The scheduler: binds each waiting pod to a ready node that takes it, where
 * the fewest pods of the same controller run. Resources, affinity and
 * preemption are not looked at.
 */
import { seconds } from "../../../domain/kube/Body.ts"
import * as Kinds from "../../../domain/kube/Object.ts"
import { type BuiltIn, type Move, textOf, update, type View } from "./BuiltIn.ts"
import {
  conditionOf,
  controllerOf,
  isFinished,
  isTerminating,
  isTrue,
  nameOf,
  namespaceOf,
  type Node,
  type Pod,
  type Taint,
  type Toleration,
  uidOf,
  withCondition
} from "./Shapes.ts"

const tolerates = (taint: Taint, { effect, key, operator = "Equal", value = "" }: Toleration): boolean =>
  (!effect || effect === taint.effect) &&
  (!key || key === taint.key) &&
  (operator === "Exists" || (Boolean(key) && value === (taint.value ?? "")))

const takes = (node: Node, pod: Pod): boolean =>
  isTrue(node.status?.conditions, "Ready") &&
  !isTerminating(node) &&
  node.spec?.unschedulable !== true &&
  (node.spec?.taints ?? []).every(
    (taint) => taint.effect === "PreferNoSchedule" || (pod.spec.tolerations ?? []).some((one) => tolerates(taint, one))
  ) &&
  Object.entries(pod.spec.nodeSelector ?? {}).every(([name, value]) => node.metadata.labels?.[name] === value)

const siblings = (pods: ReadonlyArray<Pod>, node: Node, pod: Pod): number =>
  pods.filter(
    (other) =>
      other.spec.nodeName === nameOf(node) &&
      namespaceOf(other) === namespaceOf(pod) &&
      controllerOf(other)?.uid === controllerOf(pod)?.uid
  ).length

const chosen = (view: View, pod: Pod): Node | undefined => {
  const bound = view.list<Pod>(Kinds.Pod).filter((other) => other.spec.nodeName && !isFinished(other))
  const load = (node: Node) => bound.filter((other) => other.spec.nodeName === nameOf(node)).length
  return view
    .list<Node>(Kinds.Node)
    .filter((node) => takes(node, pod))
    .map((node) => [node, siblings(bound, node, pod), load(node)] as const)
    .sort(
      (left, right) => left[1] - right[1] || left[2] - right[2] || (nameOf(left[0]) < nameOf(right[0]) ? -1 : 1)
    )[0]?.[0]
}

const binding = (pod: Pod, node: Node): Move => ({
  key: `bind ${textOf(Kinds.Pod, pod)}`,
  request: {
    verb: "create",
    group: "",
    version: "v1",
    resource: "pods",
    namespace: namespaceOf(pod),
    name: nameOf(pod),
    subresource: "binding",
    query: { fieldManager: "kube-scheduler" },
    body: {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: nameOf(pod), namespace: namespaceOf(pod), uid: uidOf(pod) },
      target: { kind: "Node", name: nameOf(node) }
    }
  }
})

const unschedulable = (pod: Pod, nodes: number, nowMillis: number): ReadonlyArray<Move> => {
  const old = conditionOf(pod.status?.conditions, "PodScheduled")
  const message = `0/${nodes} nodes are available`
  if (old?.status === "False" && old.message === message) return []
  const conditions = withCondition(pod.status?.conditions, {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message,
    lastProbeTime: null,
    lastTransitionTime: seconds(nowMillis)
  })
  return [update(Kinds.Pod, { ...pod, status: { ...pod.status, conditions } }, "status", "kube-scheduler")]
}

const isWaiting = (pod: Pod): boolean =>
  !pod.spec.nodeName &&
  !isTerminating(pod) &&
  !isFinished(pod) &&
  (pod.spec.schedulingGates ?? []).length === 0 &&
  (pod.spec.schedulerName ?? "default-scheduler") === "default-scheduler"

export const scheduler: BuiltIn = {
  name: "scheduler",
  moves: (view, nowMillis) =>
    view
      .list<Pod>(Kinds.Pod)
      .filter(isWaiting)
      .flatMap((pod) => {
        const node = chosen(view, pod)
        return node === undefined ? unschedulable(pod, view.list(Kinds.Node).length, nowMillis) : [binding(pod, node)]
      })
}
