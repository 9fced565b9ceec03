/**
 * What is true of every step from one state of a cluster to the next. A
 * failover is a walk of such steps, and nothing else changes who leads.
 */
import { type ClusterView, isFenced, isRecorded, isRunning, leads, type Server } from "./ClusterView.ts"

/** Undefined: it holds. The step is one effect, or one event of the world. */
export interface StepLaw {
  readonly name: string
  readonly facts: ReadonlyArray<string>
  readonly broken: (before: ClusterView, after: ClusterView) => string | undefined
}

/** The same cluster, not one of the same name that came after it. */
const isSame = (before: ClusterView, after: ClusterView): boolean =>
  before.cluster.metadata.uid === after.cluster.metadata.uid

/** inv-I5 */
export const epochGrows: StepLaw = {
  name: "epochGrows",
  facts: ["failover:inv-I5"],
  broken: ({ cluster: { status: before } }, { cluster: { status: after } }) =>
    after.epoch === before.epoch || after.epoch === before.epoch + 1
      ? undefined
      : `from epoch ${before.epoch} to ${after.epoch}`
}

const order = { Fencing: 0, Promoting: 1, Routing: 2 } as const

/** Within an epoch phases move forward, and the chosen one stays; another choice is another epoch. */
export const phasesMoveForward: StepLaw = {
  name: "phasesMoveForward",
  facts: ["gungnir:8.3 5", "gungnir:8.3 9", "failover:7.1"],
  broken: ({ cluster: { status: before } }, { cluster: { status: after } }) => {
    const [was, is] = [before.failover, after.failover]
    if (was === undefined) {
      return is === undefined || after.epoch > before.epoch ? undefined : `epoch ${after.epoch} is opened again`
    }
    if (is === undefined || is.epoch !== was.epoch) {
      return is === undefined && was.phase === "Fencing" && after.epoch === before.epoch ? "given up unseen" : undefined
    }
    if (order[is.phase] < order[was.phase]) return `from ${was.phase} back to ${is.phase}`
    const isOther = was.phase !== "Fencing" && was.to?.runId !== is.to?.runId
    return isOther ? `${was.to?.pod} was chosen, and then ${is.to?.pod}` : undefined
  }
}

/** The recorded primary changes to the chosen one, once it leads, and only then. */
export const recordFollowsPromotion: StepLaw = {
  name: "recordFollowsPromotion",
  facts: ["gungnir:8.3 8", "failover:7.4 7"],
  broken: ({ cluster: { status: before } }, { cluster: { status: after }, servers }) => {
    if (before.primary?.runId === after.primary?.runId) return undefined
    if (after.primary?.runId !== before.failover?.to?.runId) return `${after.primary?.pod} was never chosen`
    const leader = servers.find(isRecorded(after.primary))
    // Of a process that has ended meanwhile nothing can be said.
    return leader === undefined || !isRunning(leader) || leads(leader)
      ? undefined
      : `${leader.pod} is recorded and does not lead`
  }
}

/** The processes that run before and after, as they are then. */
export const pairs = (before: ClusterView, after: ClusterView): ReadonlyArray<readonly [Server, Server]> =>
  after.servers.flatMap((now) => {
    const was = before.servers.find(({ node, uid }) => uid === now.uid && node?.runId === now.node?.runId)
    return was !== undefined && isRunning(was) && isRunning(now) ? [[was, now] as const] : []
  })

/** inv-I4: who becomes a primary was chosen, on record, before. */
export const promotesWhoIsChosen: StepLaw = {
  name: "promotesWhoIsChosen",
  facts: ["failover:inv-I4", "gungnir:8.3 9"],
  broken: (before, after) => {
    const { failover } = before.cluster.status
    const wrong = pairs(before, after).find(
      ([was, now]) => !leads(was) && leads(now) && !(failover?.phase === "Promoting" && isRecorded(failover.to)(now))
    )
    return wrong === undefined ? undefined : `${wrong[1].pod} was promoted, and is not who was chosen`
  }
}

/** inv-I3: no empty server is promoted over one that runs and has data, unless it was in step with the record. */
export const dataLeads: StepLaw = {
  name: "dataLeads",
  facts: ["failover:inv-I3"],
  broken: (before, after) => {
    const { primary } = before.cluster.status
    const promoted = pairs(before, after).find(([was, now]) => !leads(was) && leads(now))
    if (promoted === undefined || promoted[0].node!.data.count > 0) return undefined
    const { parent, replid } = primary ?? {}
    const isOfLineage = [replid, parent?.replid].includes(promoted[0].node!.replid)
    const holder = before.servers.find((server) => isRunning(server) && server.node!.data.count > 0)
    return holder === undefined || isOfLineage ? undefined : `${promoted[1].pod} is empty, ${holder.pod} is not`
  }
}

/** inv-I2: what a planned move promotes has all that the fenced primary had. */
export const plannedLosesNothing: StepLaw = {
  name: "plannedLosesNothing",
  facts: ["failover:inv-I2"],
  broken: ({ cluster: { status: before } }, { cluster: { status: after } }) => {
    const { failover } = before
    if (failover?.kind !== "Planned" || failover.finalOffset === undefined) return undefined
    if (before.primary?.runId === after.primary?.runId) return undefined
    const at = after.primary?.parent?.offset ?? -1
    return at >= failover.finalOffset ? undefined : `promoted at ${at}, fenced at ${failover.finalOffset}`
  }
}

