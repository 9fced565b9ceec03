/**
 * Exchanges over shared connections: one for each address and login, opened
 * with the handshake, pipelined, closed when it is silent, idle or of no use.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as MutableHashMap from "effect/MutableHashMap"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Transport } from "../../domain/Capability.ts"
import * as Handshake from "../../domain/valkey/Handshake.ts"
import { type Credentials, type Exchange, isError, type Replies, type Reply } from "../../domain/valkey/Wire.ts"
import type { Dialer, Lines, Link } from "./ValkeyLink.ts"

/** Transport timeouts: after them the outcome is unknown. Deadlines of protocols are in programs. */
export interface Options {
  readonly connectTimeout?: Duration.Input
  /** For each of: handshake, exchange. */
  readonly commandTimeout?: Duration.Input
  /** A connection that nobody used for so long is closed: its pod has gone, or nobody looks at it. */
  readonly idleTimeout?: Duration.Input
  /** More connections than this close those that were not used for longest. */
  readonly maxConnections?: number
}

/** Why there is no connection. An error is what the server said instead of its name: every line gets it as its reply. */
type Failure = Exclude<Replies, ReadonlyArray<unknown>> | { readonly error: string }

interface Established {
  readonly link: Link
  readonly runId: string
}

/** Passwords are compared inside of `Redacted`; nothing here unwraps them. */
interface Key {
  readonly address: string
  readonly port: number
  readonly credentials: Credentials | undefined
}

interface Entry {
  readonly key: Key
  readonly established: Deferred.Deferred<Established, Failure>
  /** Of its link, once there is one. */
  hasEnded: () => boolean
  usedMillis: number
}

/** Lines that change nothing and may be sent twice. */
const reads = new Set(["INFO", "ROLE", "PING", "TIME"])
const isRead = ([name, verb]: Lines[number]): boolean =>
  typeof name === "string" && (reads.has(name) || (name === "CONFIG" && verb === "GET"))
const areReads = (lines: Lines): boolean => lines.every(isRead)

const keyOf = ({ address, credentials, port }: Exchange): Key => ({ address, port, credentials })

/**
 * `TimedOut` unless `effect` ends in time. The second, short wait is one turn of
 * the event loop more: when this process itself was held up, the answer may lie
 * in the socket already, and must not count as the node's silence.
 */
const within = <A>(duration: Duration.Duration, effect: Effect.Effect<A>): Effect.Effect<A | "TimedOut"> =>
  Effect.raceFirst(
    effect,
    Effect.sleep(duration).pipe(Effect.andThen(Effect.sleep("1 millis")), Effect.as("TimedOut" as const))
  )

const sendAll = Effect.fnUntraced(function* (
  link: Link,
  lines: Lines,
  timeout: Duration.Duration
): Effect.fn.Return<Replies> {
  const sent = yield* within(timeout, link.send(lines))
  if (sent === "TimedOut") {
    link.end("TimedOut")
    return sent
  }
  return sent.ended ?? sent.replies
})

const named = (outcome: Handshake.Outcome): Effect.Effect<string, Failure> => {
  switch (outcome._tag) {
    case "Named":
      return Effect.succeed(outcome.runId)
    case "Nameless":
      return Effect.fail({ error: outcome.error })
    case "Older":
      return Effect.fail("NotValkey")
    default:
      return Effect.fail(outcome._tag)
  }
}

/** Sends `lines`; a server that says an error and hangs up has said it. */
const ask = Effect.fnUntraced(function* (link: Link, lines: Lines, timeout: Duration.Duration) {
  const sent = yield* within(timeout, link.send(lines))
  if (sent === "TimedOut") return yield* Effect.fail<Failure>(sent)
  if (sent.ended !== undefined && !isError(sent.replies[0])) return yield* Effect.fail<Failure>(sent.ended)
  return sent.replies
})

/** The run id of the process at the other end; from then on the connection is one of the operators' user. */
const shakeHands = Effect.fnUntraced(function* (
  link: Link,
  version: 2 | 3,
  credentials: Credentials | undefined,
  timeout: Duration.Duration
): Effect.fn.Return<string, Failure> {
  const become = Effect.fnUntraced(function* (outcome: Handshake.Outcome, replies: ReadonlyArray<Reply>) {
    const runId = yield* named(outcome)
    const lines = Handshake.becoming(credentials, replies)
    if (lines.length > 0) yield* ask(link, lines, timeout)
    return runId
  })
  if (version === 3) {
    const replies = yield* ask(link, Handshake.operatorLines(credentials), timeout)
    const outcome = Handshake.read(replies)
    if (outcome._tag !== "Older") return yield* become(outcome, replies)
  }
  const replies = yield* ask(link, Handshake.olderLines(credentials), timeout)
  return yield* become(Handshake.readOlder(credentials, replies), replies)
})

