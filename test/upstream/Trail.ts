/** What a scenario leaves behind: every state of the world, and what clients were promised. */
import type { Key } from "../../src/domain/Controller.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import { clusterView, type ClusterView } from "../../src/laws/valkey/ClusterView.ts"
import { viewOf } from "../../src/models/kube/controllers/BuiltIn.ts"
import { dataOf } from "../../src/models/valkey/Report.ts"
import type * as Models from "../../src/models/World.ts"
import { lease } from "./Players.ts"

export interface Moment {
  readonly atMillis: number
  readonly world: Models.World
}

/** A write that was answered OK. */
export interface Write {
  readonly of: Key
  readonly name: string
}

export interface Trail {
  /** Oldest first; never empty. */
  readonly moments: ReadonlyArray<Moment>
  readonly writes: ReadonlyArray<Write>
  /** By an operator while the Lease named another. */
  readonly intrusions: ReadonlyArray<string>
  /** Since when the scenario's events count: what was before is the cluster coming up. */
  readonly sinceMillis: number
}

export const holderOf = ({ api }: Models.World): string | undefined =>
  (viewOf(api).get(Kinds.Lease, lease.namespace, lease.name)?.["spec"] as { readonly holderIdentity?: string })
    ?.holderIdentity

export const views = ({ moments, sinceMillis }: Trail, key: Key): ReadonlyArray<readonly [number, ClusterView]> =>
  moments.flatMap(({ atMillis, world }) => {
    const view = atMillis < sinceMillis ? undefined : clusterView(world, key)
    return view === undefined ? [] : [[atMillis, view] as const]
  })

export const last = ({ moments }: Trail): Models.World => moments.at(-1)!.world

/** What the one server that clients reach in the end holds. */
export const dataAt = (trail: Trail, key: Key): Readonly<Record<string, unknown>> => {
  const view = clusterView(last(trail), key)
  const target = view?.servers.find(({ pod }) => view.routed?.[0] === pod)
  return target?.node === undefined ? {} : (dataOf(target.node) as Readonly<Record<string, unknown>>)
}
