/**
 * The closed models in which mutants are looked for, by name: the shipped ones,
 * and small variations of them for what those do not have.
 */
import type { Action, Property } from "../../src/domain/check/System.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import * as Cluster from "../../src/domain/valkey/Cluster.ts"
import { label } from "../../src/domain/valkey/Labels.ts"
import { names } from "../../src/domain/valkey/resources/Metadata.ts"
import { statefulSet } from "../../src/domain/valkey/resources/StatefulSet.ts"
import { acceptsWrites, isRecorded, leads } from "../../src/laws/valkey/ClusterView.ts"
import * as Election from "../../src/laws/valkey/models/Election.ts"
import * as Resources from "../../src/laws/valkey/models/Resources.ts"
import * as Scene from "../../src/laws/valkey/models/Scene.ts"
import * as Sentinel from "../../src/laws/valkey/models/Sentinel.ts"
import type { Model } from "../../src/models/closed/Model.ts"
import type { Parts } from "../../src/models/closed/Parts.ts"
import { creates, edits, targetIn, type Target } from "../../src/models/closed/Users.ts"

type Budgets = Readonly<Record<string, number>>

export type Make = (name: string, budgets: Budgets) => Model

const sentinel: Make = (name, budgets) => Sentinel.model(name, budgets)

const ofPods =
  (replicas: number): Make =>
  (name, budgets) =>
    Sentinel.model(name, budgets, { spec: { replicas } })

const extended = (
  make: Make,
  { actions = [], properties = [] }: Partial<Pick<Model, "actions" | "properties">>
): Make => {
  return (name, budgets) => {
    const model = make(name, budgets)
    return {
      ...model,
      actions: [...(model.actions ?? []), ...actions],
      properties: [...model.properties, ...properties]
    }
  }
}

/** For models in which nothing happens to servers, and in which the operator is the one that hears nothing. */
const nobodyIsReplaced: Property<Parts> = {
  _tag: "Always",
  name: "nobody who serves is replaced",
  holds: (read) => Scene.viewIn(read)?.cluster.status.failover?.kind !== "Unplanned"
}

const whoLeadsServes: Property<Parts> = {
  _tag: "Always",
  name: "a recorded primary that leads accepts writes, alone as well",
  holds: (read) => {
    const view = Scene.viewIn(read)
    const { failover, primary } = view?.cluster.status ?? {}
    const leader = view?.servers.find(isRecorded(primary))
    if (failover !== undefined || leader === undefined || !leads(leader) || leader.node?.loading === true) return true
    return leader.node?.phase !== "running" || acceptsWrites(leader)
  }
}

const at = (resource: Kinds.Resource, name: string): Target => ({ ...Scene.key, resource, name })

const labels = { [label.name]: "valkey", [label.instance]: Scene.key.name }

/** A server of somebody else, which only looks like ours. */
const stranger = (): Action<Parts> => {
  const decoded = Cluster.decode({
    ...Scene.cluster({ replicas: 3 }),
    metadata: { ...Scene.key, uid: "none", resourceVersion: "0" }
  })
  if (decoded._tag === "Failure") throw new Error("the cluster of the scene is none")
  const { spec } = statefulSet(decoded.value).spec.template as { readonly spec: unknown }
  const name = `${Scene.key.name}-7`
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { namespace: Scene.key.namespace, name, labels }, spec }
  return creates("foreign", at(Kinds.Pod, name), pod)
}

const reroute = edits(
  "reroute",
  [
    {
      ...at(Kinds.Service, names(Scene.key).clientService),
      says: "to demo-2",
      patch: { spec: { selector: { [label.podName]: `${Scene.key.name}-2` } } }
    }
  ],
  "another"
)

/** Of which the volumes cannot be had. */
const enlarge = edits("enlarge", [
  { ...Scene.itself, says: "larger volumes", patch: { spec: { persistence: { storageSize: "2Gi" } } } },
  { ...Scene.itself, says: "five replicas", patch: { spec: { replicas: 5 } } }
])

const replicasOf = (object: Kinds.KubeObject | undefined): unknown => Kinds.field(object, "spec", "replicas")

const asManyPodsAsAsked: Property<Parts> = {
  _tag: "Stabilizes",
  name: "there are as many pods as asked for, whatever else cannot be had",
  premise: (read) => targetIn(read, Scene.itself) !== undefined,
  goal: (read) =>
    replicasOf(targetIn(read, at(Kinds.StatefulSet, Scene.key.name))) === replicasOf(targetIn(read, Scene.itself))
}

export const models: Readonly<Record<string, Make>> = {
  Election: (name, budgets) => Election.model(name, budgets),
  Enlarged: extended((name, budgets) => Resources.model(name, budgets), {
    actions: [enlarge],
    properties: [asManyPodsAsAsked]
  }),
  OfOne: extended(ofPods(1), { properties: [nobodyIsReplaced] }),
  OfTwo: extended(ofPods(2), { properties: [whoLeadsServes] }),
  Rerouted: extended(sentinel, { actions: [reroute] }),
  Resources: (name, budgets) => Resources.model(name, budgets),
  Sentinel: sentinel,
  Stranger: extended(sentinel, { actions: [stranger()] }),
  Untroubled: extended(sentinel, { properties: [nobodyIsReplaced] })
}
