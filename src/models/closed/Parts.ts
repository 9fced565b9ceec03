/**
 * The world of `models/World.ts` in components: one a stored kind, so that who
 * looks at Services is not asked again when a Pod has changed.
 */
import type { Components, Read } from "../../domain/check/System.ts"
import type { KubeObject, Resource } from "../../domain/kube/Object.ts"
import { kindAt } from "../kube/api/Catalog.ts"
import { keyOf, type Objects, type State as Api } from "../kube/api/Store.ts"
import type { Disk, State as Nodes } from "../valkey/Node.ts"
import type { Slow, World } from "../World.ts"
import type { Cell } from "../world/Cells.ts"
import { addressOf, renamed } from "./OpaqueNames.ts"
import { plain } from "./Plain.ts"

/** What clients were answered OK to and have not overwritten, and how many writes they may still do is a budget. */
export interface Clients {
  readonly acknowledged: ReadonlyArray<string>
  readonly next: number
}

/** Kinds are under `api/<plural>`; those that nothing here changes are together in `api`. */
export interface Parts extends Components {
  readonly api: ReadonlyMap<string, Objects>
  readonly cells: Readonly<Record<string, Cell>>
  readonly disks: Readonly<Record<string, Disk>>
  readonly valkey: Nodes
  readonly slow: Slow
  readonly clients: Clients
}

export const componentOf = (key: string): string => `api/${key.slice(key.indexOf("/") + 1)}`

/** Kinds whose objects change while a cluster is operated; each has a component. */
export const kinds: ReadonlyArray<string> = [
  "/configmaps",
  "/persistentvolumeclaims",
  "/persistentvolumes",
  "/pods",
  "/secrets",
  "/services",
  "apps/controllerrevisions",
  "apps/statefulsets",
  "coordination.k8s.io/leases",
  "discovery.k8s.io/endpointslices",
  "policy/poddisruptionbudgets",
  "valkey.verilean.io/valkeyclusters"
]

const none: Objects = new Map()

export const noSlow: Slow = { builtIns: [], replicas: [] }

/** Nobody reads Events: programs, built-in controllers and laws. They are not kept. */
const forgotten = new Set(["/events"])

const restOf = (objects: Api["objects"]): Api["objects"] =>
  new Map(
    [...objects]
      .filter(([key, all]) => !kinds.includes(key) && !forgotten.has(key) && all.size > 0)
      .sort(([left], [right]) => (left < right ? -1 : 1))
  )

const isSameRest = (before: Api["objects"], after: Api["objects"]): boolean =>
  [...after].every(
    ([key, all]) => kinds.includes(key) || forgotten.has(key) || all.size === 0 || before.get(key) === all
  )

type Writable = { -readonly [K in keyof Parts]?: Parts[K] }

/** A world as a state, given the clients' part of it. */
export const partsOf = (world: World, clients: Clients): Parts => {
  const { api, cells, disks, valkey } = world
  const all = Object.fromEntries(kinds.map((key) => [componentOf(key), api.objects.get(key) ?? none]))
  return { ...all, api: restOf(api.objects), cells, disks, valkey: plain(valkey), slow: noSlow, clients }
}

/** What is different in `after`. */
export const changesOf = (before: World, after: World): Partial<Parts> => {
  const set: Writable = {}
  if (after.api !== before.api) {
    for (const key of kinds) {
      const [was, is] = [before.api.objects.get(key) ?? none, after.api.objects.get(key) ?? none]
      if (was !== is) set[componentOf(key)] = is
    }
    if (!isSameRest(before.api.objects, after.api.objects)) set.api = restOf(after.api.objects)
  }
  if (after.cells !== before.cells) set.cells = after.cells
  if (after.disks !== before.disks) set.disks = after.disks
  if (after.valkey !== before.valkey) set.valkey = plain(after.valkey)
  return set
}

/** A store without a past: watches are answered from differences. */
export const storeOf = (objects: Api["objects"]): Api => ({
  created: 0,
  revision: 0,
  version: 0,
  objects,
  log: [],
  forgotten: 0
})

const objectsOf = (read: Read<Parts>): Api["objects"] => {
  const objects = new Map(read("api"))
  // A component of a kind holds its objects.
  for (const key of kinds) objects.set(key, read(componentOf(key)) as Objects)
  return objects
}

export const apiOf = (read: Read<Parts>): Api => storeOf(objectsOf(read))

/** The whole of it. A container that ended starts again when its time has come: an action. */
export const worldOf = (read: Read<Parts>): World => ({
  api: apiOf(read),
  cells: read("cells"),
  valkey: read("valkey"),
  disks: read("disks"),
  slow: read("slow"),
  restartMillis: Infinity,
  addresses: (_, pod) => addressOf(pod.metadata.uid ?? "") ?? "10.244.0.1"
})

/** Objects of one kind, or none; the smallest part of the world that has them is read. */
export const kindOrNone = (read: Read<Parts>, resource: Resource): Objects => {
  const key = keyOf(resource)
  return kinds.includes(key) ? (read(componentOf(key)) as Objects) : (read("api").get(key) ?? none)
}

/** The same. Throws for a kind that the world does not serve: of such there are never any, whatever is said of them. */
export const kindIn = (read: Read<Parts>, resource: Resource): Objects => {
  const objects = kindOrNone(read, resource)
  const { group, plural, version } = resource
  if (kinds.includes(keyOf(resource)) || objects !== none) return objects
  if (kindAt(storeOf(read("api")), group, version, plural) !== undefined) return objects
  const name = `${plural}${group === "" ? "" : `.${group}`} of version ${version}`
  throw new Error(`the world serves no ${name}: world({ definitions }) takes the definitions of other kinds`)
}

export const objectIn = (read: Read<Parts>, resource: Resource, path: string): KubeObject | undefined =>
  kindIn(read, resource).get(path)

export const renamedParts = (set: Partial<Parts>, renaming: ReadonlyMap<string, string>): Partial<Parts> =>
  renaming.size === 0
    ? set
    : Object.fromEntries(Object.entries(set).map(([name, part]) => [name, renamed(part, renaming)]))
