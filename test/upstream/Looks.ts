/** A state of a closed model as people look at it, and what is said of it: of the port's, and of ours. */
import { always, sometimes, stabilizes, step } from "../../src/domain/check/Properties.ts"
import type { Property, Read } from "../../src/domain/check/System.ts"
import type { Key } from "../../src/domain/Controller.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import type { KubeObject } from "../../src/domain/kube/Object.ts"
import { clusterView, type ClusterView, isRunning, leads, type Server } from "../../src/laws/valkey/ClusterView.ts"
import * as Scene from "../../src/laws/valkey/models/Scene.ts"
import { dataLeads as law } from "../../src/laws/valkey/Steps.ts"
import { kindIn, type Parts, worldOf } from "../../src/models/closed/Parts.ts"
import { isReady } from "./Properties.ts"
import { shop } from "./Stage.ts"

export type Reading = Read<Parts>

const viewOf = (read: Reading, key: Key = shop): ClusterView | undefined =>
  key === shop ? Scene.viewIn(read) : clusterView(worldOf(read), key)
export const serversOf = (read: Reading, key: Key = shop): ReadonlyArray<Server> => viewOf(read, key)?.servers ?? []
export const serverOf = (read: Reading, pod: string, key: Key = shop): Server | undefined =>
  serversOf(read, key).find((server) => server.pod === pod)
const leadersOf = (read: Reading, key: Key = shop): ReadonlyArray<Server> => serversOf(read, key).filter(leads)

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
export const isCalm = (read: Reading, key: Key = shop): boolean =>
  serversOf(read, key).length === 3 && serversOf(read, key).every(isRunning) && read("valkey").cuts.length === 0

/** Somebody leads, and not (in ours) in the first failover, which ends before clients are led anywhere. */
export const isAtWork = (read: Reading, key: Key = shop): boolean =>
  leadersOf(read, key).length > 0 && viewOf(read, key)?.cluster.status.failover?.kind !== "Bootstrap"

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
    if (before("valkey") === after("valkey")) return true
    const remain = leadersOf(before).filter(isAsBefore(serversOf(after)))
    return !isPromotion(before, after) || remain.every(({ pod }) => pod === except)
  })

export const keepsWrites: Property<Parts> = always("keepsWrites", (read) => {
  const isPromised = read("clients").acknowledged.length > 0
  const node = targetOf(read)?.node
  return !isPromised || node === undefined || !isCalm(read) || node.data.count === 1
})

export const dataLeads: Property<Parts> = step("dataLeads", (before, after) => {
  const [was, is] = [viewOf(before), viewOf(after)]
  return was === undefined || is === undefined || was === is || law.broken(was, is) === undefined
})

const holderOf = (read: Reading): string | undefined => {
  // A component of a kind holds its objects.
  const leases = read("api/leases") as ReadonlyMap<string, KubeObject>
  const [found] = [...leases.values()]
  return (found?.["spec"] as { readonly holderIdentity?: string } | undefined)?.holderIdentity
}

const made = ["api/services", "api/configmaps", "api/secrets", "api/statefulsets"] as const

/** Whoever's pass goes on in a step that makes an object is its author. */
export const onlyTheHolderWrites = (operators: ReadonlyArray<string>, controller: string): Property<Parts> =>
  step("onlyTheHolderWrites", (before, after) => {
    if (made.every((name) => before(name) === after(name))) return true
    const author = operators.find((name) => {
      const passes = `${name}/passes of ${controller}`
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

/** Its first primary is gone for ever; the others run, and hear each other. */
export const replaced = (key: Key = shop): Property<Parts> =>
  stabilizes(
    "replaced",
    (read) =>
      read("valkey").cuts.length === 0 &&
      ["demo-1", "demo-2"].every((pod) => {
        const server = serverOf(read, pod, key)
        return server !== undefined && isRunning(server)
      }) &&
      !serversOf(read, key).some((server) => server.pod === "demo-0" && isRunning(server)),
    (read) => leadersOf(read, key).length === 1
  )

export const toldAsItIs: Property<Parts> = always("toldAsItIs", (read) => {
  const isFailed = viewOf(read)?.cluster.status.phase === "Failed"
  return !isFailed || leadersOf(read).every(({ pod }) => pod === "demo-0")
})

export const leavesOthersAlone: Property<Parts> = always("leavesOthersAlone", (read) => {
  const cell = Object.values(read("cells")).find(({ pod }) => pod.name === "cache-0")
  const node = read("valkey").nodes[cell?.endpoint ?? ""]
  return node === undefined || (node.following === undefined && node.attached.length === 0)
})

const statefulSetOf = (read: Reading, { name, namespace }: Key): KubeObject | undefined =>
  kindIn(read, Kinds.StatefulSet).get(`${namespace}/${name}`)

/** Another cluster of the name is none of its business. */
export const comesAbout: Property<Parts> = stabilizes(
  "comesAbout",
  (read) => viewOf(read) !== undefined,
  (read) => statefulSetOf(read, shop) !== undefined
)

const readyOf = (read: Reading): number => [...kindIn(read, Kinds.Pod).values()].filter(isReady).length

export const countsReadyPods: Property<Parts> = stabilizes(
  "countsReadyPods",
  (read) => serversOf(read).length === 3,
  (read) => viewOf(read)?.cluster.status.readyReplicas === readyOf(read)
)

/** What a model of ours comes to, or it says nothing. */
export const isWhole: Property<Parts> = sometimes("clients are led to a server that leads", isServed)
