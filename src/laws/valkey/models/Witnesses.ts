/**
 * States that show that a branch of `Decide` was taken, one witness a decision,
 * and that each phase and kind of a failover occurs: what no model reaches, no
 * model has checked.
 */
import type { Property, Read } from "../../../domain/check/System.ts"
import type { Decision } from "../../../domain/valkey/Decision.ts"
import type { Kind, Phase } from "../../../domain/valkey/Intent.ts"
import { names } from "../../../domain/valkey/resources/Metadata.ts"
import type { Parts } from "../../../models/closed/Parts.ts"
import { type ClusterView, isFenced, isRecorded, leads } from "../ClusterView.ts"
import { isWhole } from "../Invariants.ts"
import * as Scene from "./Scene.ts"

type Shows = (view: ClusterView) => boolean

const failoverOf = ({ cluster }: ClusterView) => cluster.status.failover

/** The operator has said that it decided so at rest. */
const says =
  (reason: Decision["_tag"]): Shows =>
  ({ cluster }) =>
    cluster.status.conditions.some((one) => one.type === "Progressing" && one.reason === reason)

/** Total by its type: a new decision needs a witness. */
export const decisions: Readonly<Record<Decision["_tag"], Shows>> = {
  Settled: says("Settled"),
  Wait: says("Wait"),
  Halt: ({ cluster }) => cluster.status.conditions.some(({ status, type }) => type === "DataLoss" && status === "True"),
  Bootstrap: (view) => failoverOf(view)?.kind === "Bootstrap",
  Replace: (view) => {
    const { failover, lastFailover } = view.cluster.status
    return (
      failover?.kind === "Unplanned" &&
      failover.phase === "Fencing" &&
      failover.epoch === (lastFailover?.epoch ?? 0) + 1
    )
  },
  SwitchOver: (view) => failoverOf(view)?.kind === "Planned",
  Fence: (view) => {
    const failover = failoverOf(view)
    return failover?.kind === "Planned" && failover.phase === "Fencing"
      ? view.servers.some((server) => isRecorded(failover.from)(server) && isFenced(server))
      : failover?.phase === "Fencing" && view.servers.some(isFenced)
  },
  Choose: (view) => failoverOf(view)?.phase === "Promoting" && failoverOf(view)?.kind !== "Bootstrap",
  Promote: (view) =>
    failoverOf(view)?.phase === "Promoting" &&
    view.servers.some((server) => isRecorded(failoverOf(view)?.to)(server) && leads(server)),
  Adopt: (view) => failoverOf(view)?.phase === "Routing",
  // An epoch that nobody was adopted in.
  Reconsider: ({ cluster: { status } }) =>
    status.epoch > (status.lastFailover?.epoch ?? 0) + (status.failover === undefined ? 0 : 1),
  // Whoever is adopted continues a history; one that has begun a new one with its first replica does not.
  Relearn: ({ cluster: { status } }) => status.primary !== undefined && status.primary.parent === undefined,
  Complete: ({ cluster: { status } }) =>
    status.lastFailover?.epoch === status.epoch && status.failover === undefined && status.primary !== undefined,
  // Nothing else publishes who leads.
  Maintain: ({ cluster, objects }) => objects.some(({ metadata }) => metadata.name === names(cluster.metadata).topology)
}

const phases: ReadonlyArray<Phase> = ["Fencing", "Promoting", "Routing"]
const kinds: ReadonlyArray<Kind> = ["Bootstrap", "Unplanned", "Planned"]

const sometimes = (name: string, shows: Shows): Property<Parts> => ({
  _tag: "Sometimes",
  name,
  holds: (read: Read<Parts>) => {
    const view = Scene.viewIn(read)
    return view !== undefined && shows(view)
  }
})

export const whole: Property<Parts> = sometimes("the cluster is whole", isWhole)

/** Of phases and kinds. */
export const failovers: ReadonlyArray<Property<Parts>> = [
  ...phases.map((phase) => sometimes(`a failover is in phase ${phase}`, (view) => failoverOf(view)?.phase === phase)),
  ...kinds.map((kind) => sometimes(`a failover of kind ${kind}`, (view) => failoverOf(view)?.kind === kind))
]

/** Of all decisions. */
export const branches: ReadonlyArray<Property<Parts>> = Object.entries(decisions).map(([tag, shows]) =>
  sometimes(`it decides ${tag}`, shows)
)

/** All of them, for whoever looks at several models together. */
export const all: ReadonlyArray<Property<Parts>> = [whole, ...failovers, ...branches]
