/**
 * Time in the processes: none passes while any of them has something to do.
 * Then the nearest deadline of all is reached, in all of them at once. That it
 * passes earlier is a fault.
 */
import type { Action, Components } from "../../../domain/check/System.ts"
import { aged } from "../../../domain/kube/Leadership.ts"
import type { Outside } from "../../../models/closed/Outside.ts"
import { Draft } from "./Draft.ts"
import type { Operator, Pass, Running } from "./Operator.ts"
import * as Passes from "./Passes.ts"
import * as Watches from "./Watches.ts"

const started = (draft: Draft, running: Running): ReadonlyArray<readonly [string, Pass]> =>
  [...Passes.all(draft, running)].filter(([, { isStarted }]) => isStarted)

/** A call that nobody answers now does not hold up time. */
const isBusy = (outside: Outside<Components>, draft: Draft, operator: Operator): boolean =>
  operator.running.some((running) => {
    for (const [key, pass] of Passes.all(draft, running)) {
      if (!pass.isStarted || pass.answers.length > 0) return true
      const calls = Passes.openCalls(Passes.nodeOf(operator, running, key, pass), pass)
      const isAnswered = ({ system, wire }: (typeof calls)[number]) =>
        outside.serve(system, wire, draft.now, operator.name).reply !== undefined
      if (calls.some(isAnswered)) return true
    }
    return false
  })

/** Milliseconds from now, of everything that waits for its time. */
/** Until what passes wait for, or give up on what they wait for. */
const timers = (draft: Draft, operator: Operator): ReadonlyArray<number> =>
  operator.running.flatMap((running) =>
    started(draft, running).flatMap(([key, pass]) => {
      const { now, timers } = Passes.nodeOf(operator, running, key, pass)
      return timers.map(({ deadline }) => deadline - now)
    })
  )

const deadlines = (draft: Draft, operator: Operator): ReadonlyArray<number> => {
  const { authorisedMillis, leadingMillis } = draft.get(operator.standing)
  const queued = operator.running.flatMap(({ queue }) =>
    Object.values(draft.get(queue).items).flatMap(({ dueIn }) => (dueIn === undefined ? [] : [dueIn]))
  )
  const waiting = operator.watching.flatMap(({ state }) => {
    const { phase } = draft.get(state)
    return phase._tag === "Waiting" ? [phase.millis] : []
  })
  return [...queued, ...timers(draft, operator), ...waiting, authorisedMillis, leadingMillis].filter(
    (millis) => millis > 0 && Number.isFinite(millis)
  )
}

/** Before the passes, whose end sets new timers. */
const elapseQueue = (draft: Draft, running: Running, millis: number): void => {
  const touched = new Set<string>()
  const elapsed = (key: string) => (touched.has(key) ? 0 : millis)
  for (const key of Object.keys(draft.get(running.queue).items)) {
    if (touched.has(key)) continue
    for (const one of Passes.dispatch(draft, running, key, { _tag: "Elapsed", millis: 0 }, elapsed)) touched.add(one)
  }
}

/** So many milliseconds go by in this process: its lease first, then what is due, then what sleeps. */
const elapse = (draft: Draft, operator: Operator, millis: number): void => {
  Passes.stand(draft, operator, aged(draft.get(operator.standing), millis))
  for (const running of operator.running) {
    const before = started(draft, running)
    elapseQueue(draft, running, millis)
    for (const [key, pass] of before) {
      if (!Passes.nodeOf(operator, running, key, pass).isTimed) continue
      Passes.advance(draft, operator, running, key, pass, { _tag: "Elapsed", millis, before: pass.log })
    }
  }
  for (const watching of operator.watching) {
    const isWaiting = draft.get(watching.state).phase._tag === "Waiting"
    if (isWaiting) Watches.feed(draft, operator, watching, { _tag: "Elapsed", millis })
  }
}

const timePasses = (
  outside: Outside<Components>,
  operators: ReadonlyArray<Operator>,
  { isSlow, name }: { readonly isSlow: boolean; readonly name: string }
): Action<Components> => ({
  name,
  fairness: isSlow ? { budget: "slow" } : "weak",
  *outcomes(read) {
    const seen = new Draft(read)
    if (operators.some((operator) => isBusy(outside, seen, operator)) !== isSlow) return
    const all = operators.flatMap((operator) => deadlines(seen, operator))
    const nearest = Math.min(...all)
    // A process that is slow may be so slow that its lease runs out, or hear an answer just before it gives up on it.
    const leases = operators.flatMap(({ standing }) => Object.values(seen.get(standing)))
    const almost = operators.flatMap((operator) => timers(seen, operator)).map((millis) => millis - 1)
    const jumps = isSlow ? [nearest, ...[...leases, ...almost].filter((millis) => millis > nearest)] : [nearest]
    for (const millis of new Set(jumps.filter(Number.isFinite))) {
      const draft = new Draft(read)
      for (const operator of operators) elapse(draft, operator, millis)
      yield {
        key: "",
        set: draft.set,
        says: [`${millis} ms pass`, ...draft.says].join("; "),
        ...(draft.breaks === undefined ? {} : { breaks: draft.breaks })
      }
    }
  }
})

export const actions = (
  outside: Outside<Components>,
  operators: ReadonlyArray<Operator>,
  budgets: Readonly<Record<string, number>>
): ReadonlyArray<Action<Components>> => {
  const lane = operators.length === 1 ? operators[0]!.name : "time"
  return [
    timePasses(outside, operators, { isSlow: false, name: `${lane}: waits` }),
    ...("slow" in budgets ? [timePasses(outside, operators, { isSlow: true, name: `${lane}: is slow` })] : [])
  ]
}
