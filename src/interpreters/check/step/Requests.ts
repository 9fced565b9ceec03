/**
 * Requests of one process on their way: carried out and answered in one step
 * while a pass has one under way, in two when it has several, since it can tell
 * the order of their answers.
 */
import type { Action, Components, Outcome } from "../../../domain/check/System.ts"
import type { Carried, RequestLaw } from "../../../models/closed/Carried.ts"
import type { Outside, Served } from "../../../models/closed/Outside.ts"
import { Draft } from "./Draft.ts"
import * as Mishaps from "./Mishaps.ts"
import type { Lane, Operator, Pass, Running } from "./Operator.ts"
import * as Orphans from "./Orphans.ts"
import * as Passes from "./Passes.ts"
import type { Seat } from "../../../models/closed/Model.ts"
import type { Call } from "./Slot.ts"
import * as Words from "./Words.ts"

export interface Context {
  readonly outside: Outside<Components>
  readonly seats: ReadonlyArray<Seat>
  readonly budgets: Readonly<Record<string, number>>
  readonly laws: ReadonlyArray<RequestLaw>
  /** All processes. */
  readonly operators: ReadonlyArray<Operator>
  /** An answer is heard in the step in which it was given, where that makes no difference. */
  readonly isAtOnce: boolean
}

/** What was carried out is judged before anything follows from it. */
const judge = ({ laws }: Context, draft: Draft, carried: Carried): void => {
  for (const { broken, name } of laws) {
    const why = broken(carried)
    if (why !== undefined) draft.breaks ??= `${name}: ${why}`
  }
}

type Actions = ReadonlyArray<Action<Components>>

interface UnderWay {
  readonly key: string
  readonly pass: Pass
  readonly call: Call
  /** Whether the pass waits for no other call. */
  readonly isOnly: boolean
}

const underWay = (draft: Draft, operator: Operator, running: Running, lane: Lane): ReadonlyArray<UnderWay> =>
  Passes.within(draft, lane).flatMap(([key, pass]) => {
    if (!pass.isStarted) return []
    const node = Passes.nodeOf(operator, running, key, pass)
    const isOnly = node.calls.length === 1
    return Passes.openCalls(node, pass).map((call) => ({ key, pass, call, isOnly }))
  })

const outcomeOf = (draft: Draft, key: string, says: string): Outcome<Components> => ({
  key,
  set: draft.set,
  says: [says, ...draft.says].join("; "),
  ...(draft.breaks === undefined ? {} : { breaks: draft.breaks })
})

/** Whether it may make a difference that the program hears an answer later than it was given. */
const isHeardAtOnce = (context: Context, operator: Operator, running: Running, one: UnderWay, reply: unknown) => {
  const { call, isOnly, key, pass } = one
  if (isOnly || !context.isAtOnce) return isOnly
  const { isTimed } = Passes.nodeOf(operator, running, key, pass)
  return !(isTimed && "slow" in context.budgets) && Passes.isSilent(operator, running, key, pass, call.slot, reply)
}

/**
 * What may come of an answer, now that it is given: the program hears it within
 * this step, or in one of its own. Either, if it looks into its caches then: they
 * may have news by that time, of its own write for one; and if it is so slow that
 * it can tell how long it has waited.
 */
const heard = (
  context: Context,
  operator: Operator,
  running: Running,
  one: UnderWay,
  reply: unknown,
  draft: Draft
): ReadonlyArray<Draft> => {
  const { call, key, pass } = one
  const later = draft.copied()
  const answers = [...pass.answers, [call.slot, reply] as const].toSorted(([one], [other]) => one - other)
  Passes.put(later, running, key, { ...pass, answers })
  if (!isHeardAtOnce(context, operator, running, one, reply)) return [later]
  Passes.deliver(draft, operator, running, key, call.slot, reply)
  const isTimed = draft.isTimed || Passes.nodeOf(operator, running, key, pass).isTimed
  const isToldApart = draft.looked || (isTimed && "slow" in context.budgets)
  return isToldApart || !context.isAtOnce ? [draft, later] : [draft]
}

