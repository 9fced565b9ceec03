/**
 * The ten invariants of upstream (`gungnir:8.3`), word for word as far as they
 * say something, over what really is: endpoints, objects, the record. Beside
 * each the laws that say what it was meant to say.
 */
import { always, step } from "../../../domain/check/Properties.ts"
import type { Property, Read } from "../../../domain/check/System.ts"
import * as Kinds from "../../../domain/kube/Object.ts"
import * as Cluster from "../../../domain/valkey/Cluster.ts"
import { isControlledBy } from "../../../domain/valkey/Members.ts"
import { names } from "../../../domain/valkey/resources/Metadata.ts"
import { reached } from "../../../models/closed/Clients.ts"
import { kindIn, type Parts } from "../../../models/closed/Parts.ts"
import { targetIn } from "../../../models/closed/Users.ts"
import type { ClusterView } from "../ClusterView.ts"
import * as Scene from "./Scene.ts"

interface Ported {
  readonly number: number
  readonly name: string
  /** Absent: it is a tautology, or a statement about another component than states have; why is beside it. */
  readonly property?: Property<Parts>
  /** The laws that state what it was meant to state: names of properties and of laws of requests. */
  readonly strengthened: ReadonlyArray<string>
}

const ofView = (name: string, holds: (view: ClusterView, read: Read<Parts>) => boolean): Property<Parts> =>
  always(name, (read) => {
    const view = Scene.viewIn(read)
    return view === undefined || holds(view, read)
  })

const service = { namespace: Scene.key.namespace, name: names(Scene.key).clientService }

/** traf: the addresses that a new connection reaches. */
const traffic = (read: Read<Parts>): number => new Set(reached(read, service)).size

const budget = Scene.subResource("PodDisruptionBudget")

export const ten: ReadonlyArray<Ported> = [
  {
    number: 1,
    name: "atMostOneMaster",
    property: always("atMostOneMaster", (read) => traffic(read) <= 1),
    strengthened: ["routesToTheRecord", "oneAcceptsWhereClientsAre"]
  },
  {
    number: 2,
    name: "ownerRefConsistency",
    property: always("ownerRefConsistency", (read) =>
      [Kinds.Service, Kinds.ConfigMap, Kinds.Secret, Kinds.StatefulSet, Kinds.PodDisruptionBudget].every((kind) =>
        [...kindIn(read, kind).values()].every(
          ({ metadata: { namespace, ownerReferences = [] } }) =>
            !ownerReferences.some(({ kind }) => kind === Cluster.resource.kind) || namespace === Scene.key.namespace
        )
      )
    ),
    strengthened: ["ownsWhatIsIts"]
  },
  // One pass a key is what a record of passes by key can hold; what counts is that a stale write fails.
  {
    number: 3,
    name: "noConcurrentUpdates",
    strengthened: ["names what it writes by uid or version", "no write by a stale version or uid succeeds"]
  },
  {
    number: 4,
    name: "reconcileStepValid",
    property: always("reconcileStepValid", (read) => {
      const object = targetIn(read, Scene.itself)
      return object === undefined || Cluster.decode(object)._tag === "Success"
    }),
    strengthened: ["recordIsWhole"]
  },
  // A statement about steps: `phasesMoveForward` is it, per epoch.
  { number: 5, name: "sentinelForwardProgress", strengthened: ["phasesMoveForward", "epochGrows"] },
  // Upstream's flag has nothing to do with the Lease; ours is asked for at each write.
  { number: 6, name: "leaderElectionSafety", strengthened: ["writes only while it leads", "no two processes lead"] },
  { number: 7, name: "partitionSafety", strengthened: ["writes only while it leads"] },
  {
    number: 8,
    name: "serviceConsistency",
    property: ofView(
      "serviceConsistency",
      ({ cluster: { status } }, read) =>
        traffic(read) <= 1 && (status.failover === undefined || status.failover.epoch === status.epoch)
    ),
    strengthened: ["routesAfterPromotion", "routesToTheRecord"]
  },
  {
    number: 9,
    name: "noDoubleFailover",
    property: ofView(
      "noDoubleFailover",
      ({ cluster: { status } }) =>
        status.failover === undefined ||
        status.lastFailover?.epoch !== status.epoch ||
        status.failover.phase === "Routing"
    ),
    strengthened: ["recordFollowsPromotion", "neverBack", "phasesMoveForward"]
  },
  {
    number: 10,
    name: "pdbProtectsMaster",
    // Upstream's is preserved and never established: the transition relation lets no object go.
    property: step("pdbProtectsMaster", (before, after) => {
      const [was, is] = [Scene.viewIn(before)?.cluster.metadata.uid, Scene.viewIn(after)?.cluster.metadata.uid]
      const own = targetIn(before, budget)
      // That of a cluster which is gone goes with it.
      if (was === undefined || was !== is || own === undefined || !isControlledBy(own, was)) return true
      return targetIn(after, budget) !== undefined
    }),
    strengthened: ["drainTakesAMinority"]
  }
]

/** As upstream states them. */
export const upstream: ReadonlyArray<Property<Parts>> = ten.flatMap(({ property }) =>
  property === undefined ? [] : [property]
)
