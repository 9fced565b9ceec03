/**
 * A whole cluster as one value: the API server with its built-in controllers,
 * scheduler and kubelets, and the Valkey servers that run in its pods.
 */
import * as Kinds from "../domain/kube/Object.ts"
import type { ApiReply, ApiRequest } from "../domain/kube/Wire.ts"
import { boot as bootApi, handle, type State as Api } from "./kube/api/Server.ts"
import { type BuiltIn, viewOf } from "./kube/controllers/BuiltIn.ts"
import * as Manager from "./kube/controllers/ControllerManager.ts"
import * as Kubelet from "./kube/controllers/Kubelet.ts"
import * as Remembered from "./kube/controllers/Remembered.ts"
import { type Addresses, spread } from "./kube/controllers/PodAddress.ts"
import * as Settle from "./kube/controllers/Settle.ts"
import { type Pod, uidOf } from "./kube/controllers/Shapes.ts"
import type { Names } from "./Names.ts"
import * as Network from "./valkey/Network.ts"
import { type Endpoint, empty as noNodes, type State as Nodes } from "./valkey/Node.ts"
import * as Cells from "./world/Cells.ts"

export interface World extends Cells.Machines {
  readonly api: Api
  /** Wait of a container that ended before its next start, instead of the kubelet's growing one. */
  readonly restartMillis?: number
  /** Of pods that have none yet, instead of those spread over the network. */
  readonly addresses?: Addresses
  /** Who is slow, and has not acted yet. */
  readonly slow?: Slow
}

/** `builtIns`: by name, `kubelet` among them. `replicas`: nothing of what their primary sent has arrived yet. */
export interface Slow {
  readonly builtIns: ReadonlyArray<string>
  readonly replicas: ReadonlyArray<Endpoint>
}

/** A cluster in which nothing runs yet. */
export const withApi = (api: Api): World => ({ api, cells: {}, valkey: noNodes, disks: {} })

export const empty = (names: Names): World => withApi(bootApi(names))

const addressesIn =
  (world: World): Addresses =>
  (view, pod) =>
    Cells.addressOf(world, uidOf(pod)) ?? (world.addresses ?? spread)(view, pod)

const kubeletOf = (world: World, nowMillis: number): Kubelet.Options => ({
  containers: Cells.containersOf(world, nowMillis),
  addresses: addressesIn(world),
  ...(world.restartMillis === undefined ? {} : { backoffMillis: () => world.restartMillis! })
})

const isSlow = ({ slow }: World, builtIn: string): boolean => slow?.builtIns.includes(builtIn) === true

const clusterWide = Manager.cluster()

/** What these have wanted of any store is remembered from world to world: a cache, not part of any of them. */
const memory = Remembered.empty()

const builtInsOf = (world: World, nowMillis: number): ReadonlyArray<BuiltIn> =>
  [...clusterWide, Kubelet.kubelet(kubeletOf(world, nowMillis))].filter(({ name }) => !isSlow(world, name))

/** Starts and stops what the kubelets want started and stopped. */
const ran = (world: World, names: Names): World => {
  if (isSlow(world, "kubelet")) return world
  let now = world
  const view = viewOf(world.api)
  for (const action of Kubelet.actions(view, kubeletOf(world, names.nowMillis), names.nowMillis)) {
    if (action._tag === "Stop") now = { ...now, ...Cells.stop(now, action, names.nowMillis) }
    else {
      const address = action.pod.status?.podIP ?? addressesIn(now)(view, action.pod)
      now = { ...now, ...Cells.start(now, view, action, address, names) }
    }
  }
  return now
}

const controlled = (world: World, names: Names): World => {
  const { work } = Settle.settle(builtInsOf(world, names.nowMillis), world.api, names, { memory })
  return work.state === world.api ? world : { ...world, api: work.state }
}

const noticed = (world: World, names: Names): World => {
  const machines = Cells.noticed(world, viewOf(world.api), names.nowMillis)
  return machines.cells === world.cells && machines.disks === world.disks && machines.valkey === world.valkey
    ? world
    : { ...world, ...machines }
}

const connected = (world: World, names: Names): World => {
  const valkey = Network.settle(world.valkey, names, world.slow?.replicas)
  return valkey === world.valkey ? world : { ...world, valkey }
}

const isSame = (one: World, other: World): boolean =>
  one.api === other.api && one.cells === other.cells && one.valkey === other.valkey && one.disks === other.disks

/** More rounds than any change of a cluster needs: controllers that undo each other are cut off here. */
const mostRounds = 100

/** Lets everything happen that happens by itself at this moment. */
export const settle = (world: World, names: Names): World => {
  let now = world
  for (let round = 0; round < mostRounds; round++) {
    const next = connected(controlled(ran(noticed(now, names), names), names), names)
    if (isSame(next, now)) return now
    now = next
  }
  return now
}

/** What the API side sees of the servers: a change of anything else is none for the controllers. */
const isAsBefore = (before: Nodes, after: Nodes): boolean => {
  const ids = Object.keys(after.nodes)
  return (
    ids.length === Object.keys(before.nodes).length &&
    ids.every((id) => {
      const [one, other] = [before.nodes[id], after.nodes[id]!]
      return one === other || (one !== undefined && one.phase === other.phase && one.loading === other.loading)
    })
  )
}

/** The world after its servers have changed. */
export const withNodes = (world: World, nodes: Nodes, names: Names): World => {
  const valkey = Network.settle(nodes, names, world.slow?.replicas)
  const next = { ...world, valkey }
  return isAsBefore(world.valkey, valkey) ? next : settle(next, names)
}

/** One API request, and all that follows from it by itself. */
export const request = (world: World, wire: ApiRequest, names: Names): readonly [World, ApiReply | undefined] => {
  const [api, reply] = handle(world.api, wire, names)
  return [api === world.api ? world : settle({ ...world, api }, names), reply]
}

/** The next time at which something happens by itself though nothing else does. */
export const dueAt = (world: World, nowMillis: number): number | undefined => {
  const view = viewOf(world.api)
  const times = [
    Manager.dueAt(builtInsOf(world, nowMillis), view, nowMillis),
    Kubelet.actionsDue(view, kubeletOf(world, nowMillis), nowMillis),
    Cells.dueAt(world, nowMillis),
    ...graceEnds(world, nowMillis)
  ].filter((time) => time !== undefined)
  return times.length === 0 ? undefined : Math.min(...times)
}

/** A pod's deletion timestamp is when its grace period ends. */
const graceEnds = ({ api }: World, nowMillis: number): ReadonlyArray<number> =>
  viewOf(api)
    .list<Pod>(Kinds.Pod)
    .map(({ metadata }) => Date.parse(metadata.deletionTimestamp ?? ""))
    .filter((time) => time > nowMillis)

/** Where the server of a pod listens; undefined when it runs none. */
export const endpointOf = (world: World, namespace: string, pod: string): Endpoint | undefined =>
  Object.values(world.cells).find(
    (cell) => cell.pod.namespace === namespace && cell.pod.name === pod && cell.endpoint !== undefined
  )?.endpoint