/**
 * What becomes of writes that others have under way on connections that the
 * server has ended: who waits for the answer hears that the connection has, or
 * will have sent it on the next one.
 */
const severed = (context: Context, draft: Draft, served: Served<Components>, by?: Operator): ReadonlyArray<Draft> => {
  const { ended, severs } = served
  if (severs === undefined) return [draft]
  let all: ReadonlyArray<Draft> = [draft]
  for (const operator of context.operators) {
    if (operator === by) continue
    for (const running of operator.running) {
      for (const { call, key } of running.lanes.flatMap((lane) => underWay(draft, operator, running, lane))) {
        if (call.access === "read" || !severs(call.system, call.wire)) continue
        all = all.flatMap((one) => [one, closed(one, running, key, call.slot, ended)])
      }
    }
  }
  return all
}

const withAnswer = (pass: Pass, slot: number, reply: unknown): Pass => ({
  ...pass,
  answers: [...pass.answers, [slot, reply] as const].toSorted(([one], [other]) => one - other)
})

const closed = (draft: Draft, running: Running, key: string, slot: number, reply: unknown): Draft => {
  const after = draft.copied()
  const pass = Passes.passAt(after, running, key)
  if (pass !== undefined) Passes.put(after, running, key, withAnswer(pass, slot, reply))
  after.says.push("another operator's connection ends")
  return after
}

/** The answer to a request that was carried out. */
const carryOut = (context: Context, operator: Operator, running: Running, lane: Lane): Action<Components> => ({
  name: `${operator.name}: ${lane.name}`,
  fairness: "weak",
  *outcomes(read) {
    for (const one of underWay(new Draft(read), operator, running, lane)) {
      const served = context.outside.serve(one.call.system, one.call.wire, read, operator.name)
      const { reply, set } = served
      if (reply === undefined) continue
      const draft = new Draft(read)
      draft.merge(set)
      Orphans.end(draft, served)
      judge(context, draft, carriedFor(operator, running, one, { before: read, reply, set }))
      const says = `${one.key}: ${Words.exchange(one.call, reply)}`
      for (const now of severed(context, draft, served, operator)) {
        for (const next of heard(context, operator, running, one, reply, now)) yield outcomeOf(next, keyOf(one), says)
      }
    }
  }
})

const carriedFor = (
  { name: from }: Operator,
  { controller }: Running,
  { call: { access, command, system, wire } }: UnderWay,
  what: Pick<Carried, "before" | "reply" | "set">
): Carried => ({ from, controller: controller.name, system, command, access, wire, ...what })

const keyOf = ({ call, key }: UnderWay): string => `${key} ${call.slot} ${Words.request(call)}`

/** Nobody answers: the transport gives up after its time. A read that waits is never given up. */
const giveUp = (context: Context, operator: Operator, running: Running, lane: Lane): Action<Components> => ({
  name: `${operator.name}: ${lane.name} gives up`,
  fairness: "weak",
  *outcomes(read) {
    for (const one of underWay(new Draft(read), operator, running, lane)) {
      const { system, wire } = one.call
      if (context.outside.serve(system, wire, read, operator.name).reply !== undefined) continue
      const { reply, set }: Served<Components> = context.outside.giveUp(system, wire, read, operator.name)
      if (reply === undefined) continue
      const draft = new Draft(read)
      draft.merge(set)
      const says = `${one.key}: ${Words.request(one.call)} is given up: no answer`
      for (const next of heard(context, operator, running, one, reply, draft)) yield outcomeOf(next, keyOf(one), says)
    }
  }
})

const deliver = (operator: Operator, running: Running, lane: Lane): Action<Components> => ({
  name: `${operator.name}: ${lane.name} hears`,
  fairness: "weak",
  *outcomes(read) {
    for (const [key, pass] of Passes.within(new Draft(read), lane)) {
      for (const [slot, reply] of pass.answers) {
        const call = Passes.nodeOf(operator, running, key, pass).calls.find((one) => one.slot === slot)
        if (call === undefined) continue
        const draft = new Draft(read)
        Passes.deliver(draft, operator, running, key, slot, reply)
        yield outcomeOf(draft, `${key} ${slot} ${Words.request(call)}`, `${key}: hears ${Words.exchange(call, reply)}`)
      }
    }
  }
})

