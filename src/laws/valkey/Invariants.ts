/**
 * What is true of a cluster in every state, whatever fails: the invariants of
 * `gungnir:8.3` in their strengthened form and of `failover:7.6`, as far as one
 * state can show them. `Steps.ts` has those that need two.
 */
import { acceptsWrites, type ClusterView, isRecorded, leads, type Server } from "./ClusterView.ts"

/** Undefined: it holds. Otherwise a sentence that names what breaks it. */
export interface Invariant {
  readonly name: string
  /** The facts it states, each with its document. */
  readonly facts: ReadonlyArray<string>
  readonly broken: (view: ClusterView) => string | undefined
}

/** New connections reach one pod at most: the recorded primary, or until clients are led on, the one before it. */
export const routesToTheRecord: Invariant = {
  name: "routesToTheRecord",
  facts: ["gungnir:8.3 1", "failover:inv-I7"],
  broken: ({ cluster: { status }, routed = [] }) => {
    if (routed.length > 1) return `clients reach ${routed.join(" and ")}`
    const allowed = [status.primary?.pod, status.failover?.from?.pod]
    return routed.every((pod) => allowed.includes(pod))
      ? undefined
      : `clients reach ${routed.join()}, the record names ${status.primary?.pod}`
  }
}

/** From the record of its final offset on, a fenced primary accepts no write, unless it is the one that is promoted. */
export const fencedStaysFenced: Invariant = {
  name: "fencedStaysFenced",
  facts: ["failover:inv-I1"],
  broken: ({ cluster: { status }, servers }) => {
    const { failover } = status
    if (failover?.finalOffset === undefined || failover.from === undefined) return undefined
    if (failover.to?.runId === failover.from.runId) return undefined
    const old = servers.find(isRecorded(failover.from))
    return old !== undefined && acceptsWrites(old) ? `${old.pod} accepts writes beyond its final offset` : undefined
  }
}

/**
 * Where clients are led, and nobody is cut off or frozen: no server accepts
 * writes but the recorded primary and those that the operator has yet to find.
 */
export const oneAcceptsWhereClientsAre: Invariant = {
  name: "oneAcceptsWhereClientsAre",
  facts: ["gungnir:8.3 1", "failover:inv-I1"],
  broken: ({ cluster: { status }, routed = [], servers }) => {
    const writers = servers.filter((server) => routed.includes(server.pod) && acceptsWrites(server))
    const known = [status.primary, status.failover?.from, status.failover?.to]
    const stranger = writers.find((server) => !known.some((process) => isRecorded(process)(server)))
    return stranger === undefined ? undefined : `${stranger.pod} accepts writes of clients and is on no record`
  }
}

/** While the record says that nobody was led to any pod, nobody is: what it allows would lose what they were answered. */
export const untouchedIsUnled: Invariant = {
  name: "untouchedIsUnled",
  facts: ["failover:7.1", "failover:7.2"],
  broken: ({ cluster: { status }, routed = [] }) =>
    status.untouched === undefined || routed.length === 0
      ? undefined
      : `clients reach ${routed.join()}, and the record says that nobody was led anywhere`
}

/** An open failover is of the epoch on record, and every phase has what its steps need. */
export const recordIsWhole: Invariant = {
  name: "recordIsWhole",
  facts: ["gungnir:8.3 4", "failover:7.1"],
  broken: ({
    cluster: {
      status: { epoch, failover, masterPod, primary }
    }
  }) => {
    if (masterPod !== primary?.pod) return `masterPod is ${masterPod}, the primary is ${primary?.pod}`
    if (primary !== undefined && epoch === 0) return "a primary without an epoch"
    if (failover === undefined) return undefined
    if (failover.epoch !== epoch) return `epoch ${epoch}, and a failover of epoch ${failover.epoch}`
    if (failover.phase !== "Fencing" && failover.to === undefined) return `${failover.phase} nobody`
    if (failover.phase === "Fencing" && failover.from === undefined) return "fences nobody"
    if (failover.phase === "Routing" && failover.to?.runId !== primary?.runId)
      return "routes to another than was chosen"
    return failover.phase !== "Routing" && failover.from?.runId !== primary?.runId
      ? "replaces another than the recorded primary"
      : undefined
  }
}

