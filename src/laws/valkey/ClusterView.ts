/**
 * One cluster as somebody sees it who sees everything: the record, where
 * clients are led, and what each server really is. Laws are stated over this.
 */
import * as Exit from "effect/Exit"
import type { Key } from "../../domain/Controller.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import type { KubeObject } from "../../domain/kube/Object.ts"
import * as Cluster from "../../domain/valkey/Cluster.ts"
import { label } from "../../domain/valkey/Labels.ts"
import { isControlledBy, membersOf } from "../../domain/valkey/Members.ts"
import { names, selectorLabels } from "../../domain/valkey/resources/Metadata.ts"
import { nowhere } from "../../domain/valkey/Valkey.ts"
import { viewOf, type View } from "../../models/kube/controllers/BuiltIn.ts"
import { numberOf } from "../../models/valkey/Config.ts"
import { endpoint, type Node } from "../../models/valkey/Node.ts"
import { goodReplicas } from "../../models/valkey/Report.ts"
import type { World } from "../../models/World.ts"

/** A pod of the cluster with the process that runs in it, if one does. */
export interface Server {
  readonly pod: string
  readonly uid: string
  readonly address: string | undefined
  readonly node: Node | undefined
  /** It runs nowhere, and no machine would take it. */
  readonly isStranded: boolean
}

export interface ClusterView {
  readonly cluster: Cluster.Cluster
  readonly servers: ReadonlyArray<Server>
  /** Pods that new connections of clients reach, by the selector of the client Service; undefined: there is none of ours. */
  readonly routed: ReadonlyArray<string> | undefined
  /** All objects that carry the labels of the cluster and of its operator. */
  readonly objects: ReadonlyArray<KubeObject>
  /** Parties of the network that do not hear each other. */
  readonly hasCuts: boolean
}

const selectorOf = (service: KubeObject): Readonly<Record<string, string>> | undefined =>
  (service["spec"] as { readonly selector?: Readonly<Record<string, string>> } | undefined)?.selector

const selected = (pods: ReadonlyArray<KubeObject>, service: KubeObject): ReadonlyArray<string> => {
  const selector = Object.entries(selectorOf(service) ?? {})
  if (selector.length === 0) return []
  return pods
    .filter(({ metadata }) => selector.every(([name, value]) => metadata.labels?.[name] === value))
    .map(({ metadata }) => metadata.name ?? "")
}

/** Machines that take pods. */
const takesPods = (machine: KubeObject): boolean => Kinds.field(machine, "spec", "unschedulable") !== true

const ownedKinds = [Kinds.Service, Kinds.ConfigMap, Kinds.Secret, Kinds.StatefulSet, Kinds.PodDisruptionBudget]

const objectsOf = (view: View, cluster: Cluster.Cluster): ReadonlyArray<KubeObject> => {
  const wanted = Object.entries({ ...selectorLabels(cluster), [label.managedBy]: "gungnir-operator" })
  return ownedKinds
    .flatMap((kind) => view.list(kind, cluster.metadata.namespace))
    .filter(({ metadata }) => wanted.every(([name, value]) => metadata.labels?.[name] === value))
}

/** Undefined: the API has no such cluster, or one that no program would act on. */
export const clusterView = (world: World, { name, namespace }: Key): ClusterView | undefined => {
  const view = viewOf(world.api)
  const object = view.get(Cluster.resource, namespace, name)
  const decoded = object === undefined ? undefined : Cluster.decode(object)
  if (decoded === undefined || Exit.isFailure(decoded)) return undefined
  const cluster = decoded.value
  const pods = view.list(Kinds.Pod, namespace)
  const { failover, primary } = cluster.status
  const known = [primary, failover?.from, failover?.to].flatMap((process) =>
    process === undefined ? [] : [process.uid]
  )
  const family = { name, uid: cluster.metadata.uid, known }
  const members = membersOf(family, view.get(Kinds.StatefulSet, namespace, name), pods)
  const isFull = !view.list(Kinds.Node).some(takesPods)
  const service = view.get(Kinds.Service, namespace, names(cluster.metadata).clientService)
  return {
    cluster,
    servers: members.map(({ address, pod, uid }) => ({
      pod,
      uid,
      address,
      isStranded: address === undefined && isFull,
      node: address === undefined ? undefined : world.valkey.nodes[endpoint(address, cluster.spec.port)]
    })),
    routed:
      service === undefined || !isControlledBy(service, cluster.metadata.uid) ? undefined : selected(pods, service),
    objects: objectsOf(view, cluster),
    hasCuts: world.valkey.cuts.length > 0
  }
}

export const isRunning = ({ node }: Server): boolean => node !== undefined && node.phase !== "ended"

export const leads = ({ node }: Server): boolean =>
  node !== undefined && node.phase !== "ended" && node.following === undefined

/** A client that reaches it is answered OK to a write (`failover:2.5`). */
export const acceptsWrites = (server: Server): boolean =>
  leads(server) &&
  server.node!.phase === "running" &&
  !server.node!.loading &&
  goodReplicas(server.node!) >= numberOf(server.node!.config, "min-replicas-to-write")

/** Made harmless by us, or just started. */
export const isFenced = ({ node }: Server): boolean =>
  node?.following?.host === nowhere.host && node.following.port === nowhere.port

/** The very process that a record names. */
export const isRecorded =
  (process: { readonly pod: string; readonly uid: string; readonly runId: string } | undefined) =>
  ({ node, pod, uid }: Server): boolean =>
    process !== undefined && pod === process.pod && uid === process.uid && node?.runId === process.runId
