/**
 * What closed models of clusters have in common: one cluster in one namespace,
 * and how it is looked at.
 */
import type { Action, Property, Read } from "../../../domain/check/System.ts"
import type { Key } from "../../../domain/Controller.ts"
import * as Kinds from "../../../domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../../domain/kube/Object.ts"
import * as Cluster from "../../../domain/valkey/Cluster.ts"
import { names } from "../../../domain/valkey/resources/Metadata.ts"
import { heldBack } from "../../../models/closed/Faults.ts"
import type { Options } from "../../../models/closed/World.ts"
import { kindIn, type Parts, storeOf } from "../../../models/closed/Parts.ts"
import { keyOf } from "../../../models/kube/api/Store.ts"
import { creates, deletes, type Target } from "../../../models/closed/Users.ts"
import { clusterView, type ClusterView } from "../ClusterView.ts"
import { invariants } from "../Invariants.ts"
import { stepLaws } from "../Steps.ts"

export const key: Key = { namespace: "shop", name: "demo" }

export const cluster = (spec: object, at: Key = key): KubeObject => ({
  apiVersion: "valkey.verilean.io/v1",
  kind: "ValkeyCluster",
  metadata: { ...at },
  spec
})

export const itselfAt = (key: Key): Target => ({ ...key, resource: Cluster.resource })

export const itself: Target = itselfAt(key)

/** What the operator makes for a cluster; pods and claims are made by others. */
export const subResourcesAt = (key: Key): ReadonlyArray<Target> => {
  const named = names(key)
  const at = (resource: Resource, name: string): Target => ({ resource, namespace: key.namespace, name })
  return [
    at(Kinds.Service, named.headlessService),
    at(Kinds.Service, named.clientService),
    at(Kinds.ConfigMap, named.configMap),
    at(Kinds.Secret, named.secret),
    at(Kinds.Secret, named.secretCopy),
    at(Kinds.StatefulSet, named.statefulSet),
    at(Kinds.PodDisruptionBudget, named.podDisruptionBudget)
  ]
}

export const subResources: ReadonlyArray<Target> = subResourcesAt(key)

/** Of a kind of which there are several: the first, or the one after so many. */
export const subResource = (kind: string, nth = 0): Target => {
  const found = subResources.filter(({ resource }) => resource.kind === kind)[nth]
  if (found === undefined) throw new Error(`the operator makes no ${kind} ${nth} for a cluster`)
  return found
}

type Budgets = Readonly<Record<string, number>>

/**
 * `recreate`: the cluster is deleted, in states that `when` allows, and is made
 * again as often. The budgets with that, and the actions that they pay; none
 * where nobody asks for it.
 */
export const recreates = (
  budgets: Budgets,
  spec: object,
  when?: (read: Read<Parts>) => boolean
): { readonly budgets: Budgets; readonly actions: ReadonlyArray<Action<Parts>> } => {
  const { recreate } = budgets
  if (recreate === undefined) return { budgets, actions: [] }
  const deleted = { ...deletes("recreate", [itself]), name: "the cluster is deleted" }
  const made = { ...creates("again", itself, cluster(spec)), name: "the cluster is created again" }
  return { budgets: { ...budgets, again: recreate }, actions: [heldBack(deleted, when), made] }
}

/** For names of properties: of another cluster than that of most models. */
export const whereOf = ({ namespace }: Key): string => (namespace === key.namespace ? "" : ` (in ${namespace})`)

/** A namespace with this cluster asked for, and nothing done about it yet. */
export const beginning = (spec: object): Pick<Options, "definitions" | "namespaces" | "objects"> => ({
  definitions: [Cluster.crd()],
  namespaces: [key.namespace],
  objects: [{ resource: Cluster.resource, object: cluster(spec) }]
})

/** Of the kinds that a view of a cluster is made of; of nothing else, so that it is made anew only for these. */
const shown = [
  Cluster.resource,
  Kinds.ConfigMap,
  Kinds.Node,
  Kinds.Pod,
  Kinds.PodDisruptionBudget,
  Kinds.Secret,
  Kinds.Service,
  Kinds.StatefulSet
]

interface Known {
  readonly at: Key
  readonly parts: ReadonlyArray<unknown>
  readonly view: ClusterView | undefined
}

/** The last few views, the latest first: each law of a state looks at the same one. A cache of a pure function. */
let known: ReadonlyArray<Known> = []
const mostKnown = 8

export const viewIn = (read: Read<Parts>, at: Key = key): ClusterView | undefined => {
  const valkey = read("valkey")
  const objects = shown.map((resource) => kindIn(read, resource))
  const parts: ReadonlyArray<unknown> = [valkey, ...objects]
  const found = known.find((one) => one.at === at && one.parts.every((part, index) => part === parts[index]))
  if (found !== undefined) return found.view
  const api = storeOf(new Map(shown.map((resource, index) => [keyOf(resource), objects[index]!])))
  const view = clusterView({ api, valkey, cells: {}, disks: {} }, at)
  known = [{ at, parts, view }, ...known.slice(0, mostKnown - 1)]
  return view
}

/** What an earlier cluster of the name has left waits for the garbage collector, and is nobody's as long as that is slow. */
const isExcused = (name: string, read: Read<Parts>): boolean =>
  name === "ownsWhatIsIts" && read("slow").builtIns.includes("garbagecollector")

/** The invariants, each a property of its own. A state without a cluster breaks none. */
export const invariantsAt = (at: Key): ReadonlyArray<Property<Parts>> =>
  invariants.map(({ broken, name }) => ({
    _tag: "Always",
    name: `${name}${whereOf(at)}`,
    holds: (read) => {
      if (isExcused(name, read)) return true
      const view = viewIn(read, at)
      return view === undefined || broken(view) === undefined
    }
  }))

export const invariantsHold = invariantsAt(key)

/** The step laws. A cluster of the same name that came after is another. */
export const stepLawsAt = (at: Key): ReadonlyArray<Property<Parts>> =>
  stepLaws.map(({ broken, name }) => ({
    _tag: "Step",
    name: `${name}${whereOf(at)}`,
    holds: (before, after) => {
      const [was, is] = [viewIn(before, at), viewIn(after, at)]
      if (was === undefined || is === undefined || was === is) return true
      return was.cluster.metadata.uid !== is.cluster.metadata.uid || broken(was, is) === undefined
    }
  }))
