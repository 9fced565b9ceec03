/**
 * The shipped `Resources` controller alone: it makes what a cluster consists
 * of, and keeps it, whatever becomes of its requests, its process and the
 * objects.
 */
import type { Property, Read } from "../../../domain/check/System.ts"
import { drifted } from "../../../domain/kube/Drift.ts"
import * as Cluster from "../../../domain/valkey/Cluster.ts"
import { isControlledBy } from "../../../domain/valkey/Members.ts"
import { copyOfSecret, subResources } from "../../../domain/valkey/resources/SubResources.ts"
import { resourcesManager } from "../../../domain/valkey/Settings.ts"
import type { Model } from "../../../models/closed/Model.ts"
import type { Parts } from "../../../models/closed/Parts.ts"
import { creates, deletes, edits, targetIn, touches } from "../../../models/closed/Users.ts"
import { world } from "../../../models/closed/World.ts"
import { resources } from "../../../programs/valkey/Resources.ts"
import * as Scene from "./Scene.ts"

const spec = { replicas: 3 }

const asked = (read: Read<Parts>): Cluster.Cluster | undefined => {
  const object = targetIn(read, Scene.itself)
  const decoded = object === undefined ? undefined : Cluster.decode(object)
  const isAsked = decoded?._tag === "Success" && decoded.value.metadata.deletionTimestamp === undefined
  return isAsked ? decoded.value : undefined
}

/** Everything is there, is this cluster's, and is as its spec says; and the operator has said so. */
export const isAsDesired = (read: Read<Parts>): boolean => {
  const cluster = asked(read)
  if (cluster === undefined) return false
  const says = cluster.status.conditions?.find(({ type }) => type === "Reconciled")?.status
  return (
    says === "True" &&
    [...subResources(cluster), copyOfSecret(cluster)].every(({ object, resource }) => {
      const live = targetIn(read, { resource, namespace: Scene.key.namespace, name: object.metadata.name ?? "" })
      return (
        live !== undefined &&
        live.metadata.deletionTimestamp === undefined &&
        isControlledBy(live, cluster.metadata.uid) &&
        !drifted(live, object, resourcesManager)
      )
    })
  )
}

/** Nothing of a cluster that nobody wants. */
const isGone = (read: Read<Parts>): boolean =>
  Scene.subResources.every((target) => targetIn(read, target) === undefined)

export const properties: ReadonlyArray<Property<Parts>> = [
  ...Scene.invariantsHold.filter(({ name }) => name === "ownsWhatIsIts" || name === "drainTakesAMinority"),
  // gungnir:8.5, strong ESR: of every desire that stays.
  {
    _tag: "Stabilizes",
    name: "what is desired comes about, and stays",
    premise: (read) => asked(read) !== undefined,
    goal: isAsDesired
  },
  {
    _tag: "Stabilizes",
    name: "what nobody desires any more goes",
    premise: (read) => targetIn(read, Scene.itself) === undefined,
    goal: isGone
  },
  Scene.passesEnd("operator", resourcesManager),
  { _tag: "Sometimes", name: "a cluster is as desired", holds: isAsDesired }
]

/** Edits of the spec, there and back; and of what the operator made, by somebody who should not. */
const churn = edits("edit", [
  { ...Scene.itself, says: "five replicas", patch: { spec: { replicas: 5 } } },
  { ...Scene.itself, says: "three replicas", patch: { spec: { replicas: 3 } } }
])

const drift = edits(
  "drift",
  [
    { ...Scene.subResources[2]!, says: "another configuration", patch: { data: { "valkey.conf": "port 1\n" } } },
    { ...Scene.subResources[5]!, says: "one replica", patch: { spec: { replicas: 1 } } },
    { ...Scene.subResources[1]!, says: "no owner", patch: { metadata: { ownerReferences: null } } }
  ].slice(0, 2),
  "another"
)

const users = {
  delete: deletes("delete", Scene.subResources),
  drift: { ...drift, name: "somebody edits what is not theirs" },
  edit: churn,
  recreate: { ...deletes("recreate", [Scene.itself]), name: "the cluster is deleted" },
  touch: touches("touch", [Scene.itself, Scene.subResources[5]!, Scene.subResources[1]!])
}

const again = creates("again", Scene.itself, Scene.cluster(spec))

/** A model with these budgets: fault classes of `Model.budgets`, of the world, and `delete`, `drift`, `edit`, `recreate`, `touch`. */
export const model = (name: string, budgets: Readonly<Record<string, number>>): Model => {
  const all = "recreate" in budgets ? { ...budgets, again: budgets["recreate"] ?? 0 } : budgets
  const actions = [
    ...Object.entries(users).flatMap(([budget, action]) => (budget in budgets ? [action] : [])),
    ...("recreate" in budgets ? [{ ...again, name: "the cluster is created again" }] : [])
  ]
  return {
    name,
    controllers: [resources],
    world: world({ ...Scene.beginning(spec), budgets: all }),
    actions,
    budgets: all,
    properties
  }
}