/** One class of what may go wrong on the way. */
const goWrong = (
  context: Context,
  operator: Operator,
  running: Running,
  lane: Lane,
  budget: string
): Action<Components> => ({
  name: `${operator.name}: ${lane.name}, ${budget}`,
  fairness: { budget },
  *outcomes(read) {
    for (const one of underWay(new Draft(read), operator, running, lane)) {
      for (const mishap of Mishaps.of(context.seats, one.call).filter((mishap) => mishap.budget === budget)) {
        const served = context.outside.serve(one.call.system, one.call.wire, read, operator.name)
        if (served.reply === undefined) continue
        const draft = new Draft(read)
        if (mishap.lands) {
          const { reply, set } = served
          draft.merge(set)
          Orphans.end(draft, served)
          judge(context, draft, carriedFor(operator, running, one, { before: read, reply, set }))
        }
        if (mishap.stays) Orphans.leave(draft, operator.name, [one.call])
        const reply = "reply" in mishap ? mishap.reply : served.reply
        const says = `${one.key}: ${Words.request(one.call)}: ${mishap.says}`
        for (const now of mishap.lands ? severed(context, draft, served, operator) : [draft]) {
          for (const next of heard(context, operator, running, one, reply, now)) yield outcomeOf(next, keyOf(one), says)
        }
      }
    }
  }
})

const start = (operator: Operator, running: Running, lane: Lane): Action<Components> => ({
  name: `${operator.name}: ${lane.name} begins`,
  fairness: "weak",
  *outcomes(read) {
    for (const [key, pass] of Passes.within(new Draft(read), lane)) {
      if (pass.isStarted) continue
      const draft = new Draft(read)
      Passes.advance(draft, operator, running, key, pass, null)
      yield outcomeOf(draft, key, `a pass of ${running.controller.name} begins on ${key}`)
    }
  }
})

/** Nothing has changed, and the controller looks all the same: a resync, an event that says nothing new. */
const wake = (operator: Operator, running: Running): Action<Components> => ({
  name: `${operator.name}: ${running.controller.name} is woken`,
  fairness: { budget: "wake" },
  *outcomes(read) {
    for (const key of Object.keys(new Draft(read).get(running.queue).items)) {
      const draft = new Draft(read)
      Passes.dispatch(draft, running, key, { _tag: "Triggered" })
      yield outcomeOf(draft, key, `${running.controller.name} is woken for ${key}, though nothing has changed`)
    }
  }
})

export const actions = (context: Context, operator: Operator): Actions =>
  operator.running.flatMap((running) => [
    ...("wake" in context.budgets ? [wake(operator, running)] : []),
    ...running.lanes.flatMap((lane) => [
      start(operator, running, lane),
      carryOut(context, operator, running, lane),
      deliver(operator, running, lane),
      giveUp(context, operator, running, lane),
      ...Mishaps.classes
        .filter((budget) => budget in context.budgets)
        .map((budget) => goWrong(context, operator, running, lane, budget))
    ])
  ])

/** A write whose sender has gone is carried out at last; it may also never be. */
export const orphansLand = (context: Context): Action<Components> => ({
  name: "network: a late write lands",
  fairness: "none",
  *outcomes(read) {
    const all = new Draft(read).get(Orphans.orphans)
    for (const [index, { command, from, system, wire }] of all.entries()) {
      const served = context.outside.serve(system, Orphans.restored(wire), read, from)
      const { reply, set } = served
      if (reply === undefined) continue
      const draft = new Draft(read)
      draft.merge(set)
      const carried = { from, controller: undefined, system, command, access: "write", wire } as const
      judge(context, draft, { ...carried, before: read, reply, set })
      draft.put(Orphans.orphans, all.toSpliced(index, 1))
      const call = { command, wire }
      const [key, says] = [`${from} ${Words.request(call)}`, `late: ${Words.exchange(call, reply)}`]
      // Others that are late stay: they may have come on the same connection.
      for (const next of severed(context, draft, served)) yield outcomeOf(next, key, says)
    }
  }
})
