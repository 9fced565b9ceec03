/**
 * What a controller may do, and how much: every pass ends and is bounded, the
 * world comes to rest, and at rest nobody asks the API server anything.
 */
import * as Effect from "effect/Effect"
import type { Command } from "../../domain/Capability.ts"
import type { Controller, Key } from "../../domain/Controller.ts"
import * as Run from "./Run.ts"

/** A request to the API server is a wire form with a verb; cached reads cost none once the caches are warm. */
const isApiRequest = (command: Command): boolean => {
  const wire: unknown = command.encode()
  if (typeof wire !== "object" || wire === null || !("verb" in wire)) return false
  return command.access === "write" || (command.access === "read" && !isCached(wire) && wire.verb !== "watch")
}

const isCached = (wire: object): boolean =>
  "query" in wire &&
  typeof wire.query === "object" &&
  wire.query !== null &&
  "resourceVersion" in wire.query &&
  wire.query.resourceVersion === "0"

/** Passes that end, within the bounds, with a typed result; and a world that settles. */
export const passesEnd = Effect.fnUntraced(function* <Memory, E, R, A>(
  controller: Controller<Memory, E, R>,
  key: Key,
  world: Run.World<R, A>
): Effect.fn.Return<Run.Finding> {
  const journal: Run.Journal = { commands: [] }
  const end = yield* Run.inFreshWorld(world, Run.recording(journal), Run.settle(controller, key, world, journal))
  const violations: Array<string> = end.isSettled ? [] : [`not settled after ${end.passes.length} passes`]
  for (const [nth, { commands, exit }] of end.passes.entries()) {
    if (exit === "TooLong") violations.push(`pass ${nth} did not end in ${Run.bounds.millisInPass} ms`)
    if (commands.length > Run.bounds.commandsInPass) violations.push(`pass ${nth} issued ${commands.length} commands`)
    if (typeof exit !== "string" && exit._tag === "Failure" && exit.cause.reasons.some(({ _tag }) => _tag === "Die")) {
      violations.push(`pass ${nth} ended with a defect: ${String(exit.cause)}`)
    }
  }
  return { runs: 1, violations }
})

/** Once settled, further passes send no write and no quorum read: only cached reads, watches, claims and probes. */
export const restsQuietly = Effect.fnUntraced(function* <Memory, E, R, A>(
  controller: Controller<Memory, E, R>,
  key: Key,
  world: Run.World<R, A>
): Effect.fn.Return<Run.Finding> {
  const journal: Run.Journal = { commands: [] }
  const body = Effect.gen(function* () {
    const first = yield* Run.settle(controller, key, world, journal)
    const from = journal.commands.length
    // In a life without memory: a restarted operator is quiet too.
    yield* Run.settle(controller, key, world, journal, 2)
    return { isSettled: first.isSettled, later: journal.commands.slice(from) }
  })
  const { isSettled, later } = yield* Run.inFreshWorld(world, Run.recording(journal), body)
  if (!isSettled) return { runs: 1, violations: ["the world does not settle"] }
  const asked = later.filter(isApiRequest).map(({ _tag }) => `${_tag} at rest`)
  const writes = later.filter((command) => command.access === "write" && !isApiRequest(command))
  return { runs: 1, violations: [...asked, ...writes.map(({ _tag }) => `${_tag} at rest`)] }
})
