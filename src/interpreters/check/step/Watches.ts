/**
 * What reaches the shipped reflectors: every change at once, unless the server
 * that they hang on is behind. The reflector decides what to do with it.
 */
import type { Action, Components, Eager } from "../../../domain/check/System.ts"
import type { KubeObject } from "../../../domain/kube/Object.ts"
import * as Reflector from "../../../domain/kube/Reflector.ts"
import type { WatchEvent } from "../../../domain/kube/Wire.ts"
import type { Outside } from "../../../models/closed/Outside.ts"
import { Draft } from "./Draft.ts"
import type { Operator, Watching } from "./Operator.ts"
import * as Passes from "./Passes.ts"

/** Versions of collections are not compared by anybody here: one word for all of them. */
const latest = "latest"

const bookmark: WatchEvent = {
  type: "BOOKMARK",
  object: { apiVersion: "", kind: "", metadata: { resourceVersion: latest } }
}

const pathOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ""}/${metadata.name ?? ""}`

const isSame = (one: KubeObject, other: KubeObject): boolean =>
  one.metadata.uid === other.metadata.uid && one.metadata.resourceVersion === other.metadata.resourceVersion

/** Of one object. Another one of the same name is a deletion and a creation. */
const eventsOf = (before: KubeObject | undefined, after: KubeObject | undefined): ReadonlyArray<WatchEvent> => {
  if (before === undefined) return after === undefined ? [] : [{ type: "ADDED", object: after }]
  if (after === undefined) return [{ type: "DELETED", object: before }]
  if (isSame(before, after)) return []
  return before.metadata.uid === after.metadata.uid
    ? [{ type: "MODIFIED", object: after }]
    : [...eventsOf(before, undefined), ...eventsOf(undefined, after)]
}

/** What a watch says between two times. Bookmarks around each: no event is older than the one before it. */
const difference = (before: ReadonlyArray<KubeObject>, after: ReadonlyArray<KubeObject>): ReadonlyArray<WatchEvent> => {
  const old = new Map(before.map((object) => [pathOf(object), object]))
  const now = new Map(after.map((object) => [pathOf(object), object]))
  const paths = new Set([...old.keys(), ...now.keys()])
  return [...paths].flatMap((path) => eventsOf(old.get(path), now.get(path))).flatMap((event) => [event, bookmark])
}

/** One event of the reflector, and all that it tells the controllers. */
export const feed = (draft: Draft, operator: Operator, watching: Watching, event: Reflector.Event): void => {
  const [state, actions] = Reflector.step(Reflector.defaults, draft.get(watching.state), event)
  draft.put(watching.state, state)
  for (const action of actions) {
    if (action._tag !== "Notify") continue
    for (const running of operator.running) {
      if (Passes.isOn(draft, operator, running)) {
        Passes.notify(draft, running, watching.text, action.before, action.after)
      }
    }
  }
}

/** What the server that the process hangs on says. */
const said = (outside: Outside<Components>, draft: Draft, { behind, scope }: Watching): ReadonlyArray<KubeObject> => {
  const stale = draft.get(behind)
  return stale?.attached === true ? stale.objects : [...outside.objects(scope, draft.now).values()]
}

/** Lists, or hears what has changed; nothing while it waits to try again. */
const next = (outside: Outside<Components>, operator: Operator, watching: Watching, draft: Draft): boolean => {
  const { objects, phase } = draft.get(watching.state)
  if (phase._tag === "Waiting") return false
  const items = said(outside, draft, watching)
  if (phase._tag === "Listing") {
    feed(draft, operator, watching, { _tag: "Listed", listed: { resourceVersion: latest, items } })
    return true
  }
  const events = difference(objects, items)
  if (events.length > 0) feed(draft, operator, watching, { _tag: "Delivered", events })
  return events.length > 0
}

export const eager = (outside: Outside<Components>, operator: Operator): ReadonlyArray<Eager<Components>> =>
  operator.watching.map((watching) => ({
    name: `${operator.name}: watch ${watching.scope.resource.plural}`,
    next: (read) => {
      const draft = new Draft(read)
      return next(outside, operator, watching, draft) ? draft.set : undefined
    }
  }))

/** The server falls behind: what is cached now is what it goes on saying. */
const fallBehind = (operator: Operator, watching: Watching, budget: "stale" | "travel"): Action<Components> => ({
  name: `${operator.name}: ${budget === "stale" ? "stale cache of" : "another server stays behind with"} ${watching.scope.resource.plural}`,
  fairness: { budget },
  *outcomes(read) {
    const draft = new Draft(read)
    const { isSynced, objects } = draft.get(watching.state)
    const { plural } = watching.scope.resource
    if (!isSynced || draft.get(watching.behind) !== null) return
    draft.put(watching.behind, { objects, attached: budget === "stale" })
    const says =
      budget === "stale"
        ? `the cache of ${plural} gets no news from now on`
        : `another server gets no news of ${plural} from now on`
    yield { key: "", set: draft.set, says }
  }
})

/** The process reconnects, to the server that is behind: the cache goes back in time. */
const goBack = (operator: Operator, watching: Watching): Action<Components> => ({
  name: `${operator.name}: goes back to stale ${watching.scope.resource.plural}`,
  fairness: "none",
  *outcomes(read) {
    const draft = new Draft(read)
    const behind = draft.get(watching.behind)
    if (behind === null || behind.attached) return
    draft.put(watching.behind, { ...behind, attached: true })
    if (draft.get(watching.state).phase._tag === "Watching") {
      feed(draft, operator, watching, { _tag: "Failed", reason: "Expired" })
    }
    const says = `the watch is lost, and found again at the server with stale ${watching.scope.resource.plural}`
    yield { key: "", set: draft.set, says }
  }
})

const catchUp = (operator: Operator, watching: Watching): Action<Components> => ({
  name: `${operator.name}: catches up with ${watching.scope.resource.plural}`,
  fairness: "weak",
  *outcomes(read) {
    const draft = new Draft(read)
    if (draft.get(watching.behind) === null) return
    draft.put(watching.behind, null)
    yield { key: "", set: draft.set, says: `the cache of ${watching.scope.resource.plural} catches up` }
  }
})

export const actions = (
  operator: Operator,
  budgets: Readonly<Record<string, number>>
): ReadonlyArray<Action<Components>> =>
  operator.watching.flatMap((watching) => [
    ...("stale" in budgets ? [fallBehind(operator, watching, "stale")] : []),
    ...("travel" in budgets ? [fallBehind(operator, watching, "travel"), goBack(operator, watching)] : []),
    ...("stale" in budgets || "travel" in budgets ? [catchUp(operator, watching)] : [])
  ])
