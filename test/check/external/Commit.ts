/**
 * Atomic commitment that does not block when its coordinator dies (TLA+
 * examples, ACP_NB): each participant forwards the decision before it decides.
 * The wrong variant decides first.
 */
import type { Action, Outcome, Read, System } from "../../../src/domain/check/System.ts"

type Decision = "undecided" | "commit" | "abort"

interface Participant {
  readonly vote: boolean
  readonly isAlive: boolean
  readonly decision: Decision
  readonly hasVoted: boolean
  /** To each participant; to itself: its decision to be. */
  readonly forward: ReadonlyArray<Decision | "notsent">
}

interface Coordinator {
  readonly request: ReadonlyArray<boolean>
  readonly vote: ReadonlyArray<boolean | "waiting">
  readonly broadcast: ReadonlyArray<Decision | "notsent">
  readonly decision: Decision
  readonly isAlive: boolean
}

export interface Commit extends Readonly<Record<string, unknown>> {
  readonly coordinator: Coordinator
  readonly participants: ReadonlyArray<Participant>
}

type Steps = (read: Read<Commit>) => Iterable<Partial<Commit>>

const coordinatorSteps: Steps = function* (read) {
  const coordinator = read("coordinator")
  const to = (change: Partial<Coordinator>): Partial<Commit> => ({ coordinator: { ...coordinator, ...change } })
  if (!coordinator.isAlive) return
  const { broadcast, decision, request, vote } = coordinator
  const isCollecting = decision === "undecided" && request.every((asked) => asked)
  for (const [index, { hasVoted, isAlive, vote: own }] of read("participants").entries()) {
    if (!request[index]) yield to({ request: request.with(index, true) })
    if (isCollecting && vote[index] === "waiting" && hasVoted) yield to({ vote: vote.with(index, own) })
    if (isCollecting && vote[index] === "waiting" && !hasVoted && !isAlive) yield to({ decision: "abort" })
    if (decision !== "undecided" && broadcast[index] === "notsent") {
      yield to({ broadcast: broadcast.with(index, decision) })
    }
  }
  if (decision === "undecided" && !vote.includes("waiting")) {
    yield to({ decision: vote.includes(false) ? "abort" : "commit" })
  }
}

const dies: Steps = function* (read) {
  const coordinator = read("coordinator")
  if (coordinator.isAlive) yield { coordinator: { ...coordinator, isAlive: false } }
  for (const [index, participant] of read("participants").entries()) {
    if (participant.isAlive)
      yield { participants: read("participants").with(index, { ...participant, isAlive: false }) }
  }
}

/** Everybody who could know of a decision is dead, and told nobody alive. */
const isHopeless = (read: Read<Commit>): boolean => {
  const { broadcast, isAlive } = read("coordinator")
  const all = read("participants")
  return (
    !isAlive &&
    all.every((one, index) => !one.isAlive || broadcast[index] === "notsent") &&
    all.every((dead) => dead.isAlive || all.every((one, to) => !one.isAlive || dead.forward[to] === "notsent"))
  )
}

function* participantSteps(read: Read<Commit>, index: number, isWrong: boolean): Iterable<Partial<Commit>> {
  const all = read("participants")
  const coordinator = read("coordinator")
  const own = all[index]!
  const to = (change: Partial<Participant>): Partial<Commit> => ({
    participants: all.with(index, { ...own, ...change })
  })
  if (!own.isAlive) return
  const isUndecided = own.decision === "undecided"
  if (coordinator.request[index]) yield to({ hasVoted: true })
  if (isUndecided && own.hasVoted && !own.vote) yield to({ decision: "abort" })
  if (isUndecided && !coordinator.isAlive && !coordinator.request[index]) yield to({ decision: "abort" })
  if (isUndecided && isHopeless(read)) yield to({ decision: "abort" })
  const mine = isWrong ? own.decision : own.forward[index]!
  const told = coordinator.broadcast[index]!
  if (isWrong && isUndecided && told !== "notsent") yield to({ decision: told })
  if (!isWrong && mine === "notsent" && told !== "notsent") yield to({ forward: own.forward.with(index, told) })
  if (!isWrong && !own.forward.includes("notsent")) yield to({ decision: mine as Decision })
  for (const [other, { forward }] of all.entries()) {
    if (other === index) continue
    if (mine !== "notsent" && own.forward[other] === "notsent") yield to({ forward: own.forward.with(other, mine) })
    const heard = forward[index]!
    if (heard === "notsent") continue
    if (isWrong && isUndecided) yield to({ decision: heard as Decision })
    if (!isWrong && mine === "notsent") yield to({ forward: own.forward.with(index, heard) })
  }
}

const actionOf = (name: string, fairness: "weak" | "none", steps: Steps): Action<Commit> => ({
  name,
  fairness,
  *outcomes(read): Iterable<Outcome<Commit>> {
    for (const set of steps(read)) yield { key: "", set }
  }
})

const renamed = (state: Commit, renaming: ReadonlyMap<string, string>): Commit => {
  const size = state.participants.length
  const from = Array.from({ length: size }, () => 0)
  for (let index = 0; index < size; index++) from[Number(renaming.get(String(index)) ?? index)] = index
  const moved = <A>(items: ReadonlyArray<A>): ReadonlyArray<A> => from.map((index) => items[index]!)
  const { coordinator } = state
  return {
    coordinator: {
      ...coordinator,
      request: moved(coordinator.request),
      vote: moved(coordinator.vote),
      broadcast: moved(coordinator.broadcast)
    },
    participants: moved(state.participants).map((one) => ({ ...one, forward: moved(one.forward) }))
  }
}

export const commit = (size: number, isWrong: boolean): System<Commit> => {
  const nobody = <A>(value: A): ReadonlyArray<A> => Array.from({ length: size }, () => value)
  const isDone = (read: Read<Commit>): boolean =>
    read("participants").every(({ decision, isAlive }) => !isAlive || decision !== "undecided")
  return {
    name: isWrong ? "commitment that decides before it forwards" : "commitment without blocking",
    initial: Array.from({ length: 2 ** size }, (_, votes) => ({
      coordinator: {
        request: nobody(false),
        vote: nobody("waiting" as const),
        broadcast: nobody("notsent" as const),
        decision: "undecided",
        isAlive: true
      },
      participants: Array.from({ length: size }, (_, index) => ({
        vote: ((votes >> index) & 1) === 1,
        isAlive: true,
        decision: "undecided" as const,
        hasVoted: false,
        forward: nobody("notsent" as const)
      }))
    })),
    actions: [
      actionOf("the coordinator", "weak", coordinatorSteps),
      actionOf("somebody dies", "none", dies),
      ...Array.from({ length: size }, (_, index) =>
        actionOf(`participant ${index}`, "weak", (read) => participantSteps(read, index, isWrong))
      )
    ],
    budgets: {},
    properties: [
      {
        _tag: "Always",
        name: "all who decide, decide the same",
        holds: (read) =>
          !read("participants").some(({ decision }) => decision === "commit") ||
          !read("participants").some(({ decision }) => decision === "abort")
      },
      {
        _tag: "Always",
        name: "nobody commits against a vote",
        holds: (read) =>
          !read("participants").some(({ decision }) => decision === "commit") ||
          read("participants").every(({ vote }) => vote)
      },
      { _tag: "LeadsTo", name: "everybody alive decides", premise: () => true, goal: isDone }
    ],
    symmetric: { elements: Array.from({ length: size }, (_, index) => String(index)), rename: renamed }
  }
}
