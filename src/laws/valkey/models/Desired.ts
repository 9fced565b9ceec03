/**
 * What the Resources controller is for, of one cluster: everything that its spec
 * asks for is there, is its own and is as asked; of what nobody asks for any
 * more, nothing.
 */
import { leadsTo } from "../../../domain/check/Properties.ts"
import type { Property, Read } from "../../../domain/check/System.ts"
import type { Key } from "../../../domain/Controller.ts"
import { drifted } from "../../../domain/kube/Drift.ts"
import * as Cluster from "../../../domain/valkey/Cluster.ts"
import { unsupportedSpec } from "../../../domain/valkey/cluster/Unsupported.ts"
import { isControlledBy } from "../../../domain/valkey/Members.ts"
import { copyOfSecret, subResources } from "../../../domain/valkey/resources/SubResources.ts"
import { resourcesManager } from "../../../domain/valkey/Settings.ts"
import type { Parts } from "../../../models/closed/Parts.ts"
import { targetIn } from "../../../models/closed/Users.ts"
import * as Scene from "./Scene.ts"

/** The cluster, if somebody wants it; as nobody builds it, nobody is obliged to. */
const asked = (read: Read<Parts>, key: Key): Cluster.Cluster | undefined => {
  const object = targetIn(read, Scene.itselfAt(key))
  const decoded = object === undefined ? undefined : Cluster.decode(object)
  if (decoded?._tag !== "Success" || decoded.value.metadata.deletionTimestamp !== undefined) return undefined
  return unsupportedSpec(decoded.value.spec).length === 0 ? decoded.value : undefined
}

/** Everything is there, is this cluster's, and is as its spec says; and the operator has said so. */
export const isAsDesired = (read: Read<Parts>, key: Key = Scene.key): boolean => {
  const cluster = asked(read, key)
  if (cluster === undefined) return false
  const says = cluster.status.conditions?.find(({ type }) => type === "Reconciled")?.status
  return (
    says === "True" &&
    [...subResources(cluster), copyOfSecret(cluster)].every(({ object, resource }) => {
      const live = targetIn(read, { resource, namespace: key.namespace, name: object.metadata.name ?? "" })
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
const isGone = (read: Read<Parts>, key: Key): boolean =>
  Scene.subResourcesAt(key).every((target) => targetIn(read, target) === undefined)

const isThere = (read: Read<Parts>, key: Key): boolean => targetIn(read, Scene.itselfAt(key)) !== undefined

/** gungnir:8.5, strong ESR: of every desire that stays. */
export const comesAbout = (key: Key = Scene.key): Property<Parts> => ({
  _tag: "Stabilizes",
  name: `what is desired comes about, and stays${Scene.whereOf(key)}`,
  premise: (read) => asked(read, key) !== undefined,
  goal: (read) => isAsDesired(read, key)
})

/** Re-reconciliation (`gungnir:8.5`): whatever is asked for, also what nobody builds, is told of as it is asked now. */
export const isToldOf = (key: Key = Scene.key): Property<Parts> => {
  const isNews = (read: Read<Parts>): boolean => {
    const cluster = Scene.viewIn(read, key)?.cluster
    const said = cluster?.status.conditions.filter(({ type }) => type === "Unsupported" || type === "Reconciled") ?? []
    return (
      cluster !== undefined &&
      (said.length < 2 || said.some(({ observedGeneration }) => observedGeneration !== cluster.metadata.generation))
    )
  }
  return leadsTo(`every spec is told of${Scene.whereOf(key)}`, isNews, (read) => !isNews(read))
}

/** Where nobody deletes a cluster, this says nothing. */
export const goes = (key: Key = Scene.key): Property<Parts> => ({
  _tag: "Stabilizes",
  name: `what nobody desires any more goes${Scene.whereOf(key)}`,
  premise: (read) => !isThere(read, key),
  goal: (read) => isGone(read, key)
})

/** The witness of both. */
export const isReached = (key: Key = Scene.key): Property<Parts> => ({
  _tag: "Sometimes",
  name: `a cluster is as desired${Scene.whereOf(key)}`,
  holds: (read) => isAsDesired(read, key)
})
