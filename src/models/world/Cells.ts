/**
 * Containers as the kubelet model asks about them, and the server processes
 * that run in them.
 */
import type { Action, Container, Containers } from "../kube/controllers/Containers.ts"
import type { View } from "../kube/controllers/BuiltIn.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import type { KubeObject } from "../../domain/kube/Object.ts"
import { namespaceOf, nameOf, type Pod, uidOf } from "../kube/controllers/Shapes.ts"
import type { Names } from "../Names.ts"
import type { Disk, Endpoint, Node, State as Nodes } from "../valkey/Node.ts"
import { endpoint, noDisk, put, unborn } from "../valkey/Node.ts"
import * as Process from "../valkey/Process.ts"
import { bootOf } from "./Boot.ts"

/** One container since its first start. */
export interface Cell {
  readonly pod: { readonly uid: string; readonly namespace: string; readonly name: string }
  readonly container: string
  /** Where its server listens; undefined for a container of which nothing is modelled but that it runs. */
  readonly endpoint: Endpoint | undefined
  readonly disk: string
  readonly id: string
  readonly restarts: number
  readonly startedMillis: number
  readonly ended: { readonly exitCode: number; readonly endedMillis: number } | undefined
  readonly last: Container["last"]
  /** Since when its server does not answer probes. */
  readonly silentSince: number | undefined
}

/** What pods run: containers by pod uid and name, servers by endpoint, disks by whose they are. */
export interface Machines {
  readonly cells: Readonly<Record<string, Cell>>
  readonly valkey: Nodes
  readonly disks: Readonly<Record<string, Disk>>
}

/** Probes of the pods that we make: silent so long, a server is not ready, and is killed (`StatefulSet.ts`). */
export const unreadyAfterMillis = 4000
export const killedAfterMillis = 30_000

const keyOf = (pod: string, container: string): string => `${pod}/${container}`

const nodeOf = ({ valkey }: Machines, cell: Cell): Node | undefined =>
  cell.endpoint === undefined ? undefined : valkey.nodes[cell.endpoint]

const isReady = (machines: Machines, cell: Cell, nowMillis: number): boolean => {
  const node = nodeOf(machines, cell)
  if (cell.endpoint === undefined) return true
  if (cell.silentSince !== undefined) return nowMillis - cell.silentSince < unreadyAfterMillis
  return node !== undefined && node.phase === "running" && !node.loading
}

const containerFrom = (cell: Cell, isReady: boolean): Container => ({
  id: cell.id,
  restarts: cell.restarts,
  startedMillis: cell.startedMillis,
  run: cell.ended === undefined ? { _tag: "Running", isReady } : { _tag: "Ended", ...cell.ended },
  ...(cell.last === undefined ? {} : { last: cell.last })
})

const containers = { ready: new WeakMap<Cell, Container>(), unready: new WeakMap<Cell, Container>() }

/** The same one for the same cell, that who has looked at it need not look again: a cache of a pure function. */
const containerOf = (machines: Machines, cell: Cell, nowMillis: number): Container => {
  const ready = isReady(machines, cell, nowMillis)
  const known = ready ? containers.ready : containers.unready
  const found = known.get(cell) ?? containerFrom(cell, ready)
  known.set(cell, found)
  return found
}

/** The answers that the kubelet model gets at this moment. */
export const containersOf = (machines: Machines, nowMillis: number): Containers => ({
  at: (pod, container) => {
    const cell = machines.cells[keyOf(uidOf(pod), container)]
    return cell === undefined ? undefined : containerOf(machines, cell, nowMillis)
  },
  reaches: () => true
})

export const addressOf = (machines: Machines, pod: string): string | undefined => {
  const id = Object.values(machines.cells).find((cell) => cell.pod.uid === pod && cell.endpoint !== undefined)?.endpoint
  return id?.slice(0, id.lastIndexOf(":"))
}

const withCell = (machines: Machines, cell: Cell): Machines => ({
  ...machines,
  cells: { ...machines.cells, [keyOf(cell.pod.uid, cell.container)]: cell }
})

type Start = Extract<Action, { readonly _tag: "Start" }>
type Stop = Extract<Action, { readonly _tag: "Stop" }>

const lastOf = (before: Cell | undefined): Container["last"] =>
  before?.ended === undefined ? undefined : { id: before.id, startedMillis: before.startedMillis, ...before.ended }

const cellOf = (machines: Machines, { container, pod, restarts }: Start, nowMillis: number): Cell => ({
  pod: { uid: uidOf(pod), namespace: namespaceOf(pod), name: nameOf(pod) },
  container,
  endpoint: undefined,
  disk: "",
  id: `memory://${uidOf(pod)}/${container}/${restarts}`,
  restarts,
  startedMillis: nowMillis,
  ended: undefined,
  last: lastOf(machines.cells[keyOf(uidOf(pod), container)]),
  silentSince: undefined
})

/**
 * Starts a container at `address`; nothing happens while a volume of it is not
 * there, or somebody else has its port: it would end at once.
 */
