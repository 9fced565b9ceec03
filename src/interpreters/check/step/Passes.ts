/**
 * Passes of one process: the shipped work queue says when one begins and what
 * its end means, the trie says what it does. What the process itself knows (its
 * caches, its standing) is answered within the same step.
 */
import * as Effect from "effect/Effect"
import { type Key, keyText } from "../../../domain/Controller.ts"
import * as Cache from "../../../domain/kube/Cache.ts"
import type { Standing } from "../../../domain/kube/Leadership.ts"
import type { KubeObject } from "../../../domain/kube/Object.ts"
import * as Reflector from "../../../domain/kube/Reflector.ts"
import * as Sources from "../../../domain/kube/Sources.ts"
import * as WorkQueue from "../../../domain/kube/WorkQueue.ts"
import type { Draft } from "./Draft.ts"
import type { Lane, Operator, Pass, Passes, Running } from "./Operator.ts"
import * as Orphans from "./Orphans.ts"
import type { Ask, Call, Question } from "./Slot.ts"
import type { Ended, Log, Node, Program } from "./Trie.ts"

const without = <A>(all: Readonly<Record<string, A>>, key: string): Readonly<Record<string, A>> =>
  Object.fromEntries(Object.entries(all).filter(([other]) => other !== key))

const keyOfText = (text: string): Key => {
  const at = text.indexOf("/")
  return { namespace: text.slice(0, at), name: text.slice(at + 1) }
}

/** Its services are the stepper's: a program that asks for another one dies with a sentence that names it. */
const programOf = ({ controller }: Running, key: string, memory: unknown): Effect.Effect<unknown, unknown> =>
  Effect.suspend(() => controller.pass(keyOfText(key), memory)) as Effect.Effect<unknown, unknown>

const runOf = (running: Running, key: string, memory: unknown): Program => ({
  controller: running.controller,
  name: `${running.controller.name} ${key}`,
  memory,
  run: () => programOf(running, key, memory)
})

/** Where a pass stands; only of one that has started. */
export const nodeOf = ({ trie }: Operator, running: Running, key: string, { log, memory }: Pass): Node =>
  trie.at(runOf(running, key, memory), log)

/** Whether nobody could tell that the pass heard this answer. */
export const isSilent = (
  { trie }: Operator,
  running: Running,
  key: string,
  { log, memory }: Pass,
  slot: number,
  reply: unknown
): boolean => trie.isSilent(runOf(running, key, memory), log, slot, reply)

// The last lane takes every key.
const laneOf = ({ lanes }: Running, key: string): Lane => lanes.find((lane) => lane.key === key) ?? lanes.at(-1)!

export const put = (draft: Draft, running: Running, key: string, pass: Pass): void => {
  const { passes } = laneOf(running, key)
  draft.put(passes, { ...draft.get(passes), [key]: pass })
}

export const passAt = (draft: Draft, running: Running, key: string): Pass | undefined =>
  draft.get(laneOf(running, key).passes)[key]

/** The passes of a lane. */
export const within = (draft: Draft, { passes }: Lane): ReadonlyArray<readonly [key: string, pass: Pass]> =>
  Object.entries(draft.get(passes))

/** Lane by lane: who looks for the first of something looks no further than that. */
export function* all(draft: Draft, { lanes }: Running): Generator<readonly [key: string, pass: Pass]> {
  for (const lane of lanes) yield* within(draft, lane)
}

/** Calls that nobody has carried out yet. */
export const openCalls = (node: Node, { answers }: Pass): ReadonlyArray<Call> =>
  node.calls.filter(({ slot }) => !answers.some(([answered]) => answered === slot))

/** What the shipped queue makes of one event of one key; `elapsed` per key that was not touched since. */
export const dispatch = (
  draft: Draft,
  running: Running,
  key: string,
  event: WorkQueue.Event<unknown>,
  elapsed: (key: string) => number = () => 0
): ReadonlyArray<string> => {
  const queue = draft.get(running.queue)
  const read = (text: string) => ({ item: queue.items[text] ?? WorkQueue.unknown, elapsed: elapsed(text) })
  const change = WorkQueue.dispatch(running.policy, read, queue.slots, key, event)
  let items = queue.items
  for (const [text, item] of change.items) {
    items = WorkQueue.isForgettable(item) ? without(items, text) : { ...items, [text]: item }
  }
  draft.put(running.queue, { items, slots: change.slots })
  for (const { key: started, memory } of change.starts) {
    const pass: Pass = { memory, isStarted: false, log: null, answers: [] }
    put(draft, running, started, pass)
  }
  return change.items.map(([text]) => text)
}

export const isLeading = (draft: Draft, operator: Operator): boolean => draft.get(operator.standing).leadingMillis > 0

/** Whether the loop runs this controller now. */
export const isOn = (draft: Draft, operator: Operator, running: Running): boolean =>
  running.isElection || isLeading(draft, operator)

/** As the live loop subscribes: the primary object first, then the keys that each source names. */
export const notify = (
  draft: Draft,
  running: Running,
  scope: string,
  before: KubeObject | undefined,
  after: KubeObject | undefined
): void => {
  const { controller, namespace } = running
  const isHere = (watched: Parameters<typeof Sources.scopeOf>[0]) =>
    Reflector.scopeText(Sources.scopeOf(watched, namespace)) === scope
  if (isHere(Sources.primaryOf(controller))) {
    const key = keyText(Sources.keyOf((after ?? before)!))
    dispatch(draft, running, key, { _tag: "Primary", uid: after?.metadata.uid })
  }
  for (const source of controller.sources) {
    if (source._tag !== "Objects" || !isHere(source)) continue
    for (const key of Sources.woken(source.keysOf, before, after)) {
      dispatch(draft, running, keyText(key), { _tag: "Triggered" })
    }
  }
}

