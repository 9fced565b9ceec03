/** A state of a closed model as people look at it, and what is said of it: of the port's, and of ours. */
import { always, stabilizes, step } from "../../src/domain/check/Properties.ts"
import type { Property, Read } from "../../src/domain/check/System.ts"
import type { KubeObject } from "../../src/domain/kube/Object.ts"
import { clusterView, type ClusterView, isRunning, leads, type Server } from "../../src/laws/valkey/ClusterView.ts"
import { type Parts, worldOf } from "../../src/models/closed/Parts.ts"
import { lease } from "./Players.ts"
import { shop } from "./Stage.ts"

export type Reading = Read<Parts>

const viewOf = (read: Reading): ClusterView | undefined => clusterView(worldOf(read), shop)
export const serversOf = (read: Reading): ReadonlyArray<Server> => viewOf(read)?.servers ?? []
const leadersOf = (read: Reading): ReadonlyArray<Server> => serversOf(read).filter(leads)

/** Whom clients are led to, if it is one. */
export const targetOf = (read: Reading): Server | undefined => {
  const view = viewOf(read)
  return view?.servers.find(({ pod }) => view.routed?.length === 1 && view.routed[0] === pod)
}

const isServed = (read: Reading): boolean => {
  const target = targetOf(read)
  return target !== undefined && leads(target)
}

/** All run, and hear each other. */
export const isCalm = (read: Reading): boolean =>
  serversOf(read).length === 3 && serversOf(read).every(isRunning) && read("valkey").cuts.length === 0

/** Runs under the same process as before. */
const isAsBefore =
  (before: ReadonlyArray<Server>) =>
  (now: Server): boolean =>
    before.some((was) => was.uid === now.uid && isRunning(was) && was.node?.runId === now.node?.runId)

const isPromotion = (before: Reading, after: Reading): boolean => {
  const followers = serversOf(before).filter((server) => !leads(server))
  return leadersOf(after).some(isAsBefore(followers))
}

/** `except`: whose leading does not count. */
export const neededPromotion = (except?: string): Property<Parts> =>
  step("neededPromotion", (before, after) => {
    const remain = leadersOf(before).filter(isAsBefore(serversOf(after)))
    return !isPromotion(before, after) || remain.every(({ pod }) => pod === except)
  })

export const keepsWrites: Property<Parts> = always("keepsWrites", (read) => {
  const isPromised = read("clients").acknowledged.length > 0
  const node = targetOf(read)?.node
  return !isPromised || node === undefined || !isCalm(read) || node.data.count === 1
})

const holderOf = (read: Reading): string | undefined => {
  // A component of a kind holds its objects.
  const leases = read("api/leases") as ReadonlyMap<string, KubeObject>
  const spec = leases.get(`${lease.namespace}/${lease.name}`)?.["spec"]
  return (spec as { readonly holderIdentity?: string } | undefined)?.holderIdentity
}

const made = ["api/services", "api/configmaps", "api/secrets", "api/statefulsets"] as const

/** Whoever's pass goes on in a step that makes an object is its author. */
export const onlyTheHolderWrites: Property<Parts> = step("onlyTheHolderWrites", (before, after) => {
  if (made.every((name) => before(name) === after(name))) return true
  const author = ["operator-1", "operator-2"].find((name) => {
    const passes = `${name}/passes of upstream`
    return before(passes) !== after(passes)
  })
  return author === undefined || author === holderOf(before)
})

export const oneTarget: Property<Parts> = always("oneTarget", (read) => (viewOf(read)?.routed ?? []).length <= 1)

/** Since clients reach one pod at all: a failover has been. */
export const served: Property<Parts> = stabilizes(
  "served",
  (read) => isCalm(read) && viewOf(read)?.routed?.length === 1,
  isServed
)

export const oneLeader: Property<Parts> = stabilizes("oneLeader", isCalm, (read) => leadersOf(read).length === 1)

export const toldAsItIs: Property<Parts> = always("toldAsItIs", (read) => {
  const isFailed = viewOf(read)?.cluster.status.phase === "Failed"
  return !isFailed || leadersOf(read).every(({ pod }) => pod === "demo-0")
})

export const leavesOthersAlone: Property<Parts> = always("leavesOthersAlone", (read) => {
  const cell = Object.values(read("cells")).find(({ pod }) => pod.name === "cache-0")
  const node = read("valkey").nodes[cell?.endpoint ?? ""]
  return node === undefined || (node.following === undefined && node.attached.length === 0)
})
