/**
 * Watches as one-shot questions: what happened to the objects of a scope after
 * a version, or nothing yet.
 */
import * as Result from "effect/Result"
import { apiVersionOf, type KubeObject } from "../../../domain/kube/Object.ts"
import type { WatchBody, WatchEvent } from "../../../domain/kube/Wire.ts"
import { inVersion } from "./Catalog.ts"
import type { ListOptions } from "./Options.ts"
import { type Filter, filterOf, type Scope } from "./Read.ts"
import * as Status from "./Status.ts"
import type { Reply } from "./Status.ts"
import { all, atVersion, type Change, keyOf, logLimit, positionAfter, type State } from "./Store.ts"

/** A caller this many writes behind gets a bookmark, so that it never falls out of the log while it waits. */
export const bookmarkDistance = logLimit / 4

const event = (scope: Scope, type: WatchEvent["type"], object: KubeObject): WatchEvent => ({
  type,
  object: inVersion(scope.kind.resource, object)
})

/** A change as a watcher with this filter sees it: an object may come into sight, or leave it, without being created or deleted. */
const seen = (scope: Scope, filter: Filter, { after, before, path, version }: Change): WatchEvent | undefined => {
  const was = before !== undefined && filter(path, before)
  if (after !== undefined && filter(path, after)) return event(scope, was ? "MODIFIED" : "ADDED", after)
  return was ? event(scope, "DELETED", atVersion(before, String(version))) : undefined
}

const body = (events: ReadonlyArray<WatchEvent>, version: number): Reply => {
  const answer: WatchBody = { kind: "WatchEvents", events, resourceVersion: String(version) }
  return { status: 200, body: answer }
}

const bookmark = ({ kind }: Scope, version: number, initialEventsEnd: boolean): WatchEvent => ({
  type: "BOOKMARK",
  object: {
    kind: kind.resource.kind,
    apiVersion: apiVersionOf(kind.resource),
    metadata: {
      resourceVersion: String(version),
      ...(initialEventsEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {})
    }
  }
})

const initial = (state: State, scope: Scope, filter: Filter): ReadonlyArray<WatchEvent> =>
  [...all(state, keyOf(scope.kind.resource))].flatMap(([path, object]) =>
    filter(path, object) ? [event(scope, "ADDED", object)] : []
  )

const after = (state: State, scope: Scope, filter: Filter, version: number): ReadonlyArray<WatchEvent> => {
  const key = keyOf(scope.kind.resource)
  const events: Array<WatchEvent> = []
  for (let at = positionAfter(state.log, version); at < state.log.length; at++) {
    const change = state.log[at]!
    const found = change.key === key ? seen(scope, filter, change) : undefined
    if (found !== undefined) events.push(found)
  }
  return events
}

/** The beginning of a watch that names no version: what there is, and for a streaming list the mark of its end. */
const beginning = (state: State, scope: Scope, filter: Filter, options: ListOptions): Reply | undefined => {
  const { bookmarks, sendInitialEvents } = options
  if (sendInitialEvents === false) {
    return body(bookmarks ? [bookmark(scope, state.version, false)] : [], state.version)
  }
  const events = initial(state, scope, filter)
  if (sendInitialEvents === true && bookmarks) {
    return body([...events, bookmark(scope, state.version, true)], state.version)
  }
  return events.length === 0 ? undefined : body(events, state.version)
}

/** Undefined: nothing to say yet. The body says which version it leads up to: the next question starts there. */
export const watch = (state: State, scope: Scope, options: ListOptions): Reply | undefined => {
  const { bookmarks, resourceVersion, sendInitialEvents } = options
  if (resourceVersion !== "" && !/^\d+$/.test(resourceVersion)) {
    const text = JSON.stringify(resourceVersion)
    return Status.unexplained(
      `resourceVersion: Invalid value: ${text}: strconv.ParseUint: parsing ${text}: invalid syntax`
    )
  }
  const filter = filterOf(state, scope, options)
  if (Result.isFailure(filter)) return filter.failure
  const version = Number(resourceVersion)
  if (sendInitialEvents === true && version > state.version) return Status.tooLargeVersion(version, state.version)
  if (version === 0 || sendInitialEvents === true) return beginning(state, scope, filter.success, options)
  if (version < state.forgotten) {
    return Status.expired(`too old resource version: ${version} (${state.forgotten})`)
  }
  const events = after(state, scope, filter.success, version)
  if (events.length > 0) return body(events, state.version)
  return bookmarks && positionAfter(state.log, version) + bookmarkDistance <= state.log.length
    ? body([bookmark(scope, state.version, false)], state.version)
    : undefined
}