/** Whatever carries our labels has one controller: the cluster with this uid. */
export const ownsWhatIsIts: Invariant = {
  name: "ownsWhatIsIts",
  facts: ["gungnir:8.3 2"],
  broken: ({ cluster, objects }) => {
    const orphan = objects.find(({ metadata: { ownerReferences = [] } }) => {
      const controllers = ownerReferences.filter(({ controller }) => controller === true)
      return controllers.length !== 1 || controllers[0]?.uid !== cluster.metadata.uid
    })
    return orphan === undefined ? undefined : `${orphan.kind} ${orphan.metadata.name} is not controlled by the cluster`
  }
}

/** Where there is a budget, a drain takes a minority of the pods at once. */
export const drainTakesAMinority: Invariant = {
  name: "drainTakesAMinority",
  facts: ["gungnir:8.3 10"],
  broken: ({ cluster, objects }) => {
    const budget = objects.find(({ kind }) => kind === "PodDisruptionBudget")
    if (budget === undefined || cluster.spec.replicas < 3) return undefined
    const { maxUnavailable } = budget["spec"] as { readonly maxUnavailable?: number }
    const isMinority = maxUnavailable !== undefined && maxUnavailable * 2 < cluster.spec.replicas
    // A budget that lags behind a spec that has just shrunk is still to be applied.
    return isMinority || cluster.metadata.generation !== cluster.status.observedGeneration
      ? undefined
      : `${String(maxUnavailable)} of ${cluster.spec.replicas} pods may go at once`
  }
}

/** What people read does not contradict itself: a cluster that has served and does not is not as desired. */
export const conditionsAgree: Invariant = {
  name: "conditionsAgree",
  facts: ["gungnir:G03"],
  broken: ({
    cluster: {
      status: { conditions, phase }
    }
  }) => {
    const says = (type: string) => conditions.find((condition) => condition.type === type)?.status
    if (phase === "Creating" || says("Ready") !== "False" || says("Degraded") === "True") return undefined
    return `Ready is False and Degraded is ${says("Degraded")}`
  }
}

/** Kubernetes API conventions: each condition says of which spec it was said, and of none that is yet to come. */
export const conditionsAreDated: Invariant = {
  name: "conditionsAreDated",
  facts: ["gungnir:G03"],
  broken: ({
    cluster: {
      metadata: { generation },
      status: { conditions }
    }
  }) => {
    const undated = conditions.find(
      ({ observedGeneration: seen }) => seen === undefined || seen < 1 || seen > generation
    )
    return undated === undefined
      ? undefined
      : `${undated.type} is said of generation ${undated.observedGeneration}, the spec is of ${generation}`
  }
}

const isAttached = ({ node }: Server, { address }: Server): boolean =>
  node?.following?.host === address && node?.following?.link.state === "connected"

/** Whom no operator can reach: what answers in its place is no Valkey, or no machine takes it. */
const isAway = ({ isStranded, node }: Server): boolean => isStranded || node?.hasStranger === true

/** inv-I12, what everything must come to: one primary, as recorded, routed to, and everybody whom one can reach attached to it. */
export const isWhole = ({ cluster: { spec, status }, routed = [], servers }: ClusterView): boolean => {
  const { failover, primary } = status
  const leader = servers.find(isRecorded(primary))
  return (
    failover === undefined &&
    leader !== undefined &&
    leads(leader) &&
    routed.length === 1 &&
    routed[0] === leader.pod &&
    servers.length === spec.replicas &&
    servers.every((server) => server === leader || isAway(server) || isAttached(server, leader))
  )
}

export const invariants: ReadonlyArray<Invariant> = [
  routesToTheRecord,
  fencedStaysFenced,
  oneAcceptsWhereClientsAre,
  untouchedIsUnled,
  recordIsWhole,
  ownsWhatIsIts,
  drainTakesAMinority,
  conditionsAgree,
  conditionsAreDated
]

/** What is broken, by name. */
export const brokenIn = (view: ClusterView): ReadonlyArray<string> =>
  invariants.flatMap(({ broken, name }) => {
    const why = broken(view)
    return why === undefined ? [] : [`${name}: ${why}`]
  })
