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
import * as Desired from "../../src/laws/valkey/models/Desired.ts"
import * as Election from "../../src/laws/valkey/models/Election.ts"
import * as Namespaces from "../../src/laws/valkey/models/Namespaces.ts"
import * as Resources from "../../src/laws/valkey/models/Resources.ts"
import * as Scene from "../../src/laws/valkey/models/Scene.ts"
import * as Sentinel from "../../src/laws/valkey/models/Sentinel.ts"
import type { RequestLaw } from "../../src/models/closed/Carried.ts"
import type { Model } from "../../src/models/closed/Model.ts"
import type { Parts } from "../../src/models/closed/Parts.ts"
import { changed } from "../../src/models/closed/Step.ts"
import { type Asked, creates, edits, targetIn, type Target, user } from "../../src/models/closed/Users.ts"
import { world } from "../../src/models/closed/World.ts"
import { handle } from "../../src/models/kube/api/Server.ts"

type Budgets = Readonly<Record<string, number>>

export type Make = (name: string, budgets: Budgets) => Model

const sentinel: Make = (name, budgets) => Sentinel.model(name, budgets)

const ofPods =
  (replicas: number): Make =>
  (name, budgets) =>
    Sentinel.model(name, budgets, { pods: replicas })

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

const strangerName = `${Scene.key.name}-7`

/** A server of somebody else, which only looks like ours: what another object controls no StatefulSet adopts. */
const stranger = (): Action<Parts> => {
  const decoded = Cluster.decode({
    ...Scene.cluster({ replicas: 3 }),
    metadata: { ...Scene.key, uid: "none", resourceVersion: "0" }
  })
  if (decoded._tag === "Failure") throw new Error("the cluster of the scene is none")
  // A builder of ours: the template of its pods has a spec with volumes.
  const { spec } = statefulSet(decoded.value).spec.template as {
    readonly spec: { readonly volumes: ReadonlyArray<object> }
  }
  // What a StatefulSet gives each pod of its own.
  const volumes = [...spec.volumes, { name: "data", emptyDir: {} }]
  const owner = at(Kinds.Service, names(Scene.key).headlessService)
  return user("somebody creates an object", "foreign", (read) => {
    const uid = targetIn(read, owner)?.metadata.uid
    if (uid === undefined || targetIn(read, at(Kinds.Pod, strangerName)) !== undefined) return []
    const ownerReferences = [{ apiVersion: "v1", kind: "Service", name: owner.name, uid, controller: true }]
    const metadata = { namespace: Scene.key.namespace, name: strangerName, labels, ownerReferences }
    const body = { apiVersion: "v1", kind: "Pod", metadata, spec: { ...spec, volumes } }
    const { group, plural, version } = Kinds.Pod
    const request = { verb: "create", group, version, resource: plural, namespace: Scene.key.namespace, body } as const
    return [
      {
        key: strangerName,
        says: `${strangerName} is created`,
        request: { ...request, query: { fieldManager: "user" } }
      }
    ]
  })
}

/** gungnir:W18: it was started as a replica of nobody. */
const strangerIsLeftAlone: Property<Parts> = {
  _tag: "Always",
  name: "a server that is no member stays as it is",
  holds: (read) => {
    const cell = Object.values(read("cells")).find(({ pod }) => pod.name === strangerName)
    const following = read("valkey").nodes[cell?.endpoint ?? ""]?.following
    return cell === undefined || following === undefined || following.host === "127.0.0.1"
  }
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

/** Once a pass has said all that there is to say, another one sends nothing: no write that changes nothing either. */
const asksNothing: RequestLaw<Parts> = {
  name: "where all is as desired nothing is written",
  broken: ({ access, before, command }) => (access === "write" && Desired.isAsDesired(before) ? command : undefined)
}

const still: Make = (name, budgets) => {
  const model = Resources.model(name, budgets)
  return { ...model, requests: [...(model.requests ?? []), asksNothing] }
}

/** The API server stores its processor in other words. */
const quantified: Make = (name, budgets) => {
  const spec = { replicas: 3, resources: { limits: { cpu: "1000m" } } }
  return { ...Resources.model(name, budgets), world: world({ ...Scene.beginning(spec), budgets }) }
}

/** Another cluster of the same name comes to the second namespace, once the first is whole. */
const namesake: Make = (name, budgets) => {
  const spec = { replicas: 1 }
  const namespaces = Namespaces.keys.map(({ namespace }) => namespace)
  const [, second = Scene.key] = Namespaces.keys
  return {
    ...Namespaces.model(name, budgets),
    world: world({ ...Scene.beginning(spec), namespaces, nodes: 1, budgets }),
    actions: [creates("namesake", Scene.itselfAt(second), Scene.cluster(spec, second))]
  }
}

/** Nobody ends a server that has frozen, and no transport gives up what it was asked (`gungnir:W15`). */
const mute: Make = (name, budgets) => {
  const model = sentinel(name, budgets)
  const actions = model.world.actions.filter((action) => action.name !== "kubelet: a probe fails")
  const giveUp = () => ({ key: "", set: {}, reply: undefined })
  return { ...model, world: { ...model.world, actions, giveUp } }
}

/** All servers were lost at once, the one on record for good; of those that are back one has data. */
const afterOutage: Make = (name, budgets) => {
  const primary = { pod: `${Scene.key.name}-0`, uid: "u", runId: "r", address: "10.0.0.9", replid: "h" }
  const status = { epoch: 1, masterPod: primary.pod, primary }
  return Sentinel.model(name, budgets, { pods: 2, holder: 1, fromBirth: true, status })
}

export const models: Readonly<Record<string, Make>> = {
  /** Of two pods, the second leads from the beginning: it alone has data. */
  AfterOutage: afterOutage,
  BySecond: (name, budgets) => Sentinel.model(name, budgets, { pods: 2, holder: 1 }),
  Election: (name, budgets) => Election.model(name, budgets),
  /** Laws that ask the program itself whether something differs see none of it. */
  Drifted: extended((name, budgets) => Resources.model(name, budgets), { properties: [asManyPodsAsAsked] }),
  Enlarged: extended((name, budgets) => Resources.model(name, budgets), {
    actions: [enlarge],
    properties: [asManyPodsAsAsked]
  }),
  Mute: mute,
  Namesake: namesake,
  Namespaces: (name, budgets) => Namespaces.model(name, budgets),
  OfOne: extended(ofPods(1), { properties: [nobodyIsReplaced] }),
  OfTwo: extended(ofPods(2), { properties: [whoLeadsServes] }),
  Rerouted: extended(sentinel, { actions: [reroute] }),
  Quantified: quantified,
  Resources: (name, budgets) => Resources.model(name, budgets),
  Sentinel: sentinel,
  Shrunk: extended((name, budgets) => Resources.model(name, budgets), {
    actions: [grow, move],
    properties: [keepsThePrimary]
  }),
  Still: still,
  Stranger: extended(sentinel, { actions: [stranger()], properties: [strangerIsLeftAlone] }),
  Untroubled: extended(sentinel, { properties: [nobodyIsReplaced] })
}