export const start = (machines: Machines, view: View, action: Start, address: string, names: Names): Machines => {
  const cell = cellOf(machines, action, names.nowMillis)
  const boot = bootOf(view, action.pod, action.container)
  if (boot._tag === "Waiting") return machines
  if (boot._tag === "None") return withCell(machines, cell)
  const { disk, options, port } = boot.server
  const before = machines.valkey.nodes[endpoint(address, port)] ?? unborn(address, port)
  if (before.hasStranger) return machines
  const placed = put(machines.valkey, { ...before, disk: machines.disks[disk] ?? noDisk })
  const valkey = Process.start(placed, address, port, { dataset: "kept", options }, names)
  return withCell({ ...machines, valkey }, { ...cell, endpoint: endpoint(address, port), disk })
}

const ended = (machines: Machines, cell: Cell, exitCode: number, nowMillis: number): Machines => {
  const disk = nodeOf(machines, cell)?.disk
  const disks = disk === undefined ? machines.disks : { ...machines.disks, [cell.disk]: disk }
  return withCell(
    { ...machines, disks },
    { ...cell, ended: { exitCode, endedMillis: nowMillis }, silentSince: undefined }
  )
}

/** SIGTERM, which a frozen server does not see; SIGKILL when the grace period is over. */
export const stop = (machines: Machines, action: Stop, nowMillis: number): Machines => {
  const cell = machines.cells[keyOf(uidOf(action.pod), action.container)]
  if (cell === undefined || cell.ended !== undefined) return machines
  if (cell.endpoint === undefined) return ended(machines, cell, 0, nowMillis)
  const isOver = nowMillis >= action.sinceMillis + action.graceSeconds * 1000
  const isFrozen = nodeOf(machines, cell)?.phase === "frozen"
  if (isFrozen && !isOver) return machines
  const valkey = isFrozen ? Process.kill(machines.valkey, cell.endpoint) : Process.stop(machines.valkey, cell.endpoint)
  return ended({ ...machines, valkey }, cell, isFrozen ? 137 : 0, nowMillis)
}

const watched = (machines: Machines, cell: Cell, nowMillis: number): Machines => {
  const node = nodeOf(machines, cell)
  if (cell.ended !== undefined || cell.endpoint === undefined) return machines
  if (node === undefined || node.phase === "ended") return ended(machines, cell, 137, nowMillis)
  if (node.phase === "running") {
    return cell.silentSince === undefined ? machines : withCell(machines, { ...cell, silentSince: undefined })
  }
  if (cell.silentSince === undefined) return withCell(machines, { ...cell, silentSince: nowMillis })
  if (nowMillis - cell.silentSince < killedAfterMillis) return machines
  return ended({ ...machines, valkey: Process.kill(machines.valkey, cell.endpoint) }, cell, 137, nowMillis)
}

const without = <A>(record: Readonly<Record<string, A>>, key: string): Readonly<Record<string, A>> => {
  const { [key]: _, ...rest } = record
  return rest
}

/** The pod is no longer stored: its processes end, and its place goes. */
const removed = (machines: Machines, key: string, cell: Cell): Machines => {
  const node = nodeOf(machines, cell)
  const killed = cell.endpoint === undefined ? machines.valkey : Process.kill(machines.valkey, cell.endpoint)
  const disk = cell.endpoint === undefined ? undefined : killed.nodes[cell.endpoint]?.disk
  const isKept = cell.disk.startsWith("claim/") && node !== undefined && disk !== undefined
  return {
    cells: without(machines.cells, key),
    valkey: cell.endpoint === undefined ? killed : Process.remove(killed, cell.endpoint),
    disks: isKept ? { ...machines.disks, [cell.disk]: disk } : without(machines.disks, cell.disk)
  }
}

const uids = new WeakMap<ReadonlyArray<KubeObject>, ReadonlySet<string>>()

/** A cache of a pure function: lists of a view stay the same while their kind does. */
const uidsOf = (objects: ReadonlyArray<KubeObject>): ReadonlySet<string> => {
  const known = uids.get(objects) ?? new Set(objects.map(uidOf))
  uids.set(objects, known)
  return known
}

/** What the machines themselves notice: processes that ended, servers that are silent, pods and claims that are gone. */
export const noticed = (machines: Machines, view: View, nowMillis: number): Machines => {
  let now = machines
  const pods = uidsOf(view.list<Pod>(Kinds.Pod))
  for (const [key, cell] of Object.entries(machines.cells)) {
    now = pods.has(cell.pod.uid) ? watched(now, cell, nowMillis) : removed(now, key, cell)
  }
  const disks = Object.keys(now.disks).filter((disk) => disk.startsWith("claim/"))
  if (disks.length === 0) return now
  const claims = uidsOf(view.list(Kinds.PersistentVolumeClaim))
  for (const disk of disks) {
    if (!claims.has(disk.slice("claim/".length))) now = { ...now, disks: without(now.disks, disk) }
  }
  return now
}

/** The next time at which `noticed` or readiness may differ though nothing else has changed. */
export const dueAt = ({ cells }: Machines, nowMillis: number): number | undefined => {
  const times = Object.values(cells)
    .flatMap(({ silentSince }) =>
      silentSince === undefined ? [] : [silentSince + unreadyAfterMillis, silentSince + killedAfterMillis]
    )
    .filter((time) => time > nowMillis)
  return times.length === 0 ? undefined : Math.min(...times)
}