/** inv-I6: once another is recorded, the one before is not promoted in that epoch. */
export const neverBack: StepLaw = {
  name: "neverBack",
  facts: ["failover:inv-I6"],
  broken: (before, after) => {
    const { failover, primary } = before.cluster.status
    if (failover?.phase !== "Routing" || failover.from === undefined || failover.from.runId === primary?.runId) {
      return undefined
    }
    const back = pairs(before, after).find(([was, now]) => isRecorded(failover.from)(now) && !leads(was) && leads(now))
    return back === undefined ? undefined : `${back[1].pod} was replaced, and is promoted again`
  }
}

/**
 * inv-I9: who is pointed somewhere is pointed at the pod of a process on record,
 * or at nobody. Not that it leads at that moment, or that its pod is still there:
 * it may have died since it was asked, and nothing but the next look can tell.
 */
export const followsWhoLeads: StepLaw = {
  name: "followsWhoLeads",
  facts: ["failover:inv-I9", "gungnir:W10"],
  broken: (before, after) => {
    const { failover, primary } = before.cluster.status
    const known = before.servers.filter(({ pod, uid }) =>
      [primary, failover?.from, failover?.to].some((one) => one?.pod === pod && one.uid === uid)
    )
    const stray = pairs(before, after).find(([was, now]) => {
      const [from, to] = [was.node?.following, now.node?.following]
      if (to === undefined || isFenced(now) || (from?.host === to.host && from.port === to.port)) return false
      const isThere = before.servers.some(({ address }) => address === to.host)
      return isThere && !known.some(({ address }) => address === to.host)
    })
    return stray === undefined ? undefined : `${stray[1].pod} is pointed at ${stray[1].node?.following?.host}`
  }
}

/** Whether the failover under way is to end what the recorded primary leads. */
const isReplaced = ({ failover, primary }: ClusterView["cluster"]["status"]): boolean =>
  failover?.phase === "Fencing" || (failover?.phase === "Promoting" && failover.to?.runId !== primary?.runId)

/**
 * Who is fenced is not the primary on record, unless a failover replaces it (inv-I4): until the next one is on record,
 * also one that was not heard when the others were fenced.
 */
export const fencesWithIntent: StepLaw = {
  name: "fencesWithIntent",
  facts: ["failover:inv-I4"],
  broken: (before, after) => {
    const { status } = before.cluster
    if (isReplaced(status)) return undefined
    const victim = pairs(before, after).find(
      ([was, now]) => isRecorded(status.primary)(now) && leads(was) && isFenced(now)
    )
    return victim === undefined ? undefined : `${victim[1].pod} is fenced, and nobody meant to replace it`
  }
}

/**
 * Clients are led elsewhere only to a recorded primary that leads, and never
 * from there back. Where they have not been led on yet, what a crashed operator
 * left under way may still lead them to the one that is being replaced: nobody
 * has written the Service since that was decided, so nothing refuses it, and who
 * leads them on next notices.
 */
export const routesAfterPromotion: StepLaw = {
  name: "routesAfterPromotion",
  facts: ["gungnir:8.3 8", "failover:inv-I7"],
  broken: (before, after) => {
    const [was, is] = [before.routed ?? [], after.routed ?? []]
    const next = is.find((pod) => !was.includes(pod))
    if (next === undefined) return undefined
    const { failover, primary } = before.cluster.status
    const isLate = next === failover?.from?.pod && !was.includes(primary?.pod ?? "")
    return next === primary?.pod || isLate ? undefined : `clients are led to ${next}, and ${primary?.pod} is recorded`
  }
}

/** What was said of a spec is never said again of one before it. */
export const conditionsGoForward: StepLaw = {
  name: "conditionsGoForward",
  facts: ["gungnir:G03"],
  broken: ({ cluster: { status: before } }, { cluster: { status: after } }) => {
    const back = after.conditions.find(({ observedGeneration = 0, type }) => {
      const was = before.conditions.find((one) => one.type === type)
      return observedGeneration < (was?.observedGeneration ?? 0)
    })
    return back === undefined ? undefined : `${back.type} is of generation ${back.observedGeneration} again`
  }
}

export const stepLaws: ReadonlyArray<StepLaw> = [
  epochGrows,
  phasesMoveForward,
  recordFollowsPromotion,
  promotesWhoIsChosen,
  dataLeads,
  plannedLosesNothing,
  neverBack,
  followsWhoLeads,
  fencesWithIntent,
  routesAfterPromotion,
  conditionsGoForward
]

/** What is broken, by name. */
export const brokenBetween = (before: ClusterView, after: ClusterView): ReadonlyArray<string> =>
  !isSame(before, after)
    ? []
    : stepLaws.flatMap(({ broken, name }) => {
        const why = broken(before, after)
        return why === undefined ? [] : [`${name}: ${why}`]
      })
