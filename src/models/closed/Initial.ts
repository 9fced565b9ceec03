/**
 * Where a closed model begins: a cluster of nodes with the definition of the
 * operated kind, a namespace, and the objects that users have made.
 */
import type { KubeObject, Resource } from "../../domain/kube/Object.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import { ContentType } from "../../domain/kube/Wire.ts"
import { boot, handle, type State as Api } from "../kube/api/Server.ts"
import type { Names } from "../Names.ts"
import * as World from "../World.ts"
import { addressOf, choosing, mentions, movedDown, type Unused } from "./OpaqueNames.ts"
import { type Parts, partsOf, renamedParts } from "./Parts.ts"

/** Of a state in which every name is new. */
const counted = (): Unused => {
  const taken = new Map<string, number>()
  return (kind) => {
    const count = taken.get(kind) ?? 0
    taken.set(kind, count + 1)
    return `${kind}#${count}`
  }
}

const placed = ({ group, namespaced, plural, version }: Resource, { metadata }: KubeObject) => ({
  group,
  version,
  resource: plural,
  ...(namespaced ? { namespace: metadata.namespace ?? "" } : {})
})

/** One object, and who made it. */
export interface Made {
  readonly resource: Resource
  readonly object: KubeObject
  readonly manager?: string
}

/** Creates the object, and gives it the status that it comes with. A refusal is a mistake of the model. */
export const created = (api: Api, { manager = "user", object, resource }: Made, names: Names): Api => {
  const query = { fieldManager: manager }
  const [next, reply] = handle(api, { verb: "create", ...placed(resource, object), query, body: object }, names)
  if (reply === undefined || reply.status >= 300) {
    throw new Error(`${resource.kind} ${object.metadata.name} cannot be created: ${JSON.stringify(reply?.body)}`)
  }
  if (object["status"] === undefined) return next
  const name = object.metadata.name ?? ""
  const status = { verb: "patch", ...placed(resource, object), name, subresource: "status" } as const
  return handle(
    next,
    { ...status, query, contentType: ContentType.merge, body: { status: object["status"] } },
    names
  )[0]
}

const namespace = (name: string): KubeObject => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })

const node = (name: string, index: number): KubeObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, labels: { "kubernetes.io/hostname": name } },
  status: {
    addresses: [{ type: "InternalIP", address: `192.168.0.${index + 1}` }],
    conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }]
  }
})

export interface Options {
  readonly definitions: ReadonlyArray<KubeObject>
  /** Besides `default` and those of Kubernetes itself. */
  readonly namespaces?: ReadonlyArray<string>
  /** Made by users before anything else happens, in this order. */
  readonly objects: ReadonlyArray<Made>
  readonly nodes?: number
}

const settled = ({ definitions, namespaces = [], nodes = 3, objects }: Options, names: Names): World.World => {
  const machines = Array.from({ length: nodes }, (_, index) => node(`node-${index}`, index))
  const all: ReadonlyArray<Made> = [
    ...machines.map((object) => ({ resource: Kinds.Node, object })),
    ...definitions.map((object) => ({ resource: Kinds.CustomResourceDefinition, object })),
    ...namespaces.map((name) => ({ resource: Kinds.Namespace, object: namespace(name) })),
    ...objects
  ]
  const api = all.reduce((now, made) => created(now, made, names), boot(names))
  const empty: World.World = {
    ...World.withApi(api),
    restartMillis: Infinity,
    addresses: (_, pod) => addressOf(pod.metadata.uid ?? "") ?? "10.244.0.1"
  }
  return World.settle(empty, names)
}

/** The world with its built-in controllers at rest, and no operator yet. */
export const initial = (options: Options): Parts => {
  const choice = choosing(counted())
  const parts = partsOf(settled(options, choice.names), { acknowledged: [], next: 0 })
  const alive = mentions(parts)
  // Renaming keeps the shape of every component.
  return renamedParts(
    parts,
    movedDown(choice, (name) => alive.has(name))
  ) as Parts
}
