/**
 * The closed models in which mutants are looked for, by name: the shipped ones,
 * and small variations of them for what those do not have.
 */
import type { Action, Components, Property, Read } from "../../src/domain/check/System.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import { ContentType } from "../../src/domain/kube/Wire.ts"
import * as Cluster from "../../src/domain/valkey/Cluster.ts"
import { label } from "../../src/domain/valkey/Labels.ts"
import { names } from "../../src/domain/valkey/resources/Metadata.ts"
import { statefulSet } from "../../src/domain/valkey/resources/StatefulSet.ts"
import { resourcesManager } from "../../src/domain/valkey/Settings.ts"
import { acceptsWrites, isRecorded, leads } from "../../src/laws/valkey/ClusterView.ts"
import * as Election from "../../src/laws/valkey/models/Election.ts"
import * as Namespaces from "../../src/laws/valkey/models/Namespaces.ts"
import * as Resources from "../../src/laws/valkey/models/Resources.ts"
import * as Scene from "../../src/laws/valkey/models/Scene.ts"
import * as Sentinel from "../../src/laws/valkey/models/Sentinel.ts"
import type { Model } from "../../src/models/closed/Model.ts"
import type { Parts } from "../../src/models/closed/Parts.ts"
import { changed } from "../../src/models/closed/Step.ts"
import { type Asked, creates, edits, targetIn, type Target, user } from "../../src/models/closed/Users.ts"
import { handle } from "../../src/models/kube/api/Server.ts"

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

const ask = (says: string, patch: object, subresource?: string): Asked => ({
  key: says,
  says,
  request: {
    verb: "patch",
    group: Cluster.resource.group,
    version: Cluster.resource.version,
    resource: Cluster.resource.plural,
    ...Scene.key,
    ...(subresource === undefined ? {} : { subresource }),
    query: { fieldManager: "user" },
    contentType: ContentType.merge,
    body: patch
  }
})

const grow = user("somebody edits an object", "grow", () => [ask("five replicas", { spec: { replicas: 5 } })])

const fifth = `${Scene.key.name}-4`

const isAtRest = (read: Read<Parts>): boolean =>
  // A component of the process, which is a record by key.
  Object.keys((read as Read<Components>)(`operator/passes of ${resourcesManager}`) as object).length === 0

/** The primary is on the last of five pods, and now three are asked for: only with no pass under way, which could have looked before. */
const move: Action<Parts> = {
  name: "the primary moves, and its ordinal is to go",
  fairness: { budget: "move" },
  *outcomes(read) {
    const pods = replicasOf(targetIn(read, at(Kinds.StatefulSet, Scene.key.name)))
    if (pods !== 5 || !isAtRest(read)) return
    const primary = { pod: fifth, uid: "u", runId: "r", address: "10.0.0.9", replid: "h" }
    const requests = [
      ask("it leads", { status: { epoch: 1, primary, masterPod: fifth } }, "status"),
      ask("three replicas", { spec: { replicas: 3 } })
    ]
    const set = changed(read, (world, names) => ({
      ...world,
      api: requests.reduce((api, { request }) => handle(api, request, names)[0], world.api)
    }))
    yield { key: "", set, says: `${fifth} leads, and three replicas are asked for` }
  }
}

/** failover:5.3 */
const keepsThePrimary: Property<Parts> = {
  _tag: "Always",
  name: "no pod is taken away whose ordinal the primary has",
  holds: (read) => {
    const primary = Kinds.field(targetIn(read, Scene.itself), "status", "primary", "pod")
    return primary !== fifth || replicasOf(targetIn(read, at(Kinds.StatefulSet, Scene.key.name))) === 5
  }
}

export const models: Readonly<Record<string, Make>> = {
  /** Of two pods, the second leads from the beginning: it alone has data. */
  BySecond: (name, budgets) => Sentinel.model(name, budgets, { pods: 2, holder: 1 }),
  Election: (name, budgets) => Election.model(name, budgets),
  Enlarged: extended((name, budgets) => Resources.model(name, budgets), {
    actions: [enlarge],
    properties: [asManyPodsAsAsked]
  }),
  Namespaces: (name, budgets) => Namespaces.model(name, budgets),
  OfOne: extended(ofPods(1), { properties: [nobodyIsReplaced] }),
  OfTwo: extended(ofPods(2), { properties: [whoLeadsServes] }),
  Rerouted: extended(sentinel, { actions: [reroute] }),
  Resources: (name, budgets) => Resources.model(name, budgets),
  Sentinel: sentinel,
  Shrunk: extended((name, budgets) => Resources.model(name, budgets), {
    actions: [grow, move],
    properties: [keepsThePrimary]
  }),
  Stranger: extended(sentinel, { actions: [stranger()] }),
  Untroubled: extended(sentinel, { properties: [nobodyIsReplaced] })
}
