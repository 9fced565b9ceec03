/**
 * What a user of a cluster may expect, whoever operates it: each stated once,
 * over the states that a scenario went through.
 */
import type { Key } from "../../src/domain/Controller.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import { type ClusterView, leads, type Server } from "../../src/laws/valkey/ClusterView.ts"
import * as Laws from "../../src/laws/valkey/Steps.ts"
import { viewOf } from "../../src/models/kube/controllers/BuiltIn.ts"
import { endpointOf } from "../../src/models/World.ts"
import * as Trail from "./Trail.ts"

/** Undefined: it holds. Otherwise what is wrong, in one sentence. */
export interface Property {
  readonly name: string
  readonly says: string
  readonly broken: (trail: Trail.Trail, key: Key) => string | undefined
}

const serves = (view: ClusterView): boolean =>
  view.servers.some((server) => view.routed?.[0] === server.pod && leads(server) && server.node?.phase === "running")

const finally_ = (trail: Trail.Trail, key: Key): ClusterView => Trail.views(trail, key).at(-1)![1]

export const oneTarget: Property = {
  name: "oneTarget",
  says: "clients reach one pod at most",
  broken: (trail, key) => {
    const many = Trail.views(trail, key).find(([, { routed = [] }]) => routed.length > 1)
    return many === undefined ? undefined : `clients reach ${many[1].routed!.join(", ")}`
  }
}

export const served: Property = {
  name: "served",
  says: "in the end clients reach a server that leads",
  broken: (trail, key) => {
    const view = finally_(trail, key)
    if (serves(view)) return undefined
    const others = view.servers.filter((server) => leads(server) && server.node?.phase === "running")
    const also = others.length === 0 ? "" : `; ${others.map(({ pod }) => pod).join(", ")} leads, and nobody reaches it`
    return `clients are led to ${view.routed?.[0] ?? "nobody"}, which does not lead${also}`
  }
}

/** The longest stretch of time without service. */
export const outageMillis = (trail: Trail.Trail, key: Key): number => {
  let since: number | undefined
  let longest = 0
  for (const [atMillis, view] of Trail.views(trail, key)) {
    if (since !== undefined) longest = Math.max(longest, atMillis - since)
    since = serves(view) ? undefined : (since ?? atMillis)
  }
  return longest
}

/** What the spec of the clusters here asks for, and as much again for the failover itself. */
const mostMillis = 10_000

export const soon: Property = {
  name: "soon",
  says: "a dead primary is replaced within downAfterMs (5 s) and 5 s more",
  broken: (trail, key) => {
    const millis = outageMillis(trail, key)
    return millis <= mostMillis ? undefined : `clients were served by nobody for ${(millis / 1000).toFixed(1)} s`
  }
}

export const oneLeader: Property = {
  name: "oneLeader",
  says: "in the end one server leads",
  broken: (trail, key) => {
    const leaders = finally_(trail, key).servers.filter(leads)
    return leaders.length === 1 ? undefined : `${leaders.map(({ pod }) => pod).join(" and ")} lead`
  }
}

export const keepsWrites: Property = {
  name: "keepsWrites",
  says: "what clients were promised is there in the end",
  broken: (trail, key) => {
    const data = Trail.dataAt(trail, key)
    const lost = trail.writes.filter(({ name, of }) => of === key && !(name in data))
    return lost.length === 0 ? undefined : `lost: ${lost.map(({ name }) => name).join(", ")}`
  }
}

const processOf = ({ node, uid }: Server): string => `${uid} ${node?.runId}`

/** Processes that followed, and then led. */
const promotions = (trail: Trail.Trail, key: Key): ReadonlyArray<string> => {
  const views = Trail.views(trail, key)
  return views.flatMap(([, after], index) => {
    const followers = new Set((views[index - 1]?.[1].servers ?? []).filter((one) => !leads(one)).map(processOf))
    return after.servers.filter((one) => leads(one) && followers.has(processOf(one))).map(({ pod }) => pod)
  })
}

const atMost = (name: string, says: string, most: number): Property => ({
  name,
  says,
  broken: (trail, key) => {
    const pods = promotions(trail, key)
    return pods.length <= most ? undefined : `promoted: ${pods.join(", then ")}`
  }
})

export const onePromotion = atMost("onePromotion", "one failure brings one promotion", 1)
export const noPromotion = atMost("noPromotion", "nobody is promoted while the primary serves", 0)

/** The law itself (`failover:inv-I3`), over each step. */
export const dataLeads: Property = {
  name: "dataLeads",
  says: "nobody empty is promoted while another server has data",
  broken: (trail, key) => {
    const views = Trail.views(trail, key)
    return views
      .map(([, after], index) => (index === 0 ? undefined : Laws.dataLeads.broken(views[index - 1]![1], after)))
      .find((why) => why !== undefined)
  }
}

/** Of a pod that is no member of any cluster, from when it has data. */
export const leavesOthersAlone = (pod: string): Property => ({
  name: "leavesOthersAlone",
  says: "a server that is no member stays as it is",
  broken: ({ moments }, { namespace }) => {
    const all = moments.flatMap(({ world }) => world.valkey.nodes[endpointOf(world, namespace, pod) ?? ""] ?? [])
    const own = all.slice(all.findIndex(({ data }) => data.count > 0))
    if (own.some(({ data }) => data.count === 0)) return `${pod} was made a replica, and its data is gone`
    return own.some(({ following }) => following !== undefined) ? `${pod} was made a replica` : undefined
  }
})

export const onlyTheHolderWrites: Property = {
  name: "onlyTheHolderWrites",
  says: "an operator writes while the Lease names it, and at no other time",
  broken: ({ intrusions }) => intrusions[0]
}

export const isReady = (pod: Kinds.KubeObject): boolean =>
  ((pod["status"] as { readonly conditions?: ReadonlyArray<{ type: string; status: string }> }).conditions ?? []).some(
    ({ status, type }) => type === "Ready" && status === "True"
  )

export const countsReadyPods: Property = {
  name: "countsReadyPods",
  says: "in the end status.readyReplicas is the number of ready pods",
  broken: (trail, key) => {
    const view = finally_(trail, key)
    const pods = viewOf(Trail.last(trail).api).list(Kinds.Pod, key.namespace)
    const ready = pods.filter(isReady).length
    const { readyReplicas } = view.cluster.status
    return ready === readyReplicas ? undefined : `status.readyReplicas is ${readyReplicas}, ${ready} pods are ready`
  }
}
