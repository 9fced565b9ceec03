/**
 * Two clusters of one name in two namespaces, and the shipped `Resources`
 * controller for both: each becomes as desired, whatever becomes of the other.
 */
import type { Property } from "../../../domain/check/System.ts"
import { always } from "../../../domain/check/Properties.ts"
import type { Key } from "../../../domain/Controller.ts"
import * as Cluster from "../../../domain/valkey/Cluster.ts"
import { resourcesManager } from "../../../domain/valkey/Settings.ts"
import type { Model } from "../../../models/closed/Model.ts"
import { kindIn, type Parts } from "../../../models/closed/Parts.ts"
import { targetIn } from "../../../models/closed/Users.ts"
import { world } from "../../../models/closed/World.ts"
import { resources } from "../../../programs/valkey/Resources.ts"
import { answerLaws } from "../../kube/Answers.ts"
import { passesEnd } from "../../kube/Passes.ts"
import { storeLaws } from "../../kube/Store.ts"
import * as Desired from "./Desired.ts"
import { promises } from "./Resources.ts"
import * as Scene from "./Scene.ts"

const spec = { replicas: 1 }

export const keys: ReadonlyArray<Key> = [Scene.key, { namespace: "market", name: Scene.key.name }]

/** Garbage collectors look for an owner in the namespace of the object: one from elsewhere is none. */
const ownsAtHome: Property<Parts> = always("nothing has an owner in another namespace", (read) => {
  const at = new Map(
    [...kindIn(read, Cluster.resource).values()].map(({ metadata }) => [metadata.uid, metadata.namespace])
  )
  return keys.flatMap(Scene.subResourcesAt).every((target) => {
    const owners = targetIn(read, target)?.metadata.ownerReferences ?? []
    return owners.every(({ uid }) => !at.has(uid) || at.get(uid) === target.namespace)
  })
})

/** A model with these budgets: fault classes of `Model.budgets`, of the world, and `recreate`, of the first cluster. */
export const model = (name: string, budgets: Readonly<Record<string, number>>): Model => {
  const recreation = Scene.recreates(budgets, spec)
  const { definitions } = Scene.beginning(spec)
  return {
    name,
    controllers: [resources],
    world: world({
      definitions,
      namespaces: keys.map(({ namespace }) => namespace),
      objects: keys.map((key) => ({ resource: Cluster.resource, object: Scene.cluster(spec, key) })),
      nodes: 1,
      budgets: recreation.budgets
    }),
    actions: recreation.actions,
    budgets: recreation.budgets,
    properties: [
      ...keys.map(Desired.comesAbout),
      ...("recreate" in budgets && "slowBuiltIn" in budgets ? [Desired.goes()] : []),
      ownsAtHome,
      ...keys.map((key) => passesEnd("operator", resourcesManager, key)),
      ...storeLaws,
      ...keys.map(Desired.isReached)
    ],
    requests: [...answerLaws, ...promises]
  }
}
