/**
 * The transport to a world that many watch: a change wakes only those who
 * watch its kind, and each is asked only for what is new to it.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { Transport } from "../../domain/Capability.ts"
import type { ApiReply, ApiRequest } from "../../domain/kube/Wire.ts"
import { definitions } from "../../models/kube/api/Catalog.ts"
import { handle, type State } from "../../models/kube/api/Server.ts"
import { positionAfter } from "../../models/kube/api/Store.ts"
import { bookmarkDistance } from "../../models/kube/api/Watch.ts"
import type { Names } from "../../models/Names.ts"

/** Versions between two looks at who is due a bookmark. */
const round = bookmarkDistance / 4

/** `wake` gets a version up to which nothing happened that it waits for. */
interface Waiter {
  readonly bookmarks: boolean
  readonly wake: (quietUntil: number) => void
}

/** Who waits for which kind (`group/plural`). */
const makeWaiters = (initial: number) => {
  const waiting = new Map<string, Set<Waiter>>()
  let seen = initial

  const wake = (waiters: Iterable<Waiter>, quietUntil: number): void => {
    for (const waiter of waiters) waiter.wake(quietUntil)
  }

  const changedKeys = (state: State): ReadonlySet<string> | "any" => {
    if (seen < state.forgotten) return "any"
    const keys = new Set<string>()
    for (let at = positionAfter(state.log, seen); at < state.log.length; at++) keys.add(state.log[at]!.key)
    // A kind may have begun or ceased to be served.
    return keys.has(definitions) ? "any" : keys
  }

  return {
    add: (key: string, waiter: Waiter): (() => void) => {
      const waiters = waiting.get(key) ?? new Set()
      waiting.set(key, waiters.add(waiter))
      return () => {
        waiters.delete(waiter)
        if (waiters.size === 0 && waiting.get(key) === waiters) waiting.delete(key)
      }
    },
    notify: (state: State): void => {
      if (state.version === seen) return
      const keys = changedKeys(state)
      const isRound = Math.floor(state.version / round) > Math.floor(seen / round)
      const quietUntil = seen
      seen = state.version
      // Copies: whoever is woken leaves; a map that is walked may lose entries.
      for (const [key, waiters] of waiting) {
        if (keys === "any" || keys.has(key)) wake([...waiters], quietUntil)
        else if (isRound) {
          wake(
            [...waiters].filter(({ bookmarks }) => bookmarks),
            state.version
          )
        }
      }
    }
  }
}

/** The same question for what comes after `version`. */
export const after = (request: ApiRequest, version: number | string): ApiRequest => {
  const { resourceVersionMatch: _1, sendInitialEvents: _2, ...query } = request.query ?? {}
  return { ...request, query: { ...query, resourceVersion: String(version) } }
}

const keyOf = ({ group, resource }: ApiRequest): string => `${group}/${resource}`

export const takesBookmarks = ({ query }: ApiRequest): boolean =>
  !["false", "0", undefined].includes(query?.["allowWatchBookmarks"])

/** Answers until the scope closes; a watch waits as long as it takes. */
export const transport = Effect.fnUntraced(function* (
  world: SubscriptionRef.SubscriptionRef<State>,
  namesAt: (nowMillis: number) => Names
): Effect.fn.Return<Transport<ApiRequest, ApiReply>, never, Scope.Scope> {
  const waiters = makeWaiters((yield* SubscriptionRef.get(world)).version)
  yield* Effect.forkScoped(
    Stream.runForEach(SubscriptionRef.changes(world), (state) => Effect.sync(() => waiters.notify(state)))
  )

  /** The answer, and the version of the world that gave it. */
  const ask = (request: ApiRequest) =>
    Effect.clockWith((clock) =>
      SubscriptionRef.modifySome(world, (state) => {
        const [next, reply] = handle(state, request, namesAt(clock.currentTimeMillisUnsafe()))
        const answer = { reply, version: state.version }
        return [answer, next === state ? Option.none() : Option.some(next)] as const
      })
    )

  const change = (request: ApiRequest, version: number): Effect.Effect<number> =>
    Effect.callback<number>((resume) => {
      // Nothing runs between this look and the entry in the list.
      if (SubscriptionRef.getUnsafe(world).version !== version) return resume(Effect.succeed(version))
      const leave = waiters.add(keyOf(request), {
        bookmarks: takesBookmarks(request),
        wake: (quietUntil) => {
          leave()
          resume(Effect.succeed(quietUntil))
        }
      })
      return Effect.sync(leave)
    })

  const later = Effect.fnUntraced(function* (request: ApiRequest, version: number): Effect.fn.Return<ApiReply> {
    // What the caller knows: that far behind, it is due a bookmark.
    const known = Number(request.query?.["resourceVersion"] || 0) || version
    let from = version
    while (true) {
      from = Math.max(from, yield* change(request, from))
      const isDue = takesBookmarks(request) && SubscriptionRef.getUnsafe(world).version - known >= bookmarkDistance
      const answer = yield* ask(after(request, isDue ? known : from))
      if (answer.reply !== undefined) return answer.reply
      from = answer.version
    }
  })

  return (request) =>
    Effect.flatMap(ask(request), ({ reply, version }) =>
      reply === undefined ? later(request, version) : Effect.succeed(reply)
    )
})