/** Everything that the controllers had under way ends; writes under way may still land. */
export const drop = (draft: Draft, operator: Operator, running: Running): void => {
  for (const [key, pass] of all(draft, running)) {
    if (!pass.isStarted) continue
    Orphans.leave(draft, operator.name, openCalls(nodeOf(operator, running, key, pass), pass))
  }
  for (const { passes } of running.lanes) draft.put(passes, passes.initial)
  draft.put(running.queue, running.queue.initial)
  draft.put(running.held, running.held.initial)
}

/** The standing changes: with it the controllers begin, or end. */
export const stand = (draft: Draft, operator: Operator, standing: Standing): void => {
  const wasLeading = isLeading(draft, operator)
  draft.put(operator.standing, standing)
  const isNow = isLeading(draft, operator)
  if (isNow === wasLeading) return
  draft.says.push(isNow ? "it leads now" : "it leads no more")
  for (const running of operator.running.filter(({ isElection }) => !isElection)) {
    if (!isNow) drop(draft, operator, running)
    else {
      for (const { state, text } of operator.watching) {
        for (const object of draft.get(state).objects) notify(draft, running, text, undefined, object)
      }
    }
  }
}

/** What the process knows by itself. */
const answer = (draft: Draft, operator: Operator, question: Question): unknown => {
  switch (question._tag) {
    case "Cached": {
      draft.looked = true
      const { group, resource } = question.request
      const views = operator.watching
        .filter(({ scope }) => scope.resource.plural === resource && scope.resource.group === group)
        .map(({ scope, state }): Cache.View => ({ scope, state: draft.get(state) }))
      return Cache.answer(views, question.request)
    }
    case "Authorised":
      return draft.get(operator.standing).authorisedMillis > 0
    case "Leading":
      return isLeading(draft, operator)
    case "Publish":
      stand(draft, operator, question.standing)
      return undefined
  }
}

const ended = (draft: Draft, running: Running, key: string, how: Ended): void => {
  const { passes } = laneOf(running, key)
  draft.put(passes, without(draft.get(passes), key))
  if (how._tag === "Succeeded") {
    const { memory, requeueAfter } = how
    draft.says.push("the pass succeeds")
    dispatch(draft, running, key, { _tag: "Succeeded", memory, requeueAfter })
  } else {
    draft.says.push(`the pass fails: ${how.error}`)
    if (how._tag === "Died") draft.breaks ??= `a pass of ${running.controller.name} died: ${how.error}`
    dispatch(draft, running, key, { _tag: "Failed" })
  }
}

const isCancelledSince = (before: Node | undefined, call: Call): boolean =>
  before?.cancelled.every(({ slot }) => slot !== call.slot) ?? true

/** From these inputs on, up to where it needs the outside, or ends. */
export const advance = (
  draft: Draft,
  operator: Operator,
  running: Running,
  key: string,
  from: Pass,
  log: Log
): void => {
  const before = from.isStarted ? nodeOf(operator, running, key, from) : undefined
  let pass: Pass = { ...from, isStarted: true, log }
  let node = nodeOf(operator, running, key, pass)
  for (let ask: Ask | undefined; (ask = node.breaks === undefined ? node.asks[0] : undefined) !== undefined;) {
    const reply = answer(draft, operator, ask.question)
    // Losing the lease ends the passes of the others, never the one that found out.
    pass = { ...pass, log: { _tag: "Answered", slot: ask.slot, reply, before: pass.log } }
    node = nodeOf(operator, running, key, pass)
  }
  draft.isTimed ||= node.isTimed
  const left = node.cancelled.filter((call) => isCancelledSince(before, call))
  const unanswered = left.filter(({ slot }) => !from.answers.some(([answered]) => answered === slot))
  Orphans.leave(draft, operator.name, unanswered)
  if (node.breaks !== undefined) {
    const sentence = `${running.controller.name} ${key}: ${node.breaks}`
    draft.breaks ??= sentence
    operator.onCut(sentence)
    ended(draft, running, key, { _tag: "Failed", error: node.breaks })
  } else if (node.ended !== undefined) ended(draft, running, key, node.ended)
  else {
    const answers = from.answers.filter(([slot]) => node.calls.some((call) => call.slot === slot))
    put(draft, running, key, { ...pass, answers })
  }
}

/** The pass is told what came back. */
export const deliver = (
  draft: Draft,
  operator: Operator,
  running: Running,
  key: string,
  slot: number,
  reply: unknown
): void => {
  const pass = passOf(draft.get(laneOf(running, key).passes), key)
  const answers = pass.answers.filter(([other]) => other !== slot)
  const log = operator.trie.told(runOf(running, key, pass.memory), pass.log, slot, reply)
  advance(draft, operator, running, key, { ...pass, answers }, log)
}

const passOf = (passes: Passes, key: string): Pass => {
  const pass = passes[key]
  if (pass === undefined) throw new Error(`no pass of ${key} is under way`)
  return pass
}