/** Carries exchanges over the connections of `dialer`; all end with the scope. */
export const make = Effect.fnUntraced(function* (
  dialer: Dialer,
  options: Options = {}
): Effect.fn.Return<Transport<Exchange, Replies>, never, Scope.Scope> {
  const connectTimeout = Duration.fromInputUnsafe(options.connectTimeout ?? "100 millis")
  const commandTimeout = Duration.fromInputUnsafe(options.commandTimeout ?? "200 millis")
  const idleMillis = Duration.toMillis(options.idleTimeout ?? "30 seconds")
  const maxConnections = options.maxConnections ?? 512
  const scope = yield* Effect.scope
  const entries = MutableHashMap.empty<Key, Entry>()

  const drop = (entry: Entry): void => {
    if (Option.getOrUndefined(MutableHashMap.get(entries, entry.key)) === entry)
      MutableHashMap.remove(entries, entry.key)
  }

  const idle = Effect.fnUntraced(function* (entry: Entry): Effect.fn.Return<void> {
    for (;;) {
      const rest = entry.usedMillis + idleMillis - (yield* Clock.currentTimeMillis)
      if (rest <= 0 || Option.getOrUndefined(MutableHashMap.get(entries, entry.key)) !== entry) return
      yield* Effect.sleep(rest)
    }
  })

  const opened = (link: Link): Effect.Effect<void, Failure> =>
    Effect.flatMap(within(connectTimeout, link.opened), (how) => (how === "Open" ? Effect.void : Effect.fail(how)))

  /** The life of a connection: one fiber, from its first packet to its removal. */
  const live = (entry: Entry): Effect.Effect<void> =>
    Effect.acquireUseRelease(
      Effect.sync(() => dialer.dial(entry.key)),
      Effect.fnUntraced(function* (link) {
        entry.hasEnded = link.hasEnded
        yield* opened(link)
        const runId = yield* shakeHands(link, dialer.version, entry.key.credentials, commandTimeout)
        yield* Deferred.succeed(entry.established, { link, runId })
        yield* Effect.raceFirst(link.ended, idle(entry))
      }),
      (link) =>
        Effect.sync(() => {
          drop(entry)
          link.end("Closed")
        })
    ).pipe(
      Effect.catch((failure) => Deferred.fail(entry.established, failure)),
      Effect.ensuring(Deferred.fail(entry.established, "Closed"))
    )

  const makeRoom = (): void => {
    if (MutableHashMap.size(entries) < maxConnections) return
    let oldest: Entry | undefined
    for (const [, entry] of entries) if (oldest === undefined || entry.usedMillis < oldest.usedMillis) oldest = entry
    if (oldest !== undefined) drop(oldest)
  }

  const acquire = Effect.fnUntraced(function* (key: Key) {
    const usedMillis = yield* Clock.currentTimeMillis
    const found = Option.getOrUndefined(MutableHashMap.get(entries, key))
    if (found !== undefined && !found.hasEnded()) {
      found.usedMillis = usedMillis
      return { entry: found, isReused: true }
    }
    makeRoom()
    const established = Deferred.makeUnsafe<Established, Failure>()
    const entry: Entry = { key, established, hasEnded: () => false, usedMillis }
    MutableHashMap.set(entries, key, entry)
    yield* Effect.forkIn(live(entry), scope)
    return { entry, isReused: false }
  }, Effect.uninterruptible)

  const attempt = Effect.fnUntraced(function* (wire: Exchange, isSecond: boolean): Effect.fn.Return<Replies, Failure> {
    const { entry, isReused } = yield* acquire(keyOf(wire))
    const { link, runId } = yield* Deferred.await(entry.established)
    const mayRetry = isReused && !isSecond
    if (wire.runId !== undefined && wire.runId !== runId) {
      // Another process may have come to this address without an end of the connection to the one before.
      if (!mayRetry) return "OtherProcess"
      drop(entry)
      link.end("Closed")
      return yield* attempt(wire, true)
    }
    const replies = yield* sendAll(link, wire.lines, commandTimeout)
    if (replies !== "Closed" || !mayRetry || !areReads(wire.lines)) return replies
    drop(entry)
    return yield* attempt(wire, true)
  })

  /** A connection of its own, without a handshake: it ends when the process does, and loads nobody. */
  const hold = (wire: Exchange): Effect.Effect<Replies, Failure> =>
    Effect.acquireUseRelease(
      Effect.sync(() => dialer.dial(wire)),
      (link) => Effect.andThen(opened(link), link.ended),
      (link) => Effect.sync(() => link.end("Closed"))
    )

  return (wire) =>
    Effect.catch(wire.awaitEnd === true ? hold(wire) : attempt(wire, false), (failure) =>
      Effect.succeed<Replies>(typeof failure === "string" ? failure : wire.lines.map(() => failure))
    )
})
